/**
 * Snapshots: the facts of known kernels, committed under generated/kernels/. With them ringsmith works offline and
 * without libclang, and knows since when something exists.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { opcodeFacts } from '../model/operations.js';
import { packageRoot } from '../package-root.js';
import type { HeaderFacts } from '../parse/index.js';
import type { History } from '../pipeline.js';
import { Problem } from '../problem.js';

/** Where a snapshot's headers came from. */
export interface SnapshotSource {
  /** Distribution package, e.g. `linux-libc-dev`. */
  readonly package: string;
  /** The package's version. */
  readonly version: string;
  /** Digest of the package file. */
  readonly sha256: string;
}

export interface Snapshot {
  readonly schema: 1;
  /** Kernel series, e.g. `7.3`. */
  readonly kernel: string;
  readonly source: SnapshotSource;
  readonly facts: HeaderFacts;
}

const folder = (): string => join(packageRoot(), 'generated', 'kernels');

/** Series order: 6.9 before 6.10. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Versions that have a snapshot, oldest first. */
export function snapshotVersions(): string[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder())
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort(compareVersions);
}

export function loadSnapshot(version: string): Snapshot {
  const file = join(folder(), `${version}.json`);
  if (!existsSync(file)) {
    throw new Problem({
      code: 'KERNEL_UNKNOWN',
      what: `there is no snapshot of kernel ${version}`,
      consequence: 'nothing was generated',
      remedy: `use one of ${snapshotVersions().join(', ')}, or give the header itself with --header FILE`,
    });
  }
  const snapshot = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
  if (snapshot.schema !== 1) {
    throw new Problem({
      code: 'SNAPSHOT_SCHEMA',
      what: `the snapshot has schema ${String(snapshot.schema)}, and this ringsmith reads schema 1`,
      where: { file },
      consequence: 'nothing was generated',
      remedy: 'update ringsmith, or make the snapshot again',
    });
  }
  return snapshot;
}

/** The snapshot as text: one fact a line, so that a change shows as that fact's line. */
export function snapshotText(snapshot: Snapshot): string {
  const { facts, ...head } = snapshot;
  const parts = Object.entries(facts).map(([key, value]) => {
    if (!Array.isArray(value)) return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const rows = value.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
    return `  ${JSON.stringify(key)}: [${rows === '' ? '' : `\n${rows}\n  `}]`;
  });
  const headText = Object.entries(head).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${headText.join(',\n')},\n"facts": {\n${parts.join(',\n')}\n}\n}\n`;
}

const opcodeNames = (facts: HeaderFacts): string[] => opcodeFacts(facts).map((opcode) => opcode.constant);

/** What all snapshots together tell. */
export function loadHistory(): History {
  const versions = snapshotVersions();
  const opcodes = versions.map((version) => ({
    version,
    names: new Set(opcodeNames(loadSnapshot(version).facts)),
  }));
  const newest = opcodes.at(-1)?.names ?? new Set<string>();
  return {
    knownOpcodes: newest,
    since: (constant) => {
      const first = opcodes.findIndex((snapshot) => snapshot.names.has(constant));
      // What the oldest snapshot already has may be older still.
      return first <= 0 ? undefined : opcodes[first]!.version;
    },
    isNewest: (facts) => [...newest].every((name) => opcodeNames(facts).includes(name)),
  };
}
