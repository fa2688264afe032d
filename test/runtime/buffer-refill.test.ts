/** A stream that finds no buffer waits until some are back, and goes on where it was; a single receive says ENOBUFS. */
import { describe, expect, test } from 'vitest';
import type { Lease } from '../../generated/index.js';
import { ENCODERS, openRing } from '../support/rings.js';
import { connected, expectWhole, numbered, until } from '../support/streams.js';

describe.each(ENCODERS)('buffers that run out, %s encoder', (encoder) => {
  test('leave the stream without an operation until one is back', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 10 });
    const { near, far } = await connected(ring);
    const sent = numbered(100);
    await ring.ops.send({ fd: far, buffer: Buffer.from(sent, 'latin1') });
    const stream = ring.multishot.recv({ fd: near, buffers });
    const held: Lease[] = [(await stream.next()).value!, (await stream.next()).value!];
    const waiting = stream.next();
    await until(() => ring.statistics.inFlight === 0);
    expect(ring.statistics.inFlight).toBe(0);
    expect(buffers.statistics).toEqual({ entries: 2, available: 0, leased: 2 });
    let got = held.map((lease) => lease.copy().toString('latin1')).join('');
    got += (await waiting).value!.copy().toString('latin1');
    while (got.length < sent.length) got += (await stream.next()).value!.copy().toString('latin1');
    expect(got).toBe(sent);
    await stream.return();
    expectWhole(buffers);
  });

  test('can all be given back after return(), which a waiting stream obeys at once', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 4 });
    const { near, far } = await connected(ring);
    await ring.ops.send({ fd: far, buffer: Buffer.from('ninechars') });
    const stream = ring.multishot.recv({ fd: near, buffers });
    const held = [(await stream.next()).value!, (await stream.next()).value!];
    const unanswered = stream.next();
    await until(() => ring.statistics.inFlight === 0);
    await stream.return();
    expect((await unanswered).done).toBe(true);
    for (const lease of held) lease.release();
    expectWhole(buffers);
    using rest = await buffers.recv({ fd: near });
    expect(rest.bytes.toString()).toBe('s');
  });

  test('make a single receive fail with ENOBUFS and what to do', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 1, bufferBytes: 16 });
    const { near, far } = await connected(ring);
    await ring.ops.send({ fd: far, buffer: Buffer.alloc(20, 'x') });
    const lease = await buffers.recv({ fd: near });
    await expect(buffers.recv({ fd: near })).rejects.toMatchObject({
      code: 'ENOBUFS',
      op: 'IORING_OP_RECV',
      message: expect.stringContaining('release leases'),
    });
    lease.release();
    using rest = await buffers.recv({ fd: near });
    expect(rest.byteLength).toBe(4);
  });
});
