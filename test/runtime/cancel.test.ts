/** Cancellation: what is cancelled settles once, with ECANCELED, on its own completion, and the rest goes on. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

const ASYNC_CANCEL_ALL = 1;
const ASYNC_CANCEL_FD = 2;
const ASYNC_CANCEL_ANY = 4;

describe.each(ENCODERS)('cancellation, %s encoder', (encoder) => {
  test('by descriptor ends the receive on it, and no other', async () => {
    const { ops } = openRing({ encoder });
    const [one, other] = [await socketPair(), await socketPair()];
    const buffer = Buffer.alloc(8);
    const cancelled = ops.recv({ fd: one.near, buffer: Buffer.alloc(8) });
    const kept = ops.recv({ fd: other.near, buffer });
    await ops.nop();
    await expect(ops.asyncCancel({ fd: one.near, flags: ASYNC_CANCEL_FD })).resolves.toBe(0);
    await expect(cancelled).rejects.toMatchObject({
      code: 'ECANCELED',
      syscall: 'recv',
      op: 'IORING_OP_RECV',
    });
    await ops.send({ fd: other.far, buffer: Buffer.from('alive') });
    await expect(kept).resolves.toBe(5);
    expect(buffer.toString('utf8', 0, 5)).toBe('alive');
  });

  test('of everything counts what it found', async () => {
    const { ops } = openRing({ encoder });
    const pairs = await Promise.all([socketPair(), socketPair(), socketPair()]);
    const receiving = pairs.map(({ near }) => ops.recv({ fd: near, buffer: Buffer.alloc(8) }));
    const waiting = ops.timeout({ after: 60_000 });
    await ops.nop();
    const found = await ops.asyncCancel({ flags: ASYNC_CANCEL_ANY | ASYNC_CANCEL_ALL });
    expect(found).toBe(4);
    for (const result of await Promise.allSettled([...receiving, waiting])) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    }
  });

  test('of nothing rejects with ENOENT', async () => {
    const { ops } = openRing({ encoder });
    await expect(ops.asyncCancel({ target: 2n ** 63n })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
