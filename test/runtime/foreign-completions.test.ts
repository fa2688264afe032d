/** Completions that another ring posts into this one settle nothing here and upset no count. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

describe.each(ENCODERS)('messages from another ring, %s encoder', (encoder) => {
  test('are counted as foreign, whatever user_data they bear', async () => {
    const ring = openRing({ encoder });
    const sender = openRing({ encoder });
    const { near, far } = await socketPair();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(4) });
    let settled = false;
    void receiving.finally(() => {
      settled = true;
    });
    await ring.ops.nop();
    // Slot 0 in a generation it never had, slots that do not exist, and all ones.
    const forged = [0n, 2n ** 40n, 0xffff_ffffn, 2n ** 64n - 1n, 12_345n];
    for (const data of forged) await sender.ops.msgRing({ fd: ring.fd, data, result: 7 });
    while (ring.statistics.staleCompletions < forged.length)
      await new Promise((resolve) => setTimeout(resolve, 2));
    expect(ring.statistics).toMatchObject({ inFlight: 1, staleCompletions: forged.length });
    expect(settled).toBe(false);
    await sender.ops.send({ fd: far, buffer: Buffer.from('real') });
    await expect(receiving).resolves.toBe(4);
  });
});
