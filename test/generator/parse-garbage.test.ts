/**
 * Proves that no bytes make the parser hang, crash or throw anything but a Problem: headers cut off anywhere, random
 * bytes, changed bytes, endless nesting. A cut header is never taken for a whole one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headerWith, parseFile, problemFrom, problemOf, uapi, write } from './parse-support.js';

const whole = readFileSync(join(uapi, 'linux/io_uring.h'));

/** Repeatable noise. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
}

test('a header cut off anywhere is a Problem with a line', () => {
  const end = whole.lastIndexOf('#endif');
  for (let length = 0; length < end; length += 7) {
    const problem = problemOf(whole.subarray(0, length), { vocabulary: ['linux/vocab.h'] });
    expect(problem.code, `${length}`).toMatch(/^HEADER_(SYNTAX|NO_OPCODES|INCLUDE_MISSING)$/);
    expect(problem.where?.file, `${length}`).toMatch(/ring\.h$/);
    if (length > whole.indexOf('#ifndef') + 30) expect(problem.where?.line, `${length}`).toBeGreaterThan(0);
  }
});

test('without a guard, a declaration that is cut off is found at the end of the file, not in what follows', () => {
  for (const cut of [
    'struct s {',
    'struct s { __u32 a',
    'struct s { __u32 a;',
    'enum e { A,',
    'typedef int',
    'int x =',
  ] as const) {
    const problem = problemOf(`${headerWith('')}${cut}\n`, { vocabulary: ['linux/vocab.h'] });
    expect(problem, cut).toMatchObject({ code: 'HEADER_SYNTAX', where: { line: 5 } });
    expect(problem.where?.file, cut).toMatch(/ring\.h$/);
  }
});

test('random bytes are a Problem', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const next = noise(seed);
    expect(problemOf(Uint8Array.from({ length: 4000 }, next)).code).toBe('HEADER_SYNTAX');
    expect(problemOf(Uint8Array.from({ length: 4000 }, () => next() || 1)).code).toBe('HEADER_SYNTAX');
  }
});

test('a header with changed bytes gives facts or a Problem', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const next = noise(seed * 7919);
    const bytes = Buffer.from(whole);
    for (let change = 0; change < 4; change++) bytes[(next() * 256 + next()) % bytes.length] = next();
    const header = write('ring.h', bytes);
    try {
      expect(parseFile(header).schema).toBe(1);
    } catch (error) {
      expect(error).toHaveProperty('name', 'Problem');
    }
  }
});

test.each([
  ['parentheses', '('.repeat(100_000)],
  ['braces', 'struct a {'.repeat(10_000)],
  ['conditionals', '#if 1\n'.repeat(10_000)],
  ['a long expression', `int x = ${'1 + '.repeat(100_000)}1;`],
  ['many signs', `int x = ${'- '.repeat(100_000)}1;`],
  ['a comment that does not end', '/* '],
  ['prose', 'Hello, I am not a header.'],
])('nesting and nonsense: %s', (_, text) => {
  expect(problemOf(text).code).toBe('HEADER_SYNTAX');
});

test('a header that includes itself is a Problem', () => {
  const header = write('self.h', '#include "self.h"\n');
  expect(problemFrom(() => parseFile(header))).toMatchObject({ code: 'HEADER_SYNTAX' });
});
