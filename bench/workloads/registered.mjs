/**
 * What registering saves: buffers whose pages the kernel need not look up, files it need not look up, and the ring's own
 * descriptor. Rings of ringsmith always register that one, so its gain shows in C only.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { operations, Ring } from 'ringsmith';
import { IORING_OP_READ_FIXED, IOSQE_FIXED_FILE } from 'ringsmith/abi';
import { expectedSum, writePattern } from '../pattern.mjs';
import { BLOCK_BITS, openFlags, readInLoops, ringPlaces } from '../reads.mjs';

const BUF_INDEX_WORD = 10;

/** The builder of an ordinary read with another opcode, so that what is compared is the kernel's work alone. */
const readFixed = {
  ...operations.read,
  name: 'readFixed',
  constant: 'IORING_OP_READ_FIXED',
  opcode: IORING_OP_READ_FIXED,
  encode(words, at, args) {
    const held = operations.read.encode(words, at, args);
    words[at] = (words[at] & ~0xff) | IORING_OP_READ_FIXED;
    words[at + BUF_INDEX_WORD] |= args.bufIndex;
    return held;
  },
};

const openReader =
  ({ fixedBuffers, fixedFiles }) =>
  (params) => {
    const ring = new Ring();
    const file = fs.openSync(params.file, openFlags(params));
    const places = ringPlaces(ring, params.depth);
    if (fixedBuffers) ring.registerBuffers(places.map(({ buffer }) => buffer));
    if (fixedFiles) ring.registerFiles([file]);
    const bufIndexOf = new Map(places.map(({ buffer }, index) => [buffer, index]));
    const common = fixedFiles ? { fd: 0, sqeFlags: IOSQE_FIXED_FILE } : { fd: file, sqeFlags: 0 };
    const { fd, sqeFlags } = common;
    const operation = fixedBuffers ? readFixed : operations.read;
    const read = (buffer, offset) =>
      ring.start(operation, { fd, sqeFlags, buffer, offset, bufIndex: bufIndexOf.get(buffer) });
    return {
      run: (count) => readInLoops(places, count, read, (bytesRead) => bytesRead),
      close: () => ring.close(),
    };
  };

const cReader = (letters) => ({
  c: 'randread',
  args: ({ file, depth, direct }) => [file, depth, BLOCK_BITS, `${direct ? 'd' : ''}${letters}`],
});

const PLAIN = 'ringsmith, nothing registered';

export default {
  title: '4 KiB reads at random places of a 64 MiB file, with and without registered resources',
  unit: 'reads',
  prepare(folder) {
    const file = join(folder, 'registered.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders: {
    [PLAIN]: { open: openReader({}) },
    'ringsmith, fixed buffers': { ours: 'buffers', open: openReader({ fixedBuffers: true }) },
    'ringsmith, fixed files': { ours: 'files', open: openReader({ fixedFiles: true }) },
    'ringsmith, both': { ours: 'both', open: openReader({ fixedBuffers: true, fixedFiles: true }) },
    'C, nothing registered': cReader(''),
    'C, fixed buffers': cReader('b'),
    'C, fixed files': cReader('f'),
    'C, ring descriptor': cReader('r'),
    'C, all three': cReader('bfr'),
  },
  cases: [
    { name: 'page cache, 1 in flight', params: { depth: 1 } },
    { name: 'page cache, 128 in flight', params: { depth: 128 }, multiple: 128 },
    { name: 'O_DIRECT, 32 in flight', params: { depth: 32, direct: true }, multiple: 32 },
  ],
  targets: [],
};
