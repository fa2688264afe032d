/**
 * Compares: SQEs by field, and lists of names both ways. Pure, so that the test can show what they object to.
 */
import { native } from '../../../runtime/port/native.js';
import { type ArgumentSet, type Row, SQE_BYTES, type SqeBytes } from './rows.js';

/** What memory holds before a builder fills it: a byte that it forgets differs. */
const DIRTY = 0xa5;

/** The SQE of the builder in TypeScript and of the one in C++, as hexadecimal text. */
export function encodeBoth(
  { operation, sqeBytes }: Row,
  { args, encode }: ArgumentSet,
): readonly [string, string] {
  const words = new Uint32Array(sqeBytes / 4).fill(DIRTY * 0x01010101);
  encode(words);
  const bytes = new Uint8Array(sqeBytes).fill(DIRTY);
  native().encode(bytes, 0, operation, args);
  return [Buffer.from(words.buffer).toString('hex'), Buffer.from(bytes).toString('hex')];
}

/** Objections to `ours`, given the fields that may differ: empty when everything is as the row says. */
export function objections(theirs: string, ours: string, listed: ArgumentSet['differs'] = {}): string[] {
  if (theirs.length !== ours.length)
    return [`liburing has ${theirs.length / 2} bytes, ringsmith ${ours.length / 2}`];
  const fields = Object.entries(SQE_BYTES) as [SqeBytes, readonly [number, number]][];
  return fields.flatMap(([field, [start, end]]) => {
    const [their, our] = [theirs, ours].map((text) => text.slice(start * 2, end * 2));
    const difference = `${field}: liburing ${their}, ringsmith ${our}`;
    if (their !== our) return listed[field] === undefined ? [difference] : [];
    return listed[field] === undefined ? [] : [`${field} does not differ any more: take it off the row`];
  });
}

/** Names without a counterpart, and lists that contradict each other. */
export function incompleteness(
  helpers: readonly string[],
  rows: readonly Pick<Row, 'helper'>[],
  excluded: Readonly<Record<string, string>>,
): string[] {
  const inRows = new Set(rows.map(({ helper }) => helper));
  const known = new Set(helpers);
  return [
    ...helpers
      .filter((name) => !inRows.has(name) && !(name in excluded))
      .map((name) => `${name} has no row and is not excluded`),
    ...[...inRows]
      .filter((name) => !known.has(name))
      .map((name) => `${name} has a row but liburing has no such helper`),
    ...Object.keys(excluded)
      .filter((name) => !known.has(name) || inRows.has(name))
      .map(
        (name) =>
          `${name} is excluded, but ${known.has(name) ? 'it has a row' : 'liburing has no such helper'}`,
      ),
  ];
}
