/**
 * However a stream ends (break, throw, return(), abort, close of its ring or buffers, the other side, a cancellation), it
 * ends once, leaves nothing in flight, and loses no descriptor and no buffer.
 */
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, holdBack, openRing, socketPair, turns } from '../support/rings.js';
import {
  closeAll,
  connected,
  expectWhole,
  listener,
  losesNoDescriptors,
  numbered,
  text,
  until,
} from '../support/streams.js';

const DONE = { value: undefined, done: true };

/** A stream of received data with some of it waiting, and one chunk taken. */
async function halfRead(ring: Ring, options: { readonly signal?: AbortSignal } = {}) {
  const buffers = ring.bufferRing({ entries: 16, bufferBytes: 8 });
  const { near, far } = await connected(ring);
  await ring.ops.send({ fd: far, buffer: Buffer.from(numbered(40)) });
  const stream = ring.multishot.recv({ fd: near, buffers }, options);
  (await stream.next()).value!.release();
  await until(() => buffers.statistics.leased === 4);
  expect(buffers.statistics.leased).toBe(4);
  return { buffers, stream, near, far };
}

/** A stream of connections with nine of them waiting, and one taken. */
async function halfAccepted(ring: Ring, options: { readonly signal?: AbortSignal } = {}) {
  const { fd, connect } = await listener(ring);
  const made = await Promise.all(Array.from({ length: 10 }, connect));
  const stream = ring.multishot.accept({ fd }, options);
  const taken = (await stream.next()).value!;
  await turns(3);
  return { stream, fds: [fd, taken, ...made] };
}

describe.each(ENCODERS)('the consumer ends it, %s encoder', (encoder) => {
  test('with break', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { buffers, stream, near, far } = await halfRead(ring);
    for await (const chunk of stream) {
      chunk.release();
      break;
    }
    expect(ring.statistics.inFlight).toBe(0);
    expectWhole(buffers);
    const accepting = await halfAccepted(ring);
    for await (const fd of accepting.stream) {
      accepting.fds.push(fd);
      break;
    }
    expect(ring.statistics.inFlight).toBe(0);
    await closeAll(ring, near, far, ...accepting.fds);
  });

  test('with an error of its own', async () => {
    const ring = openRing({ encoder });
    const { buffers, stream } = await halfRead(ring);
    const looping = (async () => {
      for await (const chunk of stream) {
        using _ = chunk;
        throw new Error('enough');
      }
    })();
    await expect(looping).rejects.toThrow('enough');
    expect(ring.statistics.inFlight).toBe(0);
    expectWhole(buffers);
    expect(await stream.next()).toEqual(DONE);
  });

  test('with return(), before it began, in the middle, twice, and at its end', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { fd } = await listener(ring);
    const unused = ring.multishot.accept({ fd });
    expect(await unused.return()).toEqual(DONE);
    expect(await unused.next()).toEqual(DONE);
    expect(ring.statistics.inFlight).toBe(0);

    const { stream, fds } = await halfAccepted(ring);
    expect(await Promise.all([stream.return(), stream.return()])).toEqual([DONE, DONE]);
    expect(await stream.return()).toEqual(DONE);

    const short = ring.multishot.timeout({ every: 1, count: 1 });
    for await (const _ of short);
    expect(await short.return()).toEqual(DONE);
    await closeAll(ring, fd, ...fds);
  });

  test('with await using', async () => {
    const ring = openRing({ encoder });
    {
      await using clock = ring.multishot.timeout({ every: 1 });
      await clock.next();
      expect(ring.statistics.inFlight).toBe(1);
    }
    expect(ring.statistics.inFlight).toBe(0);
  });

  test('while it waits for a drain', async () => {
    const ring = openRing({ encoder });
    const letGo = holdBack(ring);
    const given = ring.multishot.timeout({ every: 1 });
    const unanswered = given.next();
    const patient = ring.multishot.timeout({ every: 1 });
    const answered = patient.next();
    expect(ring.statistics.waiting).toBe(3);
    await given.return();
    expect(await unanswered).toEqual(DONE);
    await letGo();
    expect((await answered).done).toBe(false);
    await patient.return();
  });
});

describe.each(ENCODERS)('an AbortSignal ends it, %s encoder', (encoder) => {
  test('with an AbortError for the consumer, and gives back what waited', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const controller = new AbortController();
    const { signal } = controller;
    const received = await halfRead(ring, { signal });
    const accepted = await halfAccepted(ring, { signal });
    const clock = ring.multishot.timeout({ every: 60_000 }, { signal });
    const waiting = clock.next();
    await turns(2);
    controller.abort(new Error('why'));
    for (const next of [received.stream.next(), accepted.stream.next(), waiting]) {
      await expect(next).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'why' } });
    }
    for (const stream of [received.stream, accepted.stream, clock]) expect(await stream.next()).toEqual(DONE);
    await until(() => ring.statistics.inFlight === 0);
    expect(ring.statistics.inFlight).toBe(0);
    expectWhole(received.buffers);
    await closeAll(ring, received.near, received.far, ...accepted.fds);
  });

  test('before it began', async () => {
    const ring = openRing({ encoder });
    const stream = ring.multishot.timeout({ every: 1 }, { signal: AbortSignal.abort() });
    await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError' });
    expect(await stream.next()).toEqual(DONE);
    expect(ring.statistics.enters).toBe(0);
  });
});

