/** What is to be refused at compile time is: the compiler agrees with every `@ts-expect-error` of the tests, in `npm test` too. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.js';

test('the whole repository type-checks', { timeout: 120_000 }, async () => {
  const compiler = join(ROOT, 'node_modules', '.bin', 'tsc');
  const checked = promisify(execFile)(compiler, ['-p', join(ROOT, 'tsconfig.json'), '--noEmit'], {
    cwd: ROOT,
  });
  // The compiler's complaints are on its standard output.
  expect(await checked.catch((error: { readonly stdout: string }) => error.stdout)).toMatchObject({
    stdout: '',
  });
});
