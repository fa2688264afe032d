/**
 * What differs between x86-64 and 64-bit ARM among all that ringsmith generates from: one committed table, because the
 * ABI of a machine never changes. With it one set of files is generated for both, offline and from headers of either.
 */
import { readFileSync } from 'node:fs';
import { place } from '../model/constants.js';
import type {
  EnumFact,
  FactLocation,
  HeaderFacts,
  MacroFact,
  MemberFact,
  RecordFact,
} from '../parse/index.js';
import { DEFAULT_TARGET } from '../parse/index.js';
import { Problem } from '../problem.js';
import { loadLibc } from './libc.js';
import { loadSnapshot, type SnapshotSource, snapshotVersions } from './snapshot.js';
import { findSnapshotFile } from './snapshot-folders.js';

/** How the table is called, in place of a kernel's version. */
export const ARM64 = 'arm64';
export const ARM64_TARGET = 'aarch64-linux-gnu';
const TABLE_FILE = `${ARM64}.json`;

/** By the first word of a target. */
interface Both<T> {
  readonly x86_64: T;
  readonly aarch64: T;
}
type Machine = keyof Both<unknown>;

interface RecordLayout {
  readonly bytes: number;
  readonly align: number;
  readonly packed: boolean;
  /** Of every named member, anonymous ones opened up; in bits. */
  readonly offsets: Readonly<Record<string, number>>;
}

export interface DifferenceTable {
  readonly schema: 1;
  readonly kernel: typeof ARM64;
  /** The kernel whose headers were compared, and what those for arm64 came from. */
  readonly of: string;
  readonly sources: readonly SnapshotSource[];
  readonly constants: Readonly<Record<string, Both<string>>>;
  readonly records: Readonly<Record<string, Both<RecordLayout>>>;
}

function offsetsOf(members: readonly MemberFact[]): [string, number][] {
  return members.flatMap((member): [string, number][] =>
    member.kind === 'field' ? [[member.name, member.offsetBits]] : offsetsOf(member.members),
  );
}

const layoutOf = (record: RecordFact): RecordLayout => ({
  bytes: record.sizeBits / 8,
  align: record.alignBits / 8,
  packed: record.packed === true,
  offsets: Object.fromEntries(offsetsOf(record.members)),
});

