/**
 * What registering saves: buffers whose pages the kernel need not look up, files it need not look up, and the ring's own
 * descriptor. Rings of ringsmith always register that one, so its gain is what they lose where it is not to be had.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { Ring } from 'ringsmith';
import { expectedSum, writePattern } from '../pattern.mjs';
import { BLOCK_BITS, openFlags, openSyncLevel, readInLoops, ringPlaces } from '../reads.mjs';

/** Descriptors of rings that the kernel lets one thread register. */
const RING_PLACES = 16;
const ANY_PLACE = 0xffffffff;

/** Opens a ring that found no place to register its descriptor in: another ring's take all of them. */
function openUnregistered() {
  const other = new Ring();
  const entry = [{ offset: ANY_PLACE, data: BigInt(other.fd) }];
  const take = () => {
    try {
      return other.register('IORING_REGISTER_RING_FDS', entry).result === 1;
    } catch (error) {
      if (error.code === 'EBUSY') return false;
      throw error;
    }
  };
  for (let taken = 0; take(); taken += 1) {
    if (taken > RING_PLACES) throw new Error('there is no end of places for descriptors of rings');
  }
  return new Ring();
}

/** The places' memory as registered buffers. */
function asFixed(ring, places) {
  const table = ring.registerBuffers(places.map(({ buffer }) => buffer));
  return places.map(({ words }, index) => ({ words, buffer: table.buffer(index) }));
}

const openReader =
  ({ buffers = false, files = false, descriptor = true }) =>
  (params) => {
    const ring = descriptor ? new Ring() : openUnregistered();
    const file = fs.openSync(params.file, openFlags(params));
    const own = ringPlaces(ring, params.depth);
    const places = buffers ? asFixed(ring, own) : own;
    const fd = files ? ring.registerFiles([file]).descriptor(0) : file;
    const read = buffers
      ? (buffer, offset) => ring.ops.readFixed({ fd, buffer, offset, bufIndex: buffer.index })
      : (buffer, offset) => ring.ops.read({ fd, buffer, offset });
    return {
      run: (count) => readInLoops(places, count, read, (bytesRead) => bytesRead),
      close: () => ring.close(),
    };
  };

const cReader = (letters) => ({
  c: 'randread',
  args: ({ file, depth, direct }) => [file, depth, BLOCK_BITS, `${direct ? 'd' : ''}${letters}`],
});

const ours = (short, what) => ({ ours: short, open: openReader(what) });

/** The ring's own descriptor is looked up once for each system call: it can matter where that is one for each read. */
const DESCRIPTORS = [
  'ringsmith, nothing registered',
  'ringsmith, ring descriptor',
  'ringsmith, all three',
  'C, nothing registered',
  'C, ring descriptor',
  'C, all three',
];

export default {
  title: '4 KiB reads at random places of a 64 MiB file, with and without registered resources',
  unit: 'reads',
  notes: [
    'The kernel has 16 places for descriptors of rings in each thread. `ringsmith, nothing registered` found them taken by',
    "another ring's; `ringsmith, ring descriptor` is what every ring does by itself.",
  ],
  headlines: ['page cache, 128 in flight'],
  prepare(folder) {
    const file = join(folder, 'registered.data');
    writePattern(file, BLOCK_BITS);
    return { file };
  },
  expected: (count) => expectedSum(count, BLOCK_BITS),
  contenders: {
    'ringsmith, nothing registered': { open: openReader({ descriptor: false }) },
    'ringsmith, ring descriptor': ours('ring descriptor', {}),
    'ringsmith, also fixed buffers': { open: openReader({ buffers: true }) },
    'ringsmith, also fixed files': { open: openReader({ files: true }) },
    'ringsmith, all three': ours('all three', { buffers: true, files: true }),
    'ringsmith, sync level': { open: openSyncLevel },
    'ringsmith, sync level, all three': {
      ours: 'sync, all three',
      open: (params) => openSyncLevel({ ...params, fixed: true }),
    },
    'C, nothing registered': cReader(''),
    'C, ring descriptor': cReader('r'),
    'C, also fixed buffers': cReader('rb'),
    'C, also fixed files': cReader('rf'),
    'C, all three': cReader('bfr'),
  },
  cases: [
    { name: 'page cache, 1 in flight', params: { depth: 1 }, contenders: DESCRIPTORS },
    { name: 'page cache, 128 in flight', params: { depth: 128 }, multiple: 128 },
    { name: 'O_DIRECT, 32 in flight', params: { depth: 32, direct: true }, multiple: 32 },
  ],
  targets: [],
};
