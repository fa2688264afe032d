/**
 * An aborted operation settles only after the kernel has let go of its memory: a cancellation that comes too late is
 * waited out, and what arrived all the same is delivered.
 */
import { closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair, temporaryFolder, turns } from '../support/rings.js';

const ASYNC = 16;
const BIG = 48 << 20;

describe.each(ENCODERS)('memory of an aborted operation, %s encoder', (encoder) => {
  test('is held until a read that cannot be interrupted is over', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'zeros');
    writeFileSync(path, '');
    truncateSync(path, BIG);
    const fd = openSync(path, 'r');
    const buffer = ring.alloc(BIG);
    let late = 0;
    for (let round = 0; round < 12; round += 1) {
      buffer.bytes.fill(0xff);
      const stop = new AbortController();
      // In a worker thread, which copies from the page cache without looking whether it should stop.
      const reading = ring.ops.read({ fd, buffer, offset: 0, sqeFlags: ASYNC }, { signal: stop.signal });
      await ring.ops.nop();
      await turns(round % 3);
      stop.abort();
      const end: unknown = await reading.catch(({ name }: Error) => name);
      const written = buffer.bytes.lastIndexOf(0) + 1;
      if (typeof end === 'number') {
        late += 1;
        // It settled after the last byte.
        expect(written).toBe(end);
      } else expect(end).toBe('AbortError');
      await turns(20);
      expect(buffer.bytes.lastIndexOf(0) + 1).toBe(written);
    }
    expect(late).toBeGreaterThan(0);
    closeSync(fd);
  });

  test('is not used for others before', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    for (let round = 0; round < 50; round += 1) {
      const stop = new AbortController();
      const foreign = Buffer.alloc(64, 0x11);
      let over = false;
      const receiving = ring.ops.recv({ fd: near, buffer: foreign }, { signal: stop.signal }).then(
        () => undefined,
        (error: { readonly result?: number }) => {
          over = true;
          return error.result;
        },
      );
      await ring.ops.nop();
      expect(ring.statistics.scratchInUse).toBe(1);
      const data = Buffer.alloc(64, 0xee);
      const sending = ring.ops.send({ fd: far, buffer: data });
      stop.abort();
      // To abort is only to ask: the kernel has not even been told yet, and the memory stays.
      expect(ring.statistics.scratchInUse).toBe(2);
      await Promise.resolve();
      expect(over).toBe(false);
      const result = await receiving;
      await sending;
      expect(ring.statistics.scratchInUse).toBe(0);
      // All or nothing of it, and nothing that was told otherwise.
      expect(foreign.every((byte) => byte === (result === undefined ? 0x11 : 0xee))).toBe(true);
      if (result === undefined) await ring.ops.recv({ fd: near, buffer: Buffer.alloc(64) });
    }
  });
});
