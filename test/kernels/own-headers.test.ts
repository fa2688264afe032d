/**
 * Proves against the real headers, fetched from this machine's package archive: what was read from a kernel's headers is
 * what a C compiler sees in them, for every kernel whose header package is to be had; and 64-bit ARM has the same ABI.
 * Archives drop a revision for the next within days, so the newest of the series is asked; where it says something else
 * than the snapshot, that is told, and the compiler is asked about what is read from it now. Skipped where no archive
 * answers.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { diffFacts } from '../../generator/diff/index.js';
import { nativeFiles } from '../../generator/emit/native.js';
import { fetchPackage, kernelPackages } from '../../generator/kernels/fetch.js';
import { parseHeaderTree } from '../../generator/kernels/header-file.js';
import { headerTree } from '../../generator/kernels/header-package.js';
import { loadHistory } from '../../generator/kernels/history.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { publishedHeaders, publishedTree } from '../../generator/kernels/npm-headers.js';
import { loadSnapshot, type Snapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { opcodeFacts } from '../../generator/model/opcodes.js';
import type { HeaderFacts } from '../../generator/parse/index.js';
import { modelOf } from '../../generator/pipeline.js';
import { Problem } from '../../generator/problem.js';
import { temporaryFolder } from '../support/cli.js';
import { newestRevision, tellDifference } from './revisions.js';

const X86 = 'x86_64-linux-gnu';
const ARM = 'aarch64-linux-gnu';

let unreachable: string | undefined;

/** What keeps a piece of work from being done, or undefined. */
function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.what;
  }
}

beforeAll(() => {
  unreachable = problemOf(kernelPackages);
}, 300_000);

/** Snapshots read from headers; those of the others were read from a kernel image, which has none. */
const fromHeaders = snapshotVersions()
  .map(loadSnapshot)
  .filter(({ source }) => source.between === undefined)
  .map((snapshot) => [snapshot.kernel, snapshot] as const);

/** Headers that can be had of a snapshot's series. */
interface Headers {
  /** For people. */
  readonly label: string;
  /** Whether they are the very ones that the snapshot was made from. */
  readonly same: boolean;
  readonly tree: (target: string) => string;
}

/** The newest headers of a snapshot's series, or why there are none. */
function headersOf({ kernel, source }: Snapshot): Headers | string {
  const published = publishedHeaders(kernel, X86);
  if (published !== undefined) {
    const label = `${published.package} ${published.version}`;
    const problem = problemOf(() => publishedTree(published));
    return problem ?? { label, same: true, tree: () => publishedTree(published) };
  }
  if (unreachable !== undefined) return `no package archive: ${unreachable}`;
  const newest = newestRevision(source, kernelPackages());
  if (newest === undefined) return `the archive has no ${source.package} of Linux ${kernel}`;
  const { name, version } = newest;
  return {
    label: `${name} ${version}`,
    same: version === source.version,
    tree: (target) => headerTree(fetchPackage(name, version), target),
  };
}

/** What the headers say, which is what the snapshot says when they are its own. Tells where they differ. */
function factsOf(snapshot: Snapshot, headers: Headers): HeaderFacts {
  if (headers.same) return snapshot.facts;
  const facts = parseHeaderTree(headers.tree(X86), X86, `Linux ${snapshot.kernel}`);
  tellDifference(snapshot, headers.label, diffFacts(snapshot.facts, facts));
  return facts;
}

for (const [kernel, snapshot] of fromHeaders) {
  it(`a C compiler agrees with every fact of Linux ${kernel}`, { timeout: 180_000 }, (context) => {
    const headers = headersOf(snapshot);
    if (typeof headers === 'string') return context.skip(headers);
    const input = {
      facts: withLibc(factsOf(snapshot, headers)),
      label: `Linux ${kernel}`,
      source: 'snapshot',
    };
    const check = nativeFiles(modelOf(input, loadHistory())).find(
      (file) => file.path === 'native/abi_check.c',
    )!;
    const file = join(temporaryFolder(), 'abi_check.c');
    const tree = headers.tree(X86);
    const compile = (text: string): void => {
      writeFileSync(file, text);
      const include = [`-I${tree}`, `-I${join(tree, X86)}`];
      execFileSync('cc', ['-std=gnu11', '-nostdinc', '-fsyntax-only', ...include, file], { stdio: 'pipe' });
    };
    compile(check.text);
    expect(check.text.match(/_Static_assert/g)!.length).toBeGreaterThan(300);
    // The guard itself: one wrong offset must not pass.
    const wrong = check.text.replace(/(struct io_uring_sqe, user_data\) == )\d+/, '$133');
    expect(wrong).not.toBe(check.text);
    expect(() => compile(wrong)).toThrow(/user_data/);
  });
}

/** Records without the places that only tell where they stand. */
const layouts = (facts: HeaderFacts): unknown =>
  JSON.parse(
    JSON.stringify(facts.records, (key, value) =>
      ['location', 'doc', 'spelling'].includes(key) ? undefined : value,
    ),
  );

it('the newest kernel parses for 64-bit ARM, with the same opcodes and ring records', {
  timeout: 180_000,
}, (context) => {
  const [, newest] = fromHeaders.at(-1)!;
  const headers = headersOf(newest);
  if (typeof headers === 'string') return context.skip(headers);
  const facts = factsOf(newest, headers);
  const arm = parseHeaderTree(headers.tree(ARM), ARM, 'a kernel');
  expect(arm.target.triple).toMatch(/^aarch64/);
  expect(opcodeFacts(arm)).toEqual(opcodeFacts(facts));
  const ring = (all: HeaderFacts): HeaderFacts => ({
    ...all,
    records: all.records.filter((record) =>
      all.files[record.location.file]!.include.startsWith('linux/io_uring'),
    ),
  });
  expect(layouts(ring(arm))).toEqual(layouts(ring(facts)));
});