describe.each(ENCODERS)('what it stands on ends, %s encoder', (encoder) => {
  test('the ring', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { buffers, stream, near, far } = await halfRead(ring);
    const accepted = await halfAccepted(ring);
    const clock = ring.multishot.timeout({ every: 60_000 });
    const waiting = clock.next();
    const starved = ring.bufferRing({ entries: 1, bufferBytes: 1 });
    const pair = await connected(ring);
    await ring.ops.send({ fd: pair.far, buffer: Buffer.from('ab') });
    const held = await starved.recv({ fd: pair.near });
    const hungry = ring.multishot.recv({ fd: pair.near, buffers: starved }).next();
    await turns(2);
    const ends = Promise.allSettled([waiting, hungry]);
    await ring.close();
    for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'ERR_RING_CLOSED' } });
    await expect(stream.next()).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
    await expect(accepted.stream.next()).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
    expectWhole(buffers);
    // A lease outlives its ring.
    expect(held.copy().toString()).toBe('a');
    await expect(ring.multishot.timeout({ every: 1 }).next()).rejects.toMatchObject({
      code: 'ERR_RING_CLOSED',
    });
    const other = openRing({ encoder });
    await closeAll(other, near, far, pair.near, pair.far, ...accepted.fds);
  });

  test('the buffer ring', async () => {
    const ring = openRing({ encoder });
    const { buffers, stream, near } = await halfRead(ring);
    const other = await connected(ring);
    const waiting = ring.multishot.recv({ fd: other.near, buffers }).next();
    const single = buffers.recv({ fd: other.near });
    await turns(2);
    const ends = Promise.allSettled([waiting, single]);
    await buffers.close();
    expect(await ends).toMatchObject([
      { reason: { code: 'ERR_RING_CLOSED' } },
      { reason: { code: 'ECANCELED' } },
    ]);
    await expect(stream.next()).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
    expect(ring.statistics.inFlight).toBe(0);
    const refused = { code: 'ERR_RING_CLOSED', message: expect.stringContaining('buffer ring') };
    await expect(buffers.recv({ fd: near })).rejects.toMatchObject(refused);
    await expect(ring.multishot.recv({ fd: near, buffers }).next()).rejects.toMatchObject(refused);
  });

  test('the operation, cancelled by somebody else', async () => {
    const ring = openRing({ encoder });
    const { buffers, stream, near } = await halfRead(ring);
    expect(await ring.cancel({ fd: near })).toBe(1);
    let left = 0;
    const rest = (async () => {
      for await (const chunk of stream) left += chunk.copy().byteLength;
    })();
    await expect(rest).rejects.toMatchObject({ code: 'ECANCELED', op: 'IORING_OP_RECV' });
    // What had arrived comes first.
    expect(left).toBe(32);
    expectWhole(buffers);
  });

  test('the other side, in a race with the operation', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 64 });
    const rounds = Array.from({ length: 100 }, async (_, round) => {
      const { near, far } = await connected(ring);
      const stream = text(ring.multishot.recv({ fd: near, buffers }));
      const sent = numbered(round * 3);
      if (round % 2 === 0) await turns(1);
      if (sent.length > 0) await ring.ops.send({ fd: far, buffer: Buffer.from(sent) });
      await ring.ops.shutdown({ fd: far, how: 1 });
      expect(await stream).toBe(sent);
      await closeAll(ring, near, far);
    });
    await Promise.all(rounds);
    expectWhole(buffers);
  });

  test('the other side, with a reset', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 64 });
    const { near, farSocket } = await socketPair();
    const next = ring.multishot.recv({ fd: near, buffers }).next();
    await turns(2);
    farSocket.resetAndDestroy();
    await expect(next).rejects.toMatchObject({ code: 'ECONNRESET', syscall: 'recv' });
    expectWhole(buffers);
  });
});

describe.each(ENCODERS)('wrong arguments, %s encoder', (encoder) => {
  test('are refused, and the ring goes on', async () => {
    const ring = openRing({ encoder, cqEntries: 256 });
    const clock = (options: { readonly weight?: number; readonly highWaterMark?: number }) => () =>
      ring.multishot.accept({ fd: 0 }, options);
    expect(clock({ weight: 0 })).toThrow('weight must be');
    expect(clock({ highWaterMark: 0.5 })).toThrow('highWaterMark must be');
    await expect(ring.multishot.accept({ fd: 2 ** 40 }).next()).rejects.toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
    });
    await expect(ring.ops.nop()).resolves.toBe(0);
  });
});
