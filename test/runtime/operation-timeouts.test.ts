/**
 * `timeout` cancels an operation of any kind that takes too long, and changes nothing for one that does not; the
 * promise settles once, when the kernel has answered for both.
 */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

const ASYNC = 16;
const MULTISHOT_TIMEOUT = 64;
const IORING_OP_POLL_ADD = 6;
const POLL_ADD_MULTI = 1;
const TIMED_OUT = { name: 'RingError', code: 'ETIME', errno: -62 };

describe.each(ENCODERS)('timeout of an operation, %s encoder', (encoder) => {
  test('ends a receive, and leaves the data to the next', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { timeout: 5 });
    await expect(receiving).rejects.toMatchObject({ ...TIMED_OUT, syscall: 'recv', op: 'IORING_OP_RECV' });
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
    await ring.ops.send({ fd: far, buffer: Buffer.from('late') });
    await expect(ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { timeout: 10_000 })).resolves.toBe(4);
  });

  test('changes nothing for an operation that ends in time', async () => {
    const ring = openRing({ encoder });
    await expect(ring.ops.nop({}, { timeout: 60_000 })).resolves.toBe(0);
    const { stxSize } = await ring.ops.statx({ path: '/proc' }, { timeout: { seconds: 60 } });
    expect(stxSize).toBe(0n);
    const failing = ring.ops.read({ fd: -1, buffer: Buffer.alloc(1) }, { timeout: 60_000 });
    await expect(failing).rejects.toMatchObject({ code: 'EBADF', syscall: 'read' });
    await expect(ring.ops.timeout({ after: 1 }, { timeout: 60_000 })).resolves.toBe('expired');
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });

  test('ends polls, timeouts, vectored reads, and what worker threads run', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const buffer = (): Buffer => Buffer.alloc(8);
    const kinds: readonly Promise<unknown>[] = [
      ring.ops.pollAdd({ fd: near, events: 1 }, { timeout: 5 }),
      ring.ops.timeout({ after: 60_000 }, { timeout: 5 }),
      ring.ops.readv({ fd: near, buffers: [buffer(), buffer()] }, { timeout: 5 }),
      ring.ops.recv({ fd: near, buffer: buffer(), sqeFlags: ASYNC }, { timeout: 5 }),
    ];
    for (const result of await Promise.allSettled(kinds)) {
      expect(result).toMatchObject({ status: 'rejected', reason: TIMED_OUT });
    }
  });

  test('ends an operation of many completions, after some of them', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    let ticks = 0;
    const count = (): void => {
      ticks += 1;
    };
    const ticking = ring.ops.timeout({ after: 2, flags: MULTISHOT_TIMEOUT }, { timeout: 40, onMore: count });
    await expect(ticking).rejects.toMatchObject(TIMED_OUT);
    expect(ticks).toBeGreaterThan(0);
    let readable = 0;
    const polling = ring.submitRaw(
      { opcode: IORING_OP_POLL_ADD, fd: near, poll32Events: 1, len: POLL_ADD_MULTI },
      {
        timeout: 40,
        onMore() {
          readable += 1;
        },
      },
    );
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    await expect(polling).rejects.toMatchObject(TIMED_OUT);
    expect(readable).toBe(1);
  });

  test('and an abort together: one of them it is', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    for (let round = 0; round < 30; round += 1) {
      const signal = AbortSignal.timeout(2);
      const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { timeout: 2, signal });
      const { code } = (await receiving.catch((error: unknown) => error)) as { code: string };
      expect(['ETIME', 'ABORT_ERR']).toContain(code);
    }
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0 });
  });

  test('in a race with the completion: each settles once, and no byte is lost', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    let [received, timedOut] = [0, 0];
    for (let round = 0; round < 120; round += 1) {
      const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }, { timeout: 1 });
      const settled = receiving.then(
        (count) => count,
        (error: { readonly code: string }) => error.code,
      );
      // Well before, about when, and well after its time is up.
      if (round % 4 > 0) await new Promise((resolve) => setTimeout(resolve, (round % 4) - 1));
      await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
      const outcome = await settled;
      if (outcome === 1) received += 1;
      else {
        expect(outcome).toBe('ETIME');
        timedOut += 1;
        await expect(ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) })).resolves.toBe(1);
      }
    }
    expect([received > 0, timedOut > 0]).toEqual([true, true]);
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0 });
  });

  test.each([0, 0.5, 3, { seconds: 0, nanoseconds: 2_000_000 }, { seconds: 0n }])(
    'of %s is a duration',
    async (timeout) => {
      const ring = openRing({ encoder });
      const { near } = await socketPair();
      await expect(ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { timeout })).rejects.toMatchObject(
        TIMED_OUT,
      );
    },
  );

  test.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5',
    null,
    {},
    { seconds: -1 },
    { seconds: 0.5 },
    { seconds: 2n ** 63n },
    { seconds: 0, nanoseconds: -1 },
    { seconds: 0, nanoseconds: 1e9 },
    { seconds: 0, nanoseconds: 0.5 },
  ])('of %s is refused, for an operation and a chain, and nothing is submitted', async (value) => {
    const ring = openRing({ encoder });
    const timeout = value as number;
    const refused = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    await expect(ring.ops.nop({}, { timeout })).rejects.toEqual(refused);
    await expect(ring.chain(() => [ring.ops.nop()], { timeout })).rejects.toEqual(refused);
    await expect(ring.chain(() => [ring.ops.nop(), ring.ops.nop({}, { timeout })])).rejects.toThrow(
      /timeout must/,
    );
    expect(ring.statistics).toMatchObject({ enters: 0, inFlight: 0, scratchInUse: 0 });
  });

  test('takes no room of its own', async () => {
    const ring = openRing({ encoder, entries: 1, cqEntries: 1 });
    await expect(ring.ops.nop({}, { timeout: 1000 })).resolves.toBe(0);
    expect(ring.statistics.enters).toBe(1);
  });
});