/** Every integer by name; of two the first, as everywhere. */
function integersOf(facts: HeaderFacts): Map<string, string> {
  const all = [
    ...facts.enums.flatMap((fact) => fact.members.map(({ name, value }) => [name, value] as const)),
    ...facts.macros.flatMap(({ name, value }) =>
      value.kind === 'int' ? [[name, value.value] as const] : [],
    ),
  ];
  return new Map(all.toReversed());
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const onlyOnOne = (names: readonly string[]): Problem =>
  new Problem({
    code: 'MACHINES_DIFFER',
    what: `only one of x86-64 and arm64 has ${names.join(', ')}`,
    consequence: 'one set of files cannot serve both; nothing was written',
    remedy: 'leave the names out in generator/kernels/vocabulary.ts, or give them a meaning on both machines',
  });

/** @throws Problem for a name that only one of them has */
export function compareMachines(
  x64: HeaderFacts,
  arm64: HeaderFacts,
): Pick<DifferenceTable, 'constants' | 'records'> {
  const values = { x86_64: integersOf(x64), aarch64: integersOf(arm64) };
  const layouts = {
    x86_64: new Map(x64.records.map((record) => [record.name, layoutOf(record)])),
    aarch64: new Map(arm64.records.map((record) => [record.name, layoutOf(record)])),
  };
  const alone = <T>({ x86_64, aarch64 }: Both<ReadonlyMap<string, T>>): string[] =>
    [...new Set([...x86_64.keys(), ...aarch64.keys()])].filter(
      (name) => !x86_64.has(name) || !aarch64.has(name),
    );
  const odd = [...alone(values), ...alone(layouts)];
  if (odd.length > 0) throw onlyOnOne(odd);
  const differing = <T>({ x86_64, aarch64 }: Both<ReadonlyMap<string, T>>): Record<string, Both<T>> =>
    Object.fromEntries(
      [...x86_64.keys()]
        .sort()
        .filter((name) => !same(x86_64.get(name), aarch64.get(name)))
        .map((name) => [name, { x86_64: x86_64.get(name)!, aarch64: aarch64.get(name)! }]),
    );
  return { constants: differing(values), records: differing(layouts) };
}

/** The table as text: one name a line. */
export function tableText({ constants, records, ...head }: DifferenceTable): string {
  const rows = (name: string, table: object): string => {
    const lines = Object.entries(table).map(
      ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
    return `${JSON.stringify(name)}: {\n${lines.join(',\n')}\n}`;
  };
  const parts = Object.entries(head).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${[...parts, rows('constants', constants), rows('records', records)].join(',\n')}\n}\n`;
}

export const tableFile = TABLE_FILE;

let table: DifferenceTable | undefined;

/** The committed table, when there is one. */
export function loadDifferences(): DifferenceTable | undefined {
  const file = findSnapshotFile(TABLE_FILE);
  if (table === undefined && file !== undefined)
    table = JSON.parse(readFileSync(file, 'utf8')) as DifferenceTable;
  return table;
}

const machineOf = (triple: string): Machine | undefined =>
  triple.startsWith('x86_64-') && !triple.endsWith('x32')
    ? 'x86_64'
    : triple.startsWith('aarch64-') && !triple.includes('ilp32')
      ? 'aarch64'
      : undefined;

/** The names that a macro is made of, `(A | B)`: it differs as they do. */
const combination = ({ expression }: MacroFact): string[] | undefined =>
  /^\(?\s*[A-Za-z_]\w*(\s*\|\s*[A-Za-z_]\w*)*\s*\)?$/.test(expression)
    ? expression.match(/\w+/g)!
    : undefined;

/** Names of headers that a machine may have its own of, as far as their meaning on both is known. */
function knownNames({ of }: DifferenceTable): Set<string> {
  const all = [snapshotVersions().includes(of) ? loadSnapshot(of).facts : undefined, loadLibc()?.facts];
  return new Set(
    all.flatMap((facts) =>
      facts === undefined
        ? []
        : [...integersOf(facts).keys(), ...facts.macros.flatMap((macro) => combination(macro) ?? [])],
    ),
  );
}

/** Why one set of files cannot be made of these facts, or undefined. */
function hindrance(facts: HeaderFacts, from: Machine, differences: DifferenceTable): string | undefined {
  const known = knownNames(differences);
  const isOwn = (location: FactLocation): boolean => /^asm(-generic)?\//.test(place(facts, location));
  const members = facts.enums.flatMap((fact) => fact.members);
  const isMade = (macro: MacroFact): boolean => combination(macro)?.every((name) => known.has(name)) === true;
  const unknown = [...members, ...facts.macros.filter((macro) => !isMade(macro))].find(
    ({ name, location }) => isOwn(location) && !known.has(name),
  );
  if (unknown !== undefined)
    return `${unknown.name} is in a header that machines have their own of, and what it is on the other is not known`;
  for (const [name, value] of integersOf(facts)) {
    const both = Object.hasOwn(differences.constants, name) ? differences.constants[name] : undefined;
    if (both !== undefined && both[from] !== value)
      return `${name} is ${value} in these headers, and ${both[from]} on every known ${from} kernel`;
  }
  const other = facts.records.find((record) => {
    const both = Object.hasOwn(differences.records, record.name)
      ? differences.records[record.name]
      : undefined;
    return both !== undefined && !same(both[from].offsets, layoutOf(record).offsets);
  });
  return other === undefined
    ? undefined
    : `${other.name} is laid out otherwise than on any known ${from} kernel`;
}

function movedMembers(members: readonly MemberFact[], offsets: RecordLayout['offsets']): MemberFact[] {
  return members.map((member) =>
    member.kind === 'field'
      ? { ...member, offsetBits: offsets[member.name] ?? member.offsetBits }
      : { ...member, members: movedMembers(member.members, offsets) },
  );
}

/** The same facts as the headers of the other machine would give them. */
function translated(facts: HeaderFacts, to: Machine, { constants, records }: DifferenceTable): HeaderFacts {
  const valueOn = (name: string, value: string): string =>
    Object.hasOwn(constants, name) ? constants[name]![to] : value;
  const movedEnum = (fact: EnumFact): EnumFact => ({
    ...fact,
    members: fact.members.map((member) => ({ ...member, value: valueOn(member.name, member.value) })),
  });
  const from: Machine = to === 'aarch64' ? 'x86_64' : 'aarch64';
  const madeOf = (macro: MacroFact, value: string): string => {
    const varying = (combination(macro) ?? []).flatMap((name) =>
      Object.hasOwn(constants, name) ? [constants[name]!] : [],
    );
    const rest = varying.reduce((bits, both) => bits & ~BigInt(both[from]), BigInt(value));
    return String(varying.reduce((bits, both) => bits | BigInt(both[to]), rest));
  };
  const movedMacro = (macro: MacroFact): MacroFact => {
    if (macro.value.kind !== 'int') return macro;
    const { name, value } = macro;
    const there = Object.hasOwn(constants, name) ? valueOn(name, value.value) : madeOf(macro, value.value);
    return { ...macro, value: { ...value, value: there } };
  };
  const movedRecord = (record: RecordFact): RecordFact => {
    if (!Object.hasOwn(records, record.name)) return record;
    const { bytes, align, packed, offsets } = records[record.name]![to];
    const { packed: _, ...rest } = record;
    return {
      ...rest,
      ...(packed ? { packed } : {}),
      sizeBits: bytes * 8,
      alignBits: align * 8,
      members: movedMembers(record.members, offsets),
    };
  };
  const triple = to === 'aarch64' ? ARM64_TARGET : DEFAULT_TARGET;
  return {
    ...facts,
    target: { ...facts.target, triple },
    enums: facts.enums.map(movedEnum),
    macros: facts.macros.map(movedMacro),
    records: facts.records.map(movedRecord),
  };
}

/** Facts of both machines, or why there are none of the other. */
export type BothMachines =
  | { readonly x64: HeaderFacts; readonly arm64: HeaderFacts }
  | { readonly alone: string };

/** From the headers of either. */
export function onBothMachines(facts: HeaderFacts): BothMachines {
  const from = machineOf(facts.target.triple);
  const differences = loadDifferences();
  if (from === undefined || differences === undefined)
    return { alone: `what differs on ${facts.target.triple} is not known` };
  const alone = hindrance(facts, from, differences);
  if (alone !== undefined) return { alone };
  return from === 'x86_64'
    ? { x64: facts, arm64: translated(facts, 'aarch64', differences) }
    : { x64: translated(facts, 'x86_64', differences), arm64: facts };
}
