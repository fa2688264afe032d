/**
 * What is asked of other kernels: each behaviour runs a script there and looks at what it said. A kernel is booted once for
 * all that is asked of it, which is most of the time that a test of another kernel takes.
 */
import { describe, test } from 'vitest';
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
function bootedOnce(kernel: string, asked: readonly Behaviour[]): (one: Behaviour) => Promise<KernelResult> {
  let results: Promise<KernelResult[]> | undefined;
  const able = asked.filter((one) => one.lacking?.(kernel) === undefined);
  return async (one) => {
    results ??= runAllInKernel(
      kernel,
      able.map((each) => each.script(kernel)),
    );
    return (await results)[able.indexOf(one)]!;
  };
}

/** Declares the tests of some kernels. */
export function testOnKernels(kernels: readonly string[], behaviours: readonly Behaviour[]): void {
  describe.each(kernels)('Linux %s', (kernel) => {
    const asked = behaviours.filter((one) => one.kernels.includes(kernel));
    const resultOf = bootedOnce(kernel, asked);
    for (const one of asked) {
      test(one.title, { timeout: VM_TEST_MS * 2 }, async (context) => {
        const lack = one.lacking?.(kernel);
        if (lack !== undefined) context.skip(lack);
        needsKernel(context, kernel);
        one.check(kernel, await resultOf(one));
      });
    }
  });
}
