/** Bundles: one completion for several buffers, whose chunks come in order, also after buffers came back in another. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, type Encoder, openRing, socketPair } from '../support/rings.js';
import { connected, expectWhole, numbered, text } from '../support/streams.js';

const CAPABLE = 'IORING_FEAT_RECVSEND_BUNDLE';

describe.each(ENCODERS)('bundles, %s encoder', (encoder: Encoder) => {
  test('are told chunk by chunk, in fewer completions than chunks', async (context) => {
    const ring = openRing({ encoder });
    if (ring.supports(CAPABLE) !== true)
      return context.skip('the kernel has no receive bundles (Linux 6.10)');
    const buffers = ring.bufferRing({ entries: 64, bufferBytes: 16 });
    const { near, far } = await connected(ring);
    const sent = numbered(1000);
    await ring.ops.send({ fd: far, buffer: Buffer.from(sent, 'latin1') });
    await ring.ops.shutdown({ fd: far, len: 1 });
    const stream = ring.multishot.recv({ fd: near, buffers, bundle: true }, { highWaterMark: 100 });
    const lengths: number[] = [];
    let got = '';
    for await (const chunk of stream) {
      lengths.push(chunk.byteLength);
      got += chunk.copy().toString('latin1');
    }
    expect(got).toBe(sent);
    expect(lengths).toEqual([...Array<number>(62).fill(16), 8]);
    expectWhole(buffers);
  });

  test('stay in order when leases come back in any order', async (context) => {
    const ring = openRing({ encoder });
    if (ring.supports(CAPABLE) !== true)
      return context.skip('the kernel has no receive bundles (Linux 6.10)');
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 32 });
    const { near, farSocket } = await socketPair();
    const sent = numbered(60_000);
    farSocket.end(sent, 'latin1');
    let got = '';
    let turn = 0;
    const held: { release(): void }[] = [];
    for await (const chunk of ring.multishot.recv({ fd: near, buffers, bundle: true })) {
      got += chunk.bytes.toString('latin1');
      held.push(chunk);
      turn += 1;
      // From the front, the back and the middle.
      if (held.length > 5) held.splice([0, held.length - 1, 3][turn % 3]!, 1)[0]!.release();
    }
    for (const chunk of held) chunk.release();
    expect(got === sent).toBe(true);
    expectWhole(buffers);
  });

  test('work on incremental buffers', async (context) => {
    const ring = openRing({ encoder });
    if (ring.supports(CAPABLE) !== true)
      return context.skip('the kernel has no receive bundles (Linux 6.10)');
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 100, incremental: true });
    const { near, farSocket } = await socketPair();
    const sent = numbered(40_000);
    farSocket.end(sent, 'latin1');
    const got = await text(ring.multishot.recv({ fd: near, buffers, bundle: true }));
    expect(got === sent).toBe(true);
    expectWhole(buffers);
  });
});
