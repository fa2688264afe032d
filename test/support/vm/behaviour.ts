/**
 * What is asked of other kernels: each behaviour runs a script there and looks at what it said. A kernel is booted once for
 * all that is asked of it, which is most of the time that a test of another kernel takes.
 */
import { describe, test } from 'vitest';
import { ARM64, type Architecture, X64 } from './architecture.js';
import {
  type GuestScript,
  type KernelResult,
  needsKernel,
  runAllInKernel,
  VM_TEST_MS,
} from './run-in-kernel.js';

export interface Behaviour {
  /** What a kernel does, after its name. */
  readonly title: string;
  readonly kernels: readonly string[];
  /** What this machine lacks for asking; undefined when it can. */
  lacking?(kernel: string): string | undefined;
  script(kernel: string): GuestScript;
  /** Looks at what the script said. */
  check(kernel: string, result: KernelResult): void;
}

/** Boots when the first asks. */
function bootedOnce(
  kernel: string,
  asked: readonly Behaviour[],
  arch: Architecture['name'],
): (one: Behaviour) => Promise<KernelResult> {
  let results: Promise<KernelResult[]> | undefined;
  const able = asked.filter((one) => one.lacking?.(kernel) === undefined);
  return async (one) => {
    results ??= runAllInKernel(
      kernel,
      able.map((each) => each.script(kernel)),
      arch,
    );
    return (await results)[able.indexOf(one)]!;
  };
}

/** Declares the tests of some kernels. */
export function testOnKernels(
  kernels: readonly string[],
  behaviours: readonly Behaviour[],
  arch: Architecture['name'] = 'x64',
): void {
  const timeout = VM_TEST_MS * 2 * (arch === 'x64' ? X64 : ARM64).patience;
  describe.each(kernels)('Linux %s', (kernel) => {
    const asked = behaviours.filter((one) => one.kernels.includes(kernel));
    const resultOf = bootedOnce(kernel, asked, arch);
    for (const one of asked) {
      test(one.title, { timeout }, async (context) => {
        const lack = one.lacking?.(kernel);
        if (lack !== undefined) context.skip(lack);
        needsKernel(context, kernel, arch);
        one.check(kernel, await resultOf(one));
      });
    }
  });
}
