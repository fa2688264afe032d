/**
 * Headers for the parse tests: a fixture tree with the types a header needs, and a way to parse a few lines of C as if
 * they stood in an io_uring header.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { loadClang } from '../../generator/clang/index.js';
import {
  type FieldFact,
  type GroupFact,
  type HeaderFacts,
  type HeaderInput,
  type MacroFact,
  type MemberFact,
  parseHeader,
  type RecordFact,
} from '../../generator/parse/index.js';
import { Problem } from '../../generator/problem.js';

export const clang = loadClang();

/** An include directory with types, a part of io_uring, and an io_uring header of its own. */
export const uapi = join(import.meta.dirname, 'fixtures', 'uapi');

const scratch = mkdtempSync(join(tmpdir(), 'ringsmith-parse-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes a file below a directory of this test file's own, and says where it is. */
export function write(name: string, contents: string | Uint8Array): string {
  const path = join(scratch, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  return path;
}

/** The least an io_uring header must have. Line 1 includes the types, so that `text` starts on line 2. */
export function headerWith(text: string): string {
  return [
    '#include <linux/types.h>',
    text,
    'enum io_uring_op { IORING_OP_NOP, IORING_OP_LAST };',
    'struct io_uring_sqe { __u8 opcode; };',
    '',
  ].join('\n');
}

export function parseFile(header: string, input: Partial<HeaderInput> = {}): HeaderFacts {
  return parseHeader(clang, { header, includeDirs: [uapi], ...input });
}

/** Facts of a header that has `text` and the least it must have. */
export function parse(text: string, input: Partial<HeaderInput> = {}): HeaderFacts {
  return parseFile(write('ring.h', headerWith(text)), input);
}

/** The Problem that parsing a header with exactly these contents ends in. */
export function problemOf(contents: string | Uint8Array, input: Partial<HeaderInput> = {}): Problem {
  const header = write('ring.h', contents);
  return problemFrom(() => parseFile(header, input));
}

export function problemFrom(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('there was no Problem');
}

export function record(facts: HeaderFacts, name: string): RecordFact {
  return found(
    facts.records.find((fact) => fact.name === name),
    name,
  );
}

/** A field of a record, also one inside anonymous records. */
export function field(facts: HeaderFacts, recordName: string, name: string): FieldFact {
  const search = (members: readonly MemberFact[]): FieldFact | undefined => {
    for (const member of members) {
      if (member.kind === 'field' && member.name === name) return member;
      const inner = member.kind === 'field' ? undefined : search(member.members);
      if (inner) return inner;
    }
    return undefined;
  };
  return found(search(record(facts, recordName).members), `${recordName}.${name}`);
}

export function macro(facts: HeaderFacts, name: string): MacroFact {
  return found(
    facts.macros.find((fact) => fact.name === name),
    name,
  );
}

export function groupOf(facts: HeaderFacts, name: string): GroupFact | undefined {
  const index = macro(facts, name).group;
  return index === undefined ? undefined : facts.groups[index];
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the facts have no ${name}`);
  return value;
}
