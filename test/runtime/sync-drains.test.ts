/**
 * Proves that no drain of the synchronous level makes a ring stand still: what the kernel would never complete is refused,
 * what it completes is not, whatever the order; and the ring goes on.
 */
import { describe, expect, test } from 'vitest';
import { IORING_CQE_F_MORE } from '../../generated/abi/constants.js';
import { operations, type SyncRing } from '../../generated/index.js';
import { ENCODERS, openSyncRing, socketPair } from '../support/rings.js';

const DRAIN = 2;

/** Waits until that many operations are over; a ring that stands still is found out. */
function settle(ring: SyncRing, count: number): void {
  let over = 0;
  for (let round = 0; over < count && round < 20; round += 1) {
    ring.wait(1, 100);
    ring.drain(({ flags }) => {
      if ((flags & IORING_CQE_F_MORE) === 0) over += 1;
    });
  }
  expect(over).toBe(count);
}

describe.each(ENCODERS)('drains at the synchronous level, %s encoder', (encoder) => {
  test('a zero-copy send behind one is refused, until another operation came between', async (context) => {
    const ring = openSyncRing({ encoder });
    if (!ring.supports(operations.sendZc)) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const { near } = await socketPair();
    const send = (sqeFlags = 0): boolean =>
      ring.push(operations.sendZc, { fd: near, buffer: ring.alloc(8), sqeFlags });
    const refusal = expect.objectContaining({ code: 'ERR_RING_DRAIN', op: 'IORING_OP_SEND_ZC' });
    expect(() => send(DRAIN)).toThrow(refusal);
    ring.push(operations.nop, { sqeFlags: DRAIN });
    expect(() => send()).toThrow(refusal);
    // Something is in flight still, so the kernel goes on draining.
    ring.push(operations.nop, {});
    expect(() => send()).toThrow(refusal);
    settle(ring, 2);
    expect(() => send()).toThrow(refusal);
    ring.push(operations.nop, {});
    expect(send()).toBe(true);
    settle(ring, 2);
  });

  test('one behind a zero-copy send waits for it, and is taken', async (context) => {
    const ring = openSyncRing({ encoder });
    if (!ring.supports(operations.sendZc)) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const { near } = await socketPair();
    ring.push(operations.sendZc, { fd: near, buffer: ring.alloc(8) });
    ring.push(operations.nop, { sqeFlags: DRAIN });
    ring.push(operations.nop, {});
    settle(ring, 3);
  });
});
