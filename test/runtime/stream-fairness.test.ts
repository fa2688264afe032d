/** One stream cannot starve others: neither of the buffers they share, nor of the loop's time. */
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, turns } from '../support/rings.js';
import { closeAll, connected, expectWhole, listener, losesNoDescriptors } from '../support/streams.js';

/** Sends without a pause until it is told to stop, then ends. */
async function flood(ring: Ring, fd: number, state: { stop: boolean }): Promise<number> {
  const data = ring.alloc(1 << 16);
  let sent = 0;
  while (!state.stop) sent += await ring.ops.send({ fd, buffer: data });
  await ring.ops.shutdown({ fd, len: 1 });
  return sent;
}

describe.each(ENCODERS)('beside a flood, %s encoder', (encoder) => {
  test.each([2, 16])('a quiet connection gets its share of %i buffers', async (entries) => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries, bufferBytes: 256 });
    const [loud, quiet] = [await connected(ring), await connected(ring)];
    const state = { stop: false };
    const sending = flood(ring, loud.far, state);
    let chunks = 0;
    const receiving = (async () => {
      let received = 0;
      for await (const chunk of ring.multishot.recv({ fd: loud.near, buffers })) {
        chunks += 1;
        received += chunk.byteLength;
        chunk.release();
      }
      return received;
    })();
    const stream = ring.multishot.recv({ fd: quiet.near, buffers });
    while (chunks < entries * 4) await turns(1);
    for (let message = 0; message < 50; message += 1) {
      const before = chunks;
      await ring.ops.send({ fd: quiet.far, buffer: Buffer.from([message]) });
      const { value } = await stream.next();
      expect(value!.copy()[0]).toBe(message);
      // A share, not a turn a day.
      expect(chunks - before).toBeLessThan(100 * entries);
    }
    state.stop = true;
    expect(await receiving).toBe(await sending);
    await stream.return();
    expectWhole(buffers);
    await closeAll(ring, loud.near, loud.far, quiet.near, quiet.far);
  });

  test('a consumer that never comes back leaves buffers to the others', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 64 });
    const [stuck, lively] = [await connected(ring), await connected(ring)];
    const stuckStream = ring.multishot.recv({ fd: stuck.near, buffers }, { highWaterMark: 2 });
    const first = stuckStream.next();
    for (let round = 0; round < 8; round += 1) {
      await ring.ops.send({ fd: stuck.far, buffer: Buffer.alloc(64) });
      await turns(2);
    }
    (await first).value!.release();
    const stream = ring.multishot.recv({ fd: lively.near, buffers });
    for (let round = 0; round < 100; round += 1) {
      await ring.ops.send({ fd: lively.far, buffer: Buffer.from(`${round}`) });
      expect((await stream.next()).value!.copy().toString()).toBe(`${round}`);
    }
    await Promise.all([stream.return(), stuckStream.return()]);
    expectWhole(buffers);
  });

  test('timers and other operations go on', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 64, bufferBytes: 256 });
    const loud = await connected(ring);
    const { fd, connect } = await listener(ring);
    const state = { stop: false };
    const sending = flood(ring, loud.far, state);
    const receiving = (async () => {
      for await (const chunk of ring.multishot.recv({ fd: loud.near, buffers })) chunk.release();
    })();
    const connections = ring.multishot.accept({ fd });
    for (let round = 0; round < 20; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const [client, { value }] = await Promise.all([connect(), connections.next()]);
      await closeAll(ring, client, value!);
    }
    state.stop = true;
    await Promise.all([sending, receiving, connections.return()]);
    await closeAll(ring, loud.near, loud.far, fd);
  });
});
