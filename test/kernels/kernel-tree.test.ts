/**
 * Proves that a kernel tree is a complete input: its version and the facts of its own headers are read from it, real
 * ones among them, and a folder that is no such tree is refused.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffFacts } from '../../generator/diff/index.js';
import {
  type KernelTree,
  readKernelTree,
  treeFacts,
  treeLabel,
} from '../../generator/kernels/kernel-tree.js';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import { sourceTree } from '../../generator/kernels/source-tree.js';
import { Problem } from '../../generator/problem.js';
import { INSTALLED_HEADER, ringsmith, temporaryFolder } from '../support/cli.js';
import { kernelTree, problemOf, SOURCE, writeTree } from './kernels-support.js';
import { tellDifference } from './revisions.js';

function treeWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeTree(folder, files);
  return folder;
}

const makefile = (sub: string, extra: string): string =>
  `VERSION = 9\nPATCHLEVEL = 10\nSUBLEVEL = ${sub}\nEXTRAVERSION =${extra}\n`;

describe('a tree', () => {
  it.each([
    [makefile('3', ''), '9.10.3'],
    [makefile('0', ' -rc7'), '9.10-rc7'],
    [makefile('0', ' -mine'), '9.10'],
    ['all:\n', undefined],
  ])('%j is of %s', (text, kernel) => {
    const tree = readKernelTree(treeWith({ ...kernelTree('9', '9', '1'), Makefile: text }));
    expect(tree.kernel).toBe(kernel);
    expect(treeLabel(tree)).toBe(kernel === undefined ? 'the kernel tree' : `Linux ${kernel}`);
  });

  it('has facts of its own headers, and an error in them is one in the tree', async () => {
    const files = kernelTree('9', '9', '1');
    const facts = treeFacts(readKernelTree(treeWith(files)));
    expect(facts.records.map((record) => record.name)).toContain('io_uring_sqe');
    const header = 'include/uapi/linux/io_uring.h';
    const folder = treeWith({ ...files, [header]: SOURCE[header]!.replace('__u64\toff;', '__u65\toff;') });
    const problem = await problemOf(() => treeFacts(readKernelTree(folder)));
    expect(problem.where).toMatchObject({ file: join(folder, header), line: 14 });
  });
});

describe('what is no tree', () => {
  const cases: [name: string, folder: () => string, code: string, what: RegExp][] = [
    ['nothing', () => join(temporaryFolder(), 'nowhere'), 'SOURCE_MISSING', /no such folder/],
    ['a file', () => INSTALLED_HEADER, 'SOURCE_NO_TREE', /not a folder/],
    ['an empty folder', temporaryFolder, 'SOURCE_NO_TREE', /no include\/uapi\/linux\/io_uring\.h/],
    ['a kernel before 6.0', () => treeWith(SOURCE), 'SOURCE_NO_TREE', /no folder io_uring\//],
  ];

  it.each(cases)('%s is refused', async (_, folder, code, what) => {
    const problem = await problemOf(() => readKernelTree(folder()));
    expect([problem.code, problem.what]).toEqual([code, expect.stringMatching(what)]);
  });

  it('is refused on the command line, and so is a tree of another kernel', () => {
    const out = join(temporaryFolder(), 'out');
    const run = (...words: string[]): string => {
      const result = ringsmith(['generate', ...words, '--out', out]);
      expect(result.code).toBe(2);
      return result.stderr;
    };
    expect(run('--source', temporaryFolder())).toContain('[SOURCE_NO_TREE]');
    const tree = treeWith(kernelTree('9', '9', '1'));
    expect(run('--source', tree, '--kernel', '7.3')).toMatch(
      /the tree is of Linux 9\.9\.1, and Linux 7\.3 was asked for \[SOURCE_OTHER_KERNEL\]/,
    );
    const snapshot = (...words: string[]): string => ringsmith(['snapshot', ...words]).stderr;
    expect(snapshot('--source', tree)).toContain('[USAGE]');
    expect(snapshot('libc', '--source', tree)).toContain('[USAGE]');
    expect(snapshot('7.2', '7.3', '--source', tree)).toContain('[USAGE]');
  });
});

/** Those whose source the archive has, and a contract can be read from. */
const SOURCES = ['6.1', '6.12', '7.2', '7.3'];

describe('the source package of a kernel', () => {
  it.for(SOURCES)(
    '%s has the headers that its snapshot was made from',
    { timeout: 180_000 },
    (kernel, context) => {
      const { source, facts } = loadSnapshot(kernel);
      let tree: KernelTree;
      try {
        // An archive that has moved on has a later release.
        tree = sourceTree(source.version, kernel);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return context.skip(`the source of ${kernel} cannot be had: ${error.what}`);
      }
      const { package: name, version } = tree.source;
      if (version === source.version) expect(treeFacts(tree)).toEqual(facts);
      else tellDifference({ kernel, source }, `${name} ${version}`, diffFacts(facts, treeFacts(tree)));
      expect(readKernelTree(tree.folder).kernel).toBe(tree.kernel);
    },
  );
});
