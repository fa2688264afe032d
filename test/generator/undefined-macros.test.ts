/**
 * Proves that a macro whose value C leaves undefined gets none, and that one which gcc defines has gcc's: shifts, divisions,
 * overflows and casts, each compared with what the compiler makes of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INSTALLED_HEADER, ringsmith, temporaryFolder } from '../support/cli.js';

const UNDEFINED = {
  TOO_FAR: '(1 << 40)',
  TOO_FAR_RIGHT: '(1U >> 32)',
  NEGATIVE_COUNT: '(1 << -1)',
  OVERFLOW: '(2147483647 + 1)',
  PRODUCT: '(65536 * 65536)',
  LONG_OVERFLOW: '(9223372036854775807LL + 1)',
  DIVIDED: '(1 / 0)',
  REMAINDER: '(1 % 0)',
  INSIDE: '(IORING_TEST_TOO_FAR | 1)',
  TAKEN: '(1 ? 1 / 0 : 7)',
  BOTH: '((0 ? 1 / 0 : 7) << 40)',
  BEFORE: '(1 / 0 && 0)',
};
const DEFINED = {
  RIGHT: '(1ULL << 40)',
  SIGN_BIT: '(1 << 31)',
  NEGATIVE_LEFT: '(~0 << 3)',
  WRAPS: '(4294967295U + 1)',
  CAST: '((unsigned char)300)',
  CUT: '((int)0xffffffffU)',
  NEGATED: '(-1 >> 1)',
  NOT_TAKEN: '(0 ? 1 / 0 : 7)',
  NOT_TAKEN_EITHER: '(1 ? 0x4000000000000000ULL : 1 << 70)',
  NOT_REACHED: '(0 && 1 / 0)',
  NOT_NEEDED: '(1 || 1 % 0)',
  SIZED: '(sizeof(1 << 40) == 8 ? 1ULL << 64 : 1ULL << 62)',
};

it('a macro has the value that the compiler gives it, or none', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'linux'));
  const header = join(folder, 'linux', 'io_uring.h');
  const all = { ...UNDEFINED, ...DEFINED };
  const defines = Object.entries(all).map(([name, text]) => `#define IORING_TEST_${name} ${text}\n`);
  writeFileSync(
    header,
    readFileSync(INSTALLED_HEADER, 'utf8').replace(/#endif\s*$/, `${defines.join('')}#endif\n`),
  );
  const out = join(folder, 'out');
  const { code, stderr } = ringsmith(['generate', '--header', header, '--out', out]);
  expect(code, stderr).toBe(0);
  const constants = readFileSync(join(out, 'abi', 'constants.ts'), 'utf8');
  const made = (name: string): string | undefined =>
    new RegExp(`IORING_TEST_${name}(?:: \\w+)? = (-?\\d+)n?;`).exec(constants)?.[1];
  for (const name of Object.keys(UNDEFINED)) expect(made(name), name).toBeUndefined();
  const names = Object.keys(DEFINED);
  const source = `#include <stdio.h>\n#include "${header}"\nint main(void) {\n${names
    .map((name) => `printf("%lld\\n", (long long)IORING_TEST_${name});`)
    .join('\n')}\n}`;
  const gcc = spawnSync('gcc', ['-w', '-xc', '-', '-o', join(folder, 'values')], {
    input: source,
    encoding: 'utf8',
  });
  expect(gcc.status, gcc.stderr).toBe(0);
  const values = spawnSync(join(folder, 'values'), { encoding: 'utf8' }).stdout.trim().split('\n');
  expect(names.map(made)).toEqual(values);
});
