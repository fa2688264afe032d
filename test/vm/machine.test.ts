/**
 * Running scripts on other kernels, by itself: output, exit code, arguments and files arrive, and a script or a kernel
 * that never comes back, or crashes, is an error that says so and shows the console. A kernel that crashes on its way to the script
 * is booted again, a few times. Nothing of a machine is left in the temporary folder.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { needsKernel, runInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

const KERNEL = '7.3';
const timeout = VM_TEST_MS;

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  expect(readdirSync(folder)).toEqual([]);
});

describe('a machine', () => {
  it('runs a script, and keeps apart what it says', { timeout }, async (context) => {
    needsKernel(context, KERNEL);
    const result = await runInKernel({
      kernel: KERNEL,
      script: `
        import { readFileSync } from 'node:fs';
        console.error('for the console');
        process.stdout.write(JSON.stringify(process.argv.slice(2)) + readFileSync('some/file', 'utf8').length + '\\n1');
        process.exitCode = 3;`,
      args: ["it's", '$HOME "x"', ''],
      files: { 'some/file': fileURLToPath(import.meta.url) },
    });
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^\["it's","\$HOME \\"x\\"",""\]\d{3,}\n1$/),
      console: expect.stringContaining('for the console'),
    });
  });

  it('that does not end in time is ended', { timeout }, async (context) => {
    needsKernel(context, KERNEL);
    const run = { kernel: KERNEL, script: 'for (;;);', timeoutMs: 1_500 };
    await expect(runInKernel(run)).rejects.toThrow(
      /Linux 7\.3 did not end within 1500 ms.*end of the console/s,
    );
  });

  it('whose kernel panics is an error with the panic in it', { timeout }, async (context) => {
    needsKernel(context, KERNEL);
    const script = "import { writeFileSync } from 'node:fs'; writeFileSync('/proc/sysrq-trigger', 'c');";
    await expect(runInKernel({ kernel: KERNEL, script })).rejects.toThrow(
      /Linux 7\.3 powered off before the script had ended.*end of the console:.*Kernel panic.*sysrq/is,
    );
  });

  it('whose kernel never comes to its init is booted again, and then an error', {
    timeout,
  }, async (context) => {
    needsKernel(context, KERNEL);
    const run = { kernel: KERNEL, script: '', parameters: 'rdinit=/nowhere' };
    await expect(runInKernel(run)).rejects.toThrow(
      /Linux 7\.3 crashed 3 times before it ran init.*end of the console:.*Kernel panic/s,
    );
  });
});
