/**
 * Proves that a contract's arithmetic has as many bits as the kernel's: what gcc computes of a field in a type of its own,
 * the contract computes too, and where it cannot it says nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breaks } from '../../runtime/contract/offence.js';
import { entry, LAYOUT } from '../support/agreement/entry.js';
import { frobPrep } from '../support/contract-tree.js';

const TYPES = ['unsigned int', 'unsigned long', 'int', 'long'];
const TESTS = [
  'n && !((n + 4095) & ~4095UL)',
  'n && !((n + 4095) & ~4095U)',
  'n + 1 == 0',
  'n * 4 < n',
  '(n << 4) == 0x10',
  '(n << 4) > 0xffffffffUL',
  '~n > 0xffffffffUL',
  '-n > 0xffffffffUL',
  'n - 1 > 100',
  'n + n < n',
];
const VALUES = [0, 1, 2, 4095, 4096, 0x1000_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_f001, 0xffff_ffff];

/** What gcc says: a digit per value, a line per test. */
function gccAnswers(type: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-widths-'));
  const lines = TESTS.map(
    (text) =>
      `for (i = 0; i < ${VALUES.length}; i++) { ${type} n = v[i]; putchar('0' + !!(${text})); } putchar('\\n');`,
  );
  writeFileSync(
    join(folder, 'widths.c'),
    `#include <stdio.h>\nint main(void) { unsigned int v[] = {${VALUES.join(', ')}}; int i;\n${lines.join('\n')}\nreturn 0; }\n`,
  );
  execFileSync('gcc', ['-w', '-fwrapv', '-o', 'widths', 'widths.c'], { cwd: folder });
  const answers = execFileSync(join(folder, 'widths'), { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return answers.trim().split('\n');
}

/** What the contract says; `?` where it says nothing. */
function contractAnswer(type: string, text: string): string {
  const { rules } = frobPrep(`${type} n = READ_ONCE(sqe->len);\nif (${text}) return -E2BIG;`);
  const own = rules.filter(({ error }) => error === 'E2BIG');
  return VALUES.map((value) => {
    const submission = { words: entry({ len: value }), layout: LAYOUT, setupFlags: 0 };
    const broken = own.map((rule) => breaks(rule, submission));
    if (broken.includes(true)) return '1';
    return broken.includes(undefined) || own.length === 0 ? '?' : '0';
  }).join('');
}

describe.each(TYPES)('%s', (type) => {
  const gcc = gccAnswers(type);
  let told = 0;

  test.each(TESTS.map((text, index) => ({ text, right: gcc[index]! })))('$text', ({ text, right }) => {
    const answer = contractAnswer(type, text);
    if (answer.includes('1')) told += 1;
    // What it does not know it does not say; whatever it says is right.
    expect(answer).toBe([...right].map((digit, index) => (answer[index] === '?' ? '?' : digit)).join(''));
  });

  test('is told of at all', () => {
    expect(told).toBeGreaterThanOrEqual(2);
  });
});
