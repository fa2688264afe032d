/**
 * An AbortSignal ends an operation in every phase of its life: before it starts, while it waits for room, in the kernel,
 * and in a race with its completion. The promise settles once, and the signal is let go of.
 */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ENCODERS, holdBack, openRing, socketPair, turns } from '../support/rings.js';

const ABORTED = { name: 'AbortError', code: 'ABORT_ERR', syscall: 'recv', op: 'IORING_OP_RECV' };

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe.each(ENCODERS)('abort, %s encoder', (encoder) => {
  test('before the start: nothing is submitted', async () => {
    const ring = openRing({ encoder });
    const signal = AbortSignal.abort(new Error('too late'));
    const receiving = ring.ops.recv({ fd: 0, buffer: Buffer.alloc(1) }, { signal });
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0 });
    await expect(receiving).rejects.toMatchObject({ ...ABORTED, cause: { message: 'too late' } });
    expect(listeners(signal)).toBe(0);
  });

  test('while it waits: it rejects at once, and what waits behind it goes on', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const letGo = holdBack(ring);
    const stop = new AbortController();
    const chain = ring.chain(() => [ring.ops.nop(), ring.ops.nop()], { signal: stop.signal });
    const other = new AbortController();
    const single = ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }, { signal: other.signal });
    const behind = ring.ops.nop();
    await turns(2);
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 4 });
    other.abort();
    await expect(single).rejects.toMatchObject(ABORTED);
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 3 });
    stop.abort();
    await expect(chain).rejects.toMatchObject({ name: 'AbortError', syscall: 'chain' });
    expect([listeners(stop.signal), listeners(other.signal)]).toEqual([0, 0]);
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 2 });
    await letGo();
    await expect(behind).resolves.toBe(0);
  });

  test('in the kernel: it rejects, and others on the same socket go on', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const stop = new AbortController();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { signal: stop.signal });
    const buffer = Buffer.alloc(8);
    const other = ring.ops.recv({ fd: near, buffer });
    await turns(2);
    expect(listeners(stop.signal)).toBe(1);
    stop.abort(new Error('why'));
    await expect(receiving).rejects.toMatchObject({ ...ABORTED, cause: { message: 'why' } });
    expect(listeners(stop.signal)).toBe(0);
    await ring.ops.send({ fd: far, buffer: Buffer.from('data') });
    await expect(other).resolves.toBe(4);
    expect(buffer.toString('latin1', 0, 4)).toBe('data');
  });

  test('by one signal for many, by time, and by any of several', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const stop = new AbortController();
    const many = Array.from({ length: 50 }, () =>
      ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { signal: stop.signal }),
    );
    const timed = ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { signal: AbortSignal.timeout(10) });
    const any = AbortSignal.any([stop.signal, new AbortController().signal]);
    const either = ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { signal: any });
    // One for all, so that Node does not warn of a leak.
    expect(listeners(stop.signal)).toBe(1);
    await expect(timed).rejects.toMatchObject({ ...ABORTED, cause: { name: 'TimeoutError' } });
    stop.abort();
    for (const result of await Promise.allSettled([...many, either])) {
      expect(result).toMatchObject({ status: 'rejected', reason: ABORTED });
    }
    expect([listeners(stop.signal), listeners(any)]).toEqual([0, 0]);
  });

  test('after the completion: the result stays, and the signal was let go of', async () => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    await expect(ring.ops.nop({}, { signal: stop.signal })).resolves.toBe(0);
    await expect(ring.ops.read({ fd: -1, buffer: Buffer.alloc(1) }, { signal: stop.signal })).rejects.toThrow(
      'EBADF',
    );
    await expect(
      ring.ops.read({ fd: 1.5, buffer: Buffer.alloc(1) }, { signal: stop.signal }),
    ).rejects.toThrow(RangeError);
    expect(listeners(stop.signal)).toBe(0);
    stop.abort();
    await turns(2);
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0 });
  });

  test('in a race with the completion: each settles once, one way or the other', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const byte = Buffer.from('x');
    let [received, aborted] = [0, 0];
    for (let round = 0; round < 600; round += 1) {
      const stop = new AbortController();
      let settled = 0;
      const receiving = ring.ops
        .recv({ fd: near, buffer: Buffer.alloc(1) }, { signal: stop.signal })
        .then(
          () => {
            received += 1;
            return true;
          },
          (error: { readonly name: string; readonly result?: number }) => {
            expect(error.name).toBe('AbortError');
            aborted += 1;
            return error.result === 1;
          },
        )
        .finally(() => {
          settled += 1;
        });
      // Before, with and after the data: in the same flush, or a turn apart.
      if (round % 3 === 0) await turns(round % 2);
      const sending = ring.ops.send({ fd: far, buffer: byte });
      if (round % 4 === 0) await turns(1);
      if (round % 5 !== 0) stop.abort();
      await sending;
      // What the aborted one did not take is still there for the next.
      if (!(await receiving)) {
        await expect(ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) })).resolves.toBe(1);
      }
      expect(settled).toBe(1);
      expect(listeners(stop.signal)).toBe(0);
    }
    expect(received).toBeGreaterThan(0);
    expect(aborted).toBeGreaterThan(0);
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0 });
  });

  test('of what a worker thread runs: it is interrupted, asked for again, and settles', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const stop = new AbortController();
    const ASYNC = 16;
    // MSG_WAITALL keeps the worker in the receive; its way there is when a request to cancel misses it.
    const receiving = Array.from({ length: 40 }, (_, index) =>
      ring.ops.recv(
        { fd: near, buffer: Buffer.alloc(8), sqeFlags: index % 2 === 0 ? ASYNC : 0 },
        { signal: stop.signal },
      ),
    );
    await ring.ops.nop();
    stop.abort();
    for (const result of await Promise.allSettled(receiving)) {
      expect(result).toMatchObject({ status: 'rejected', reason: ABORTED });
    }
  });

  test('what is no signal is refused, and nothing is submitted', async () => {
    const ring = openRing({ encoder });
    for (const signal of [null, 1, {}, { aborted: false }, new AbortController()]) {
      const wrong = { signal: signal as unknown as AbortSignal };
      const refusal = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
      await expect(ring.ops.nop({}, wrong)).rejects.toMatchObject(refusal);
      await expect(ring.chain(() => [ring.ops.nop()], wrong)).rejects.toMatchObject(refusal);
    }
    expect(ring.statistics.enters).toBe(0);
  });
});
