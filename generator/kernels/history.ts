/**
 * Since when something exists: what all snapshots together tell, in one small index beside them, because every run of
 * the generator asks and nobody wants to wait for all of them to be read.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { opcodeFacts } from '../model/opcodes.js';
import { leafFields } from '../model/sqe.js';
import type { HeaderFacts } from '../parse/index.js';
import type { History } from '../pipeline.js';
import { Problem } from '../problem.js';
import { loadContract } from './contracts.js';
import { firstKernel } from './first-kernels.js';
import { loadSnapshot, type Snapshot, snapshotVersions } from './snapshot.js';
import { hasProjectSnapshots, ownSnapshotFolder } from './snapshot-folders.js';

export const INDEX_FILE = 'index.json';

/** What the index says of a kernel. */
export interface IndexedKernel {
  readonly kernel: string;
  readonly opcodes: number;
  readonly package: string;
  readonly version: string;
  /** As in the snapshot's source. */
  readonly between?: readonly [older: string, newer: string];
  readonly measured?: readonly string[];
  /** The source that its contract was read from. */
  readonly contract?: { readonly package: string; readonly version: string };
}

export interface KernelIndex {
  readonly schema: 1;
  /** Oldest first. */
  readonly kernels: readonly IndexedKernel[];
  /** Opcodes of the newest kernel. */
  readonly opcodes: readonly string[];
  /**
   * First kernel with a snapshot that has a name, for all that the oldest does not have. It is how new a header is that
   * has the name; which release brought it says first-kernels.ts.
   */
  readonly since: Readonly<Record<string, string>>;
}

const opcodeNames = (facts: HeaderFacts): string[] => opcodeFacts(facts).map((opcode) => opcode.constant);

/** Constants, records, and `record.field`. */
export function headerNames(facts: HeaderFacts): string[] {
  return [
    ...facts.enums.flatMap((fact) => fact.members.map((member) => member.name)),
    ...facts.macros.map((macro) => macro.name),
    ...facts.records.flatMap((record) => [
      record.name,
      ...leafFields(record.members).map((field) => `${record.name}.${field.name}`),
    ]),
  ];
}

function contractSource(series: string): Pick<IndexedKernel, 'contract'> {
  const source = loadContract(series)?.source;
  return source === undefined ? {} : { contract: { package: source.package, version: source.version } };
}

/** @param snapshots oldest first */
export function buildIndex(snapshots: readonly Snapshot[]): KernelIndex {
  const since = new Map<string, string>();
  for (const { kernel, facts } of snapshots) {
    for (const name of headerNames(facts)) if (!since.has(name)) since.set(name, kernel);
  }
  const oldest = snapshots[0]?.kernel;
  const newest = snapshots.at(-1);
  return {
    schema: 1,
    kernels: snapshots.map(({ kernel, facts, source }) => ({
      kernel,
      opcodes: opcodeNames(facts).length,
      package: source.package,
      version: source.version,
      ...(source.between === undefined ? {} : { between: source.between }),
      ...(source.measured === undefined ? {} : { measured: source.measured }),
      ...contractSource(kernel),
    })),
    opcodes: newest === undefined ? [] : opcodeNames(newest.facts),
    since: Object.fromEntries(
      [...since].filter(([, kernel]) => kernel !== oldest).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

/** One name a line, so that a change shows as that line. */
export function indexText(index: KernelIndex): string {
  const { kernels, opcodes, since, schema } = index;
  const lines = (items: readonly string[]): string => (items.length === 0 ? '' : `\n${items.join(',\n')}\n`);
  const sinceLines = Object.entries(since).map(
    ([name, kernel]) => `  ${JSON.stringify(name)}: ${JSON.stringify(kernel)}`,
  );
  return [
    `{\n"schema": ${schema},`,
    `"kernels": [${lines(kernels.map((kernel) => `  ${JSON.stringify(kernel)}`))}],`,
    `"opcodes": [${lines(opcodes.map((name) => `  ${JSON.stringify(name)}`))}],`,
    `"since": {${lines(sinceLines)}}\n}\n`,
  ].join('\n');
}

export const indexOfSnapshots = (): KernelIndex => buildIndex(snapshotVersions().map(loadSnapshot));

let projectIndex: KernelIndex | undefined;

/** A project's snapshots and ringsmith's own change apart from each other, so that no index of both can be kept. */
export function loadIndex(): KernelIndex {
  if (!hasProjectSnapshots()) return loadOwnIndex();
  projectIndex ??= indexOfSnapshots();
  return projectIndex;
}

/** @throws Problem when it is missing or unreadable, which a complete ringsmith never is */
function loadOwnIndex(): KernelIndex {
  const file = join(ownSnapshotFolder(), INDEX_FILE);
  const broken = (what: string, cause?: unknown): Problem =>
    new Problem(
      {
        code: 'KERNEL_INDEX',
        what,
        where: { file },
        consequence: 'ringsmith does not know which kernel has what',
        remedy: 'make it again: ringsmith snapshot',
      },
      { cause },
    );
  if (!existsSync(file)) throw broken('the index of the snapshots is missing');
  try {
    const index = JSON.parse(readFileSync(file, 'utf8')) as KernelIndex;
    if (index.schema === 1) return index;
  } catch (cause) {
    throw broken('the index of the snapshots is not JSON', cause);
  }
  throw broken('the index of the snapshots has a schema that this ringsmith does not read');
}

/**
 * The release that brought a name, e.g. `6.7`, or `7.2 or earlier` where only the snapshots tell. Of a name that the
 * oldest snapshot has and the table has not, and of one that nobody knows, undefined.
 */
export function sinceText(index: Pick<KernelIndex, 'since'>, name: string): string | undefined {
  const first = firstKernel(name);
  if (first !== undefined) return first;
  return Object.hasOwn(index.since, name) ? `${index.since[name]} or earlier` : undefined;
}

export function loadHistory(): History {
  const index = loadIndex();
  // The overlay is for ringsmith's own kernels: a project's may be of anyone's making.
  const own = hasProjectSnapshots() ? loadOwnIndex() : index;
  return {
    knownOpcodes: new Set([...own.opcodes, ...index.opcodes]),
    since: (name) => sinceText(index, name),
    isNewest: (facts) => {
      const present = new Set(opcodeNames(facts));
      return own.opcodes.every((name) => present.has(name));
    },
  };
}
