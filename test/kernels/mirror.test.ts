/**
 * Proves the whole way against the Debian archive that this machine uses: raw headers of a point release and of a tag
 * say the same as linux-libc-dev, and a snapshot made again is the committed one. Skipped where no archive answers.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { diffFacts } from '../../generator/diff/index.js';
import type { AptPackage } from '../../generator/kernels/apt.js';
import { exportTree } from '../../generator/kernels/export-headers.js';
import { fetchPackage, isImagePackage, kernelPackages } from '../../generator/kernels/fetch.js';
import { parseHeaderTree } from '../../generator/kernels/header-file.js';
import { unpack } from '../../generator/kernels/header-package.js';
import { BtfTypes } from '../../generator/kernels/image/btf.js';
import { composeFacts } from '../../generator/kernels/image/compose.js';
import { measuredMacros } from '../../generator/kernels/image/measured.js';
import { findImage, readBtfSection } from '../../generator/kernels/image/vmlinux.js';
import { kernelFacts } from '../../generator/kernels/kernel-facts.js';
import { loadSnapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { fetchTag, kernelUrl } from '../../generator/kernels/tag.js';
import { DEFAULT_TARGET, type HeaderFacts } from '../../generator/parse/index.js';
import { Problem } from '../../generator/problem.js';
import { temporaryFolder } from '../support/cli.js';
import { newestRevision, tellDifference } from './revisions.js';

let unreachable: string | undefined;

beforeAll(() => {
  try {
    kernelPackages();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    unreachable = error.what;
  }
}, 300_000);

beforeEach((context) => {
  if (unreachable !== undefined) context.skip(`no Debian archive: ${unreachable}`);
});

const factsIn = (folder: string): HeaderFacts => parseHeaderTree(folder, DEFAULT_TARGET, 'a kernel');

/** A kernel that has both packages, and its raw tree. */
function rawTree(): { libcDev: AptPackage; tree: string } {
  const packages = kernelPackages().map((item) => item.package);
  const isLibcDev = (item: AptPackage): boolean => item.name === 'linux-libc-dev';
  const headers = packages.findLast(
    (item) =>
      !isLibcDev(item) && packages.some((other) => isLibcDev(other) && other.version === item.version),
  );
  const libcDev = packages.find((item) => isLibcDev(item) && item.version === headers?.version);
  if (headers === undefined || libcDev === undefined) throw new Error('no kernel has both packages');
  const folder = temporaryFolder();
  unpack(fetchPackage(headers.name, headers.version).path, folder);
  const [name] = readdirSync(join(folder, 'usr', 'src'));
  return { libcDev, tree: join(folder, 'usr', 'src', name!) };
}

it('a snapshot that is made again from the same package is the committed one', { timeout: 180_000 }, () => {
  const found = snapshotVersions()
    .map(loadSnapshot)
    .flatMap((snapshot) => {
      const offered = kernelPackages().map((item) => item.package);
      const own = offered.find(
        ({ name, version }) => name === snapshot.source.package && version === snapshot.source.version,
      );
      const item = own ?? newestRevision(snapshot.source, kernelPackages());
      return item === undefined ? [] : [{ snapshot, item }];
    });
  expect(found.length).toBeGreaterThan(0);
  for (const { snapshot, item } of found) {
    const again = kernelFacts(item.version);
    if (item.version === snapshot.source.version) {
      expect(again.source).toEqual(snapshot.source);
      expect(again.facts).toEqual(snapshot.facts);
    } else {
      tellDifference(snapshot, `${item.name} ${item.version}`, diffFacts(snapshot.facts, again.facts));
    }
  }
});

it("raw headers of a kernel's source say what linux-libc-dev says", async () => {
  const { libcDev, tree } = rawTree();
  const expected = kernelFacts(libcDev.version).facts;
  const exported = temporaryFolder();
  exportTree(tree, exported, DEFAULT_TARGET);
  expect(factsIn(exported)).toEqual(expected);
  const server = createServer((request, response) => {
    const path = join(tree, new URL(request.url!, 'http://localhost').pathname.replace('/raw/', ''));
    if (existsSync(path)) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const template = kernelUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/raw`);
  const fetched = await fetchTag({ tag: 'v1', template, target: DEFAULT_TARGET });
  server.close();
  expect(factsIn(fetched)).toEqual(expected);
});

/** Names and layouts, without what only a header's text has. */
const shape = (facts: HeaderFacts): unknown =>
  JSON.parse(
    JSON.stringify({ enums: facts.enums, records: facts.records }, (key, value) =>
      ['doc', 'location', 'spelling', 'pointee'].includes(key) ? undefined : value,
    ),
  );

it("a kernel's image says what its headers say", (context) => {
  const known = snapshotVersions()
    .map(loadSnapshot)
    .filter(({ source }) => source.between === undefined);
  // Any but the oldest and the newest: it takes a neighbour on both sides.
  const found = known.slice(1, -1).flatMap((snapshot, index) => {
    // Of the snapshot's own release, or of the newest whose headers the archive has too.
    const releases = [snapshot.source.version, newestRevision(snapshot.source, kernelPackages())?.version];
    const image = releases.flatMap((release) =>
      kernelPackages()
        .filter(({ package: item }) => isImagePackage(item.name) && item.version === release)
        .slice(-1),
    )[0]?.package;
    return image === undefined ? [] : [{ snapshot, image, older: known[index]!, newer: known[index + 2]! }];
  });
  const last = found.at(-1);
  if (last === undefined) return context.skip('the archive has no image of a kernel whose headers are known');
  const folder = temporaryFolder();
  unpack(fetchPackage(last.image.name, last.image.version).path, folder);
  const types = new BtfTypes(readBtfSection(findImage(folder), folder));
  const measured = measuredMacros(last.snapshot.kernel);
  const composed = composeFacts({ older: last.older.facts, newer: last.newer.facts, measured }, types);
  const isOwn = last.image.version === last.snapshot.source.version;
  const facts = isOwn ? last.snapshot.facts : kernelFacts(last.image.version).facts;
  expect(shape(composed)).toEqual(shape(facts));
  const macros = new Map(facts.macros.map((macro) => [macro.name, macro.value]));
  for (const macro of composed.macros) expect(macro.value, macro.name).toEqual(macros.get(macro.name));
});

it('a point release that only linux-headers has is as good', () => {
  const packages = kernelPackages();
  const only = packages.findLast(
    ({ kernel, package: item }) =>
      /^linux-headers-/.test(item.name) &&
      !packages.some((other) => other.kernel === kernel && other.package.name === 'linux-libc-dev'),
  );
  if (only === undefined) throw new Error('every kernel has a linux-libc-dev');
  const { facts, source } = kernelFacts(only.kernel);
  expect(source.package).toBe(only.package.name);
  expect(facts.records.find((record) => record.name === 'io_uring_sqe')?.sizeBits).toBe(512);
});
