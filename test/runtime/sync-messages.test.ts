/** The synchronous level sends without an operation, receives among its completions, and counts neither as its own. */
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import type { RingMessage } from '../../runtime/operations/posted.js';
import { ENCODERS, openRing, openSyncRing, turns } from '../support/rings.js';

describe.each(ENCODERS)('synchronous messages, %s encoder', (encoder) => {
  test('arrive beside the completions of the ring', async () => {
    const ring = openSyncRing({ encoder });
    const sender = openRing({ encoder });
    ring.push(operations.nop, { userData: 5 });
    ring.submit();
    await sender.send(ring, { data: 2n ** 63n, value: 3 });
    expect(ring.wait(2)).toBe(2);
    const seen: (number | RingMessage)[] = [];
    ring.drain((completion) => seen.push(completion.message ?? completion.userData));
    expect(seen).toEqual([5, { data: 2n ** 63n, value: 3 }]);
    expect(ring.inFlight).toBe(0);
    // Nor does closing wait for a message as if it were the end of an operation.
    const after = ring.alloc(16);
    after.bytes.writeBigInt64LE(60n);
    after.toKernel();
    ring.push(operations.timeout, { after, userData: 6 });
    ring.submit();
    await sender.send(ring, {});
    expect(ring.inFlight).toBe(1);
    ring.close();
  });

  test('are sent without an operation', async (context) => {
    const ring = openSyncRing({ encoder });
    const receiver = openRing({ encoder });
    if (receiver.supports('IORING_REGISTER_SEND_MSG_RING') === false)
      return context.skip('the kernel has no IORING_REGISTER_SEND_MSG_RING');
    const seen: RingMessage[] = [];
    receiver.onMessage((message) => void seen.push(message));
    ring.send(receiver, { data: 9, value: 1 });
    ring.send(ring, { value: 2 });
    while (seen.length === 0) await turns(1);
    expect(seen).toEqual([{ data: 9n, value: 1 }]);
    expect(ring.wait(1)).toBe(1);
    ring.drain(({ message }) => expect(message).toEqual({ data: 0n, value: 2 }));
    expect(ring.inFlight).toBe(0);
    expect(() => ring.send({ fd: 0 }, {})).toThrow(
      expect.objectContaining({ op: 'IORING_REGISTER_SEND_MSG_RING' }),
    );
  });

  test('cannot be mistaken for operations', () => {
    const ring = openSyncRing({ encoder });
    for (const top of [0xd1n, 0xd2n, 0xd3n]) {
      expect(() => ring.push(operations.nop, { userData: top << 56n })).toThrow(/top byte of userData/);
    }
    ring.push(operations.nop, { userData: 0xd0n << 56n });
    ring.push(operations.nop, { userData: -1 });
    ring.wait(2);
    expect(ring.drain(({ message }) => expect(message).toBeUndefined())).toBe(2);
    expect(ring.inFlight).toBe(0);
  });
});
