/** An eventfd that is registered with a ring tells of completions, whoever waits for it, and misses none. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

const ROUNDS = 10_000;

describe.each(ENCODERS)('an eventfd, %s encoder', (encoder) => {
  test(`wakes another ring ${ROUNDS} times of ${ROUNDS}`, async () => {
    const [ring, watcher] = [openRing({ encoder }), openRing({ encoder })];
    const event = ring.registerEventfd();
    const counter = watcher.alloc(8);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Waited for before, during and after the completion.
      const early = round % 3 === 0 ? watcher.ops.read({ fd: event.fd, buffer: counter }) : undefined;
      const nop = ring.ops.nop();
      if (round % 3 === 1) await nop;
      await (early ?? watcher.ops.read({ fd: event.fd, buffer: counter }));
      await nop;
      expect(counter.bytes.readBigUInt64LE()).toBeGreaterThan(0n);
    }
    expect(event.take()).toBe(0);
    event.close();
  });

  test(`wakes a deferred ring's own loop ${ROUNDS} times of ${ROUNDS}`, async () => {
    const ring = openRing({ encoder, taskWork: 'deferred' });
    const { near, far } = await socketPair();
    const buffer = ring.alloc(8);
    for (let round = 0; round < ROUNDS; round += 1) {
      const receiving = ring.ops.recv({ fd: near, buffer });
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
      expect(await receiving).toBe(1);
    }
  });
});

test('one is registered at a time, and none is left behind', async () => {
  const before = readdirSync('/proc/self/fd').length;
  const ring = openRing();
  const event = ring.registerEventfd({ asynchronous: true });
  expect(() => ring.registerEventfd()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  event.close();
  event.close();
  ring.registerEventfd();
  await ring.close();
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});
