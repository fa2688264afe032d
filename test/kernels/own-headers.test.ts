/**
 * Proves against the real headers, fetched from this machine's package archive: what was read from a kernel's headers is
 * what a C compiler sees in them, for every kernel whose header package is to be had; and 64-bit ARM has the same ABI.
 * Skipped where no archive answers.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
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

const X86 = 'x86_64-linux-gnu';
const ARM = 'aarch64-linux-gnu';

let offered = new Set<string>();
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
  unreachable = problemOf(() => {
    offered = new Set(kernelPackages().map(({ package: item }) => `${item.name} ${item.version}`));
  });
}, 300_000);

/** Snapshots read from headers; those of the others were read from a kernel image, which has none. */
const fromHeaders = snapshotVersions()
  .map(loadSnapshot)
  .filter(({ source }) => source.between === undefined)
  .map((snapshot) => [snapshot.kernel, snapshot] as const);

/** Why the headers of a snapshot cannot be had, or undefined. */
function missing({ kernel, source }: Snapshot): string | undefined {
  const published = publishedHeaders(kernel, X86);
  if (published !== undefined) return problemOf(() => publishedTree(published));
  if (unreachable !== undefined) return `no package archive: ${unreachable}`;
  const name = `${source.package} ${source.version}`;
  return offered.has(name) ? undefined : `the archive no longer has ${name}`;
}

function treeOf({ kernel, source }: Snapshot, target: string): string {
  const published = publishedHeaders(kernel, target);
  return published === undefined
    ? headerTree(fetchPackage(source.package, source.version), target)
    : publishedTree(published);
}

for (const [kernel, snapshot] of fromHeaders) {
  it(`a C compiler agrees with every fact of Linux ${kernel}`, { timeout: 180_000 }, (context) => {
    const reason = missing(snapshot);
    if (reason !== undefined) context.skip(reason);
    const input = { facts: withLibc(snapshot.facts), label: `Linux ${kernel}`, source: 'snapshot' };
    const check = nativeFiles(modelOf(input, loadHistory())).find(
      (file) => file.path === 'native/abi_check.c',
    )!;
    const file = join(temporaryFolder(), 'abi_check.c');
    const tree = treeOf(snapshot, X86);
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
  const reason = missing(newest);
  if (reason !== undefined) context.skip(reason);
  const arm = parseHeaderTree(treeOf(newest, ARM), ARM, 'a kernel');
  expect(arm.target.triple).toMatch(/^aarch64/);
  expect(opcodeFacts(arm)).toEqual(opcodeFacts(newest.facts));
  const ring = (facts: HeaderFacts): HeaderFacts => ({
    ...facts,
    records: facts.records.filter((record) =>
      facts.files[record.location.file]!.include.startsWith('linux/io_uring'),
    ),
  });
  expect(layouts(ring(arm))).toEqual(layouts(ring(newest.facts)));
});
