/**
 * `ringsmith coverage --running` on other kernels: the opcodes it finds by asking the kernel are those of the kernel's
 * snapshot, and the package has all of them.
 */
import { describe, expect, it } from 'vitest';
import { packageFolders } from '../support/vm/dependencies.js';
import { KERNELS, opcodesOf } from '../support/vm/kernels.js';
import { needsKernel, runInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

interface Report {
  readonly rows: readonly { readonly kind: string; readonly name: string; readonly status: string }[];
}

const COMMAND = `
process.argv.push('coverage', '--running', '--format', 'json');
await import('./dist/generator/main.js');
`;

describe.each(KERNELS)('Linux %s', (kernel) => {
  it('is covered, and is what its snapshot says', { timeout: VM_TEST_MS }, async (context) => {
    needsKernel(context, kernel);
    const files = packageFolders('commander', 'handlebars', 'ts-morph', 'junit-report-builder');
    const run = await runInKernel({ kernel, script: COMMAND, files });
    expect(run.exitCode, run.console).toBe(0);
    const { rows } = JSON.parse(run.stdout) as Report;
    expect(rows.filter(({ kind }) => kind === 'opcode').map(({ name }) => name)).toEqual([
      ...opcodesOf(kernel).values(),
    ]);
    expect(rows.filter(({ status }) => status !== 'covered')).toEqual([]);
  });
});
