/**
 * A second opinion on which fields of the SQE an operation reads, by text alone: what follows `sqe->` in its prep
 * function and in the functions that are given the sqe. It knows no conditions, no types and no libclang.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of functions and their bodies, of all files together. */
function functionsOf(text: string): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const match of text.matchAll(
    /^(?!\s|#|})[^;{}()]*?\b(\w+)\s*\(([^;{}]*?)\)[^;{}()]*\n?\{\n([\s\S]*?)^\}/gm,
  )) {
    const [, name, , body] = match;
    if (name !== undefined && body !== undefined && !bodies.has(name)) bodies.set(name, body);
  }
  return bodies;
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/__must_hold\([^)]*\)|__acquires\([^)]*\)/g, ' ');

export interface ScannedOperation {
  readonly opcode: string;
  readonly fields: ReadonlySet<string>;
}

export function scanSource(folder: string): readonly ScannedOperation[] {
  const sources = join(folder, 'io_uring');
  const files = readdirSync(sources)
    .filter((name) => /\.[ch]$/.test(name))
    .sort()
    .map((name) => withoutComments(readFileSync(join(sources, name), 'utf8')));
  const bodies = functionsOf(files.join('\n'));
  const rows = new Map<string, string>();
  for (const text of files) {
    for (const [, opcode, row] of text.matchAll(/\[(IORING_OP_\w+)\]\s*=\s*\{([\s\S]*?)\n\t\},/g)) {
      const prep = /\.prep\s*=\s*(\w+)/.exec(row ?? '')?.[1];
      if (opcode !== undefined && prep !== undefined) rows.set(opcode, prep);
    }
  }
  return [...rows].map(([opcode, prep]) => ({ opcode, fields: fieldsIn(prep, bodies, new Set()) }));
}

function fieldsIn(name: string, bodies: ReadonlyMap<string, string>, seen: Set<string>): ReadonlySet<string> {
  const fields = new Set<string>();
  const body = bodies.get(name);
  if (body === undefined || seen.has(name)) return fields;
  seen.add(name);
  for (const [, field] of body.matchAll(/\bsqe->(\w+)/g)) if (field !== undefined) fields.add(field);
  for (const [, callee] of body.matchAll(/\b(\w+)\((?:[^;]*?[,(\s])?sqe\s*[,)]/g)) {
    if (callee === undefined) continue;
    for (const field of fieldsIn(callee, bodies, seen)) fields.add(field);
  }
  return fields;
}
