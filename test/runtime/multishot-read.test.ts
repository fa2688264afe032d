/** Multishot read (Linux 6.7): a pipe as an iterable of leases, to its end. */
import { spawn } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations, type Ring } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';
import { closeAll, expectWhole, losesNoDescriptors, numbered, text } from '../support/streams.js';

const EBADFD = 77;
const LACKING = 'the kernel has no IORING_OP_READ_MULTISHOT (Linux 6.7)';
const { O_NONBLOCK, O_RDWR } = constants;
const capable = (ring: Ring): boolean => ring.supports(operations.readMultishot);

describe.each(ENCODERS)('multishot read, %s encoder', (encoder) => {
  test('brings all that goes through a pipe, in order, to its end', async (context) => {
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const fifo = join(temporaryFolder(), 'fifo');
    await new Promise((resolve) => spawn('mkfifo', [fifo]).on('exit', resolve));
    losesNoDescriptors();
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 700 });
    const keep = openSync(fifo, O_RDWR | O_NONBLOCK);
    // Without O_NONBLOCK the kernel (6.18) does not notice the end of a FIFO that is empty.
    const fd = openSync(fifo, O_NONBLOCK);
    const sent = numbered(200_000);
    const receiving = text(ring.multishot.read({ fd, buffers }));
    const data = Buffer.from(sent, 'latin1');
    for (let at = 0; at < data.length; )
      at += await ring.ops.write({ fd: keep, buffer: data.subarray(at), offset: -1 });
    await ring.ops.close({ fd: keep });
    expect((await receiving) === sent).toBe(true);
    expectWhole(buffers);
    await closeAll(ring, fd);
  });

  test('is refused for an ordinary file, which cannot be polled', async (context) => {
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 64 });
    const fd = await ring.ops.openat({ path: '/etc/hostname' });
    await expect(ring.multishot.read({ fd, buffers }).next()).rejects.toMatchObject({ errno: -EBADFD });
    expectWhole(buffers);
    // Once, it can be read.
    using lease = await buffers.read({ fd, offset: 0 });
    expect(lease.byteLength).toBeGreaterThan(0);
    const end = await buffers.read({ fd, offset: 1 << 20 });
    expect(end.byteLength).toBe(0);
    await closeAll(ring, fd);
  });
});
