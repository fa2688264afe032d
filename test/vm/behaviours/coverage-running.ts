/**
 * `ringsmith coverage --running` on other kernels: the opcodes it finds by asking the kernel are those of the kernel's
 * snapshot, and the package has all of them.
 */
import { expect } from 'vitest';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { packageFolders } from '../../support/vm/dependencies.js';
import { KERNELS, opcodesOf } from '../../support/vm/kernels.js';

interface Report {
  readonly rows: readonly { readonly kind: string; readonly name: string; readonly status: string }[];
}

const COMMAND = `
process.argv.push('coverage', '--running', '--format', 'json');
await import('./dist/generator/main.js');
`;

export const coverageRunning: Behaviour = {
  title: 'is covered, and is what its snapshot says',
  kernels: KERNELS,
  script: () => ({
    script: COMMAND,
    files: packageFolders('commander', 'handlebars', 'ts-morph', 'junit-report-builder'),
  }),
  check: (kernel, { exitCode, stdout, console }) => {
    expect(exitCode, console).toBe(0);
    const { rows } = JSON.parse(stdout) as Report;
    expect(rows.filter(({ kind }) => kind === 'opcode').map(({ name }) => name)).toEqual([
      ...opcodesOf(kernel).values(),
    ]);
    expect(rows.filter(({ status }) => status !== 'covered')).toEqual([]);
  },
};
