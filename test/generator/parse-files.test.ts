/**
 * Proves which files facts come from, how they are named, and that the same headers always give the same facts with
 * no trace of where on the machine they lay.
 */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { field, macro, parse, parseFile, record, uapi, write } from './parse-support.js';

const header = join(uapi, 'linux/io_uring.h');

test('the header comes first, then its parts, the time types and the vocabulary, by name', () => {
  const facts = parseFile(header, { includeDirs: [], vocabulary: ['linux/vocab.h', 'linux/absent.h'] });
  expect(facts.files.map((file) => file.include)).toEqual([
    'linux/io_uring.h',
    'linux/io_uring/part.h',
    'linux/time_types.h',
    'linux/vocab.h',
  ]);
  expect(facts.files[0]?.sha256).toBe(createHash('sha256').update(readFileSync(header)).digest('hex'));
  expect(record(facts, 'io_uring_part').location).toEqual({ file: 1, line: 6 });
  expect(record(facts, '__kernel_timespec').location.file).toBe(2);
  expect(record(facts, 'vocab_how').location.file).toBe(3);
  expect(macro(facts, 'VOCAB_LOUD').doc).toBe('speak up\nclearly');
});

test('other files only lend their types', () => {
  const facts = parseFile(header, { includeDirs: [] });
  expect(facts.records.map((fact) => fact.name)).not.toContain('fixture_elsewhere');
  expect(facts.macros.map((fact) => fact.name)).not.toContain('FIXTURE_ELSEWHERE');
  expect(facts.otherMacros).toEqual([]);
  expect(facts.typedefs).toEqual([]);
  expect(field(facts, 'io_uring_sqe', 'opcode').type).toMatchObject({ bits: 8, spelling: '__u8' });
});

test('a header may have any name and place', () => {
  const facts = parse('#define HERE 1', {
    vocabulary: ['linux/vocab.h', 'linux/vocab.h', 'linux/io_uring.h'],
  });
  expect(facts.files.map((file) => file.include)).toEqual(['linux/io_uring.h', 'linux/vocab.h']);
  expect(macro(facts, 'HERE').location).toEqual({ file: 0, line: 2 });
});

test('asm headers below a directory named after the target are found, also as vocabulary', () => {
  const facts = parse('', { target: 'x86_64-unknown-linux-gnu', vocabulary: ['asm/types.h'] });
  expect(facts.files[1]?.include).toBe('asm/types.h');
  expect(facts.typedefs).toContainEqual({
    name: '__u64',
    type: 'unsigned long long',
    location: { file: 1, line: 11 },
  });
  expect(facts.target).toEqual({ triple: 'x86_64-unknown-linux-gnu', pointerBits: 64 });
});

test('facts survive JSON, repeat exactly, and do not depend on where the headers lie', () => {
  const copy = dirname(write('elsewhere/marker', ''));
  cpSync(uapi, copy, { recursive: true });
  const options = { includeDirs: [], vocabulary: ['linux/vocab.h'] };
  const first = JSON.stringify(parseFile(header, options));
  expect(JSON.stringify(parseFile(header, options))).toBe(first);
  expect(JSON.stringify(parseFile(join(copy, 'linux/io_uring.h'), options))).toBe(first);
  expect(first).not.toContain(dirname(uapi));
  expect(JSON.parse(first)).toEqual(parseFile(header, options));
});
