/** Operations that complete more than once: every completion is heard, and the last one settles. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair, turns } from '../support/rings.js';

const POLLIN = 1;
const POLL_ADD_MULTI = 1;
const ASYNC_CANCEL_FD = 2;

const TIMEOUT_MULTISHOT = 1 << 6;

/** POLL_ADD as a program may write it by itself. */
const MULTISHOT_POLL: Operation<{ readonly fd: number }, number> = {
  name: 'pollAll',
  constant: 'IORING_OP_POLL_ADD',
  opcode: 6,
  sqeBytes: 64,
  encode(words, at, { fd }) {
    words.fill(0, at, at + 16);
    words[at] = 6;
    words[at + 1] = fd;
    words[at + 6] = POLL_ADD_MULTI;
    words[at + 7] = POLLIN;
    return undefined;
  },
  ready: (_pins, args) => args,
};

describe.each(ENCODERS)('multishot, %s encoder', (encoder) => {
  test('a repeating timeout calls onMore each time, and settles after the last', async () => {
    const { ops } = openRing({ encoder });
    const heard: number[] = [];
    const repeating = ops.timeout(
      { after: 2, count: 5, flags: TIMEOUT_MULTISHOT },
      { onMore: (res) => heard.push(res) },
    );
    await expect(repeating).resolves.toBe('expired');
    expect(heard).toHaveLength(4);
    expect(new Set(heard)).toEqual(new Set([-62]));
  });

  test('it is one operation in flight all along, and close() ends it', async () => {
    const ring = openRing({ encoder });
    let heard = 0;
    const onMore = (): void => {
      heard += 1;
    };
    const repeating = ring.ops.timeout({ after: 1, flags: TIMEOUT_MULTISHOT }, { onMore });
    const outcome = repeating.catch((error: unknown) => error);
    while (heard < 10) await ring.ops.nop();
    expect(ring.statistics.inFlight).toBe(1);
    await ring.close();
    expect(await outcome).toMatchObject({ code: 'ECANCELED' });
    const before = heard;
    await turns(5);
    expect(heard).toBe(before);
  });

  test('an onMore that throws loses no completion, and its error is an uncaught exception', async () => {
    const ring = openRing({ encoder });
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const caught: unknown[] = [];
    process.on('uncaughtException', (error) => caught.push(error));
    try {
      let calls = 0;
      const onMore = (): void => {
        calls += 1;
        throw new Error(`call ${calls}`);
      };
      const others = Array.from({ length: 50 }, (_, index) => ring.ops.timeout({ after: index / 10 }));
      await expect(
        ring.ops.timeout({ after: 1, count: 4, flags: TIMEOUT_MULTISHOT }, { onMore }),
      ).resolves.toBe('expired');
      await Promise.all(others);
      await turns(2);
      expect(calls).toBe(3);
      expect(caught.map(String)).toEqual(['Error: call 1', 'Error: call 2', 'Error: call 3']);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  test('operations started from onMore work', async () => {
    const ring = openRing({ encoder, entries: 2, cqEntries: 4 });
    const inner: Promise<number>[] = [];
    const onMore = (): void => {
      for (let count = 0; count < 10; count += 1) inner.push(ring.ops.nop());
    };
    await ring.ops.timeout({ after: 1, count: 3, flags: TIMEOUT_MULTISHOT }, { onMore });
    // The kernel ends the clock early where its completion finds the queue full, on a machine that is late.
    expect([10, 20]).toContain(inner.length);
    expect(await Promise.all(inner)).toEqual(Array<number>(inner.length).fill(0));
  });

  test('close() from onMore closes', async () => {
    const ring = openRing({ encoder });
    let closing: Promise<void> | undefined;
    const onMore = (): void => {
      closing ??= ring.close();
    };
    const others = [ring.ops.timeout({ after: 60_000 }), ring.ops.timeout({ after: 60_000 })];
    const repeating = ring.ops.timeout({ after: 1, flags: TIMEOUT_MULTISHOT }, { onMore });
    for (const result of await Promise.allSettled([...others, repeating])) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    }
    await closing;
    await expect(ring.ops.nop()).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
  });
});

describe.each(ENCODERS)('context, %s encoder', (encoder) => {
  test('of AsyncLocalStorage is kept across await and inside onMore', async () => {
    const ring = openRing({ encoder, entries: 2, cqEntries: 64 });
    const storage = new AsyncLocalStorage<number>();
    const one = (index: number): Promise<void> =>
      storage.run(index, async () => {
        await ring.ops.nop();
        expect(storage.getStore()).toBe(index);
        const onMore = (): void => {
          expect(storage.getStore()).toBe(index);
          heard += 1;
        };
        await ring.ops.timeout({ after: 1, count: 2, flags: TIMEOUT_MULTISHOT }, { onMore });
        expect(storage.getStore()).toBe(index);
      });
    let heard = 0;
    await Promise.all(Array.from({ length: 20 }, (_, index) => one(index)));
    expect(heard).toBe(20);
    expect(storage.getStore()).toBeUndefined();
  });
});

describe('an operation that the program defines itself', () => {
  test('tells of every arrival until it is cancelled', async () => {
    const ring = openRing({ encoder: 'mapped' });
    const { near, far } = await socketPair();
    let heard = 0;
    const onMore = (): void => {
      heard += 1;
    };
    const poll = ring.start(MULTISHOT_POLL, { fd: near }, { onMore });
    const outcome = poll.catch((error: unknown) => error);
    for (let round = 1; round <= 3; round += 1) {
      await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
      while (heard < round) await ring.ops.nop();
      await ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) });
    }
    await ring.ops.asyncCancel({ fd: near, flags: ASYNC_CANCEL_FD });
    expect(await outcome).toMatchObject({ code: 'ECANCELED' });
    expect(heard).toBe(3);
  });

  test('is refused by the native encoders, which cannot know it', async () => {
    const ring = openRing({ encoder: 'native' });
    const refusal = { code: 'ERR_RING_ENCODER', message: expect.stringContaining('pollAll') };
    await expect(ring.start(MULTISHOT_POLL, { fd: 0 })).rejects.toMatchObject(refusal);
    const misnamed = { ...MULTISHOT_POLL, name: 'nop' };
    await expect(ring.start(misnamed, { fd: 0 })).rejects.toMatchObject({ code: 'ERR_RING_ENCODER' });
  });
});
