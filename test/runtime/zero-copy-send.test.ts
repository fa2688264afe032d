/** Zero-copy sends: the promise settles only once the kernel is done with the memory, with the count sent before. */
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

const IORING_CQE_F_MORE = 2;

describe.each(ENCODERS)('SEND_ZC, %s encoder', (encoder) => {
  test('settles on the notification, with the bytes that were sent', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.sendZc)) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const { near, far } = await socketPair();
    const data = ring.alloc(16_384);
    data.bytes.fill(0x5a);
    const events: string[] = [];
    const onMore = (res: number, flags: number): void => {
      events.push(`more ${res} ${flags & IORING_CQE_F_MORE}`);
      // Still in flight: the kernel may read the memory until it says otherwise.
      events.push(`in flight ${ring.statistics.inFlight}`);
    };
    const sent = await ring.ops.sendZc({ fd: near, buffer: data }, { onMore });
    events.push(`settled ${sent}`);
    expect(events).toEqual(['more 16384 2', 'in flight 1', 'settled 16384']);

    const back = Buffer.alloc(16_384);
    for (let at = 0; at < back.length; ) at += await ring.ops.recv({ fd: far, buffer: back.subarray(at) });
    expect(back.equals(data.bytes)).toBe(true);
  });

  test('two hundred of them, one after the other and side by side, count right', async (context) => {
    const ring = openRing({ encoder, entries: 8, cqEntries: 16 });
    if (!ring.supports(operations.sendZc)) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const { near, far } = await socketPair();
    let received = 0;
    const receiving = (async () => {
      const buffer = ring.alloc(65_536);
      while (received < 200 * 100) received += await ring.ops.recv({ fd: far, buffer });
    })();
    const data = ring.alloc(100);
    const sends = Array.from({ length: 200 }, () => ring.ops.sendZc({ fd: near, buffer: data }));
    expect(new Set(await Promise.all(sends))).toEqual(new Set([100]));
    await receiving;
    expect(received).toBe(20_000);
  });

  test('a send that fails rejects with its own error', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.sendZc)) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const { near } = await socketPair();
    await ring.ops.shutdown({ fd: near, how: 1 });
    const MSG_NOSIGNAL = 0x4000;
    const sending = ring.ops.sendZc({ fd: near, buffer: ring.alloc(64), flags: MSG_NOSIGNAL });
    await expect(sending).rejects.toMatchObject({ code: 'EPIPE', op: 'IORING_OP_SEND_ZC' });
  });
});
