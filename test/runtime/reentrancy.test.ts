/** Programs that act while the ring is in the middle of something: refused or put off, never a broken queue. */
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing } from '../support/rings.js';

describe.each(ENCODERS)('re-entrancy, %s encoder', (encoder) => {
  test('an operation started from a getter of another is refused, and the other goes on', async () => {
    const ring = openRing({ encoder });
    const inner: Promise<unknown>[] = [];
    const args = {
      after: {
        get seconds(): number {
          inner.push(ring.ops.nop().catch((error: unknown) => error));
          return 0;
        },
      },
    };
    await expect(ring.ops.timeout(args)).resolves.toBe('expired');
    expect(await inner[0]).toMatchObject({ code: 'ERR_RING_REENTRANT', op: 'IORING_OP_NOP' });
    await expect(ring.ops.nop()).resolves.toBe(0);
    expect(ring.statistics.staleCompletions).toBe(0);
  });

  test('nothing is registered from a getter, which would submit what is half prepared', async () => {
    const ring = openRing({ encoder });
    const refused: unknown[] = [];
    const args = {
      get path(): string {
        try {
          ring.registerFiles({ size: 1 });
        } catch (error) {
          refused.push(error);
        }
        return '/dev/null';
      },
    };
    const fd = await ring.ops.openat(args);
    expect(refused[0]).toMatchObject({ code: 'ERR_RING_REENTRANT' });
    expect(ring.files).toBeUndefined();
    await ring.ops.close({ fd });
  });

  test('close() from a getter waits for the operation it belongs to', async () => {
    const ring = openRing({ encoder });
    let closing: Promise<void> | undefined;
    const args = {
      after: {
        get seconds(): number {
          closing = ring.close();
          return 60;
        },
      },
    };
    await expect(ring.ops.timeout(args)).rejects.toMatchObject({ code: 'ECANCELED' });
    await closing;
  });

  test('a getter that closes the ring and throws leaves nothing behind', async () => {
    const ring = openRing({ encoder });
    const args = {
      get path(): string {
        void ring.close();
        throw new Error('mine');
      },
    };
    await expect(ring.ops.openat(args)).rejects.toThrow('mine');
    await ring.close();
  });

  test('a synchronous push from a getter of another is refused, and the other goes on', () => {
    const ring = openSyncRing({ encoder });
    const refused: unknown[] = [];
    const args = {
      userData: 1,
      get result(): number {
        try {
          ring.push(operations.nop, { userData: 2 });
        } catch (error) {
          refused.push(error);
        }
        return 0;
      },
    };
    expect(ring.push(operations.nop, args)).toBe(true);
    expect(refused[0]).toMatchObject({ code: 'ERR_RING_REENTRANT' });
    ring.push(operations.nop, { userData: 3 });
    expect(ring.wait(2)).toBe(2);
    const seen: number[] = [];
    ring.drain(({ userData }) => seen.push(userData));
    expect(seen).toEqual([1, 3]);
    expect(ring.inFlight).toBe(0);
  });

  test('draining and closing from a visitor are refused; pushing and waiting are not', () => {
    const ring = openSyncRing({ encoder });
    ring.push(operations.nop, { userData: 1 });
    ring.wait();
    const seen: number[] = [];
    const visited = ring.drain(({ userData }) => {
      seen.push(userData);
      const refusal = expect.objectContaining({ code: 'ERR_RING_REENTRANT' });
      expect(() => ring.drain(() => undefined)).toThrow(refusal);
      expect(() => ring.close()).toThrow(refusal);
      ring.push(operations.nop, { userData: 2 });
      expect(ring.wait(1)).toBe(1);
    });
    expect(visited).toBe(1);
    ring.drain(({ userData }) => seen.push(userData));
    expect(seen).toEqual([1, 2]);
  });
});
