/**
 * The generator as a command: whole processes, from a kernel's snapshot and from a header through libclang.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../../dist/generator/main.js', import.meta.url));
const HEADER = '/usr/include/linux/io_uring.h';

/** A package is whole when it has a method for every opcode that its manifest names. */
function isWhole(folder) {
  const names = readdirSync(folder, { recursive: true });
  const operations = readFileSync(join(folder, 'operations.ts'), 'utf8');
  return (
    names.includes('index.ts') && names.includes('manifest.json') && /'IORING_OP_NOP', 0>/.test(operations)
  );
}

const openGenerate =
  (source) =>
  ({ out }) => ({
    async run(count) {
      const start = performance.now();
      let whole = 0;
      for (let done = 0; done < count; done += 1) {
        rmSync(out, { recursive: true, force: true });
        await promisify(execFile)(process.execPath, [MAIN, 'generate', ...source, '--out', out]);
        whole += Number(isWhole(out));
      }
      return { seconds: (performance.now() - start) / 1000, checksum: whole };
    },
  });

export default {
  title: 'ringsmith generate, from start to exit',
  unit: 'packages',
  show: 'time',
  first: 1,
  rounds: 3,
  prepare: (folder) => ({ out: join(folder, 'generated') }),
  expected: (count) => count,
  contenders: {
    'from the snapshot of 7.3': { ours: 'snapshot', open: openGenerate(['--kernel', '7.3']) },
    'from the header of this machine': { ours: 'header', open: openGenerate(['--header', HEADER]) },
  },
  cases: [{ name: 'a whole package', params: {} }],
  targets: [],
};
