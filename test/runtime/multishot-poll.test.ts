/** Multishot poll: each change of readiness is heard, what nobody took is merged, and the events can be changed. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, turns } from '../support/rings.js';
import { connected, until } from '../support/streams.js';

const POLLIN = 1;
const POLLOUT = 4;
const POLLHUP = 16;
const POLLRDHUP = 0x2000;

describe.each(ENCODERS)('multishot poll, %s encoder', (encoder) => {
  test('hears of every arrival, with one operation', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.poll({ fd: near, events: POLLIN });
    for (let round = 0; round < 10; round += 1) {
      const next = stream.next();
      await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
      expect((await next).value! & POLLIN).toBe(POLLIN);
      expect(ring.statistics.inFlight).toBe(1);
      await ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) });
    }
    await stream.return();
    expect(ring.statistics.inFlight).toBe(0);
  });

  test('gives a late consumer all that came up meanwhile as one', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.poll({ fd: near, events: POLLIN | POLLRDHUP });
    const first = stream.next();
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    await first;
    await ring.ops.send({ fd: far, buffer: Buffer.from('y') });
    await ring.ops.shutdown({ fd: far, len: 1 });
    await turns(3);
    expect((await stream.next()).value).toBe(POLLIN | POLLRDHUP);
    await stream.return();
  });

  test('waits for other events after an update', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.poll({ fd: near, events: POLLIN });
    // Before anything was submitted, too.
    await stream.update(POLLHUP);
    await stream.update(POLLIN);
    const first = stream.next();
    await turns(2);
    await stream.update(POLLOUT);
    expect((await first).value).toBe(POLLOUT);
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    const next = stream.next();
    await stream.update(POLLIN);
    expect((await next).value! & POLLIN).toBe(POLLIN);
    expect(ring.statistics.inFlight).toBe(1);
    await stream.return();
    await stream.update(POLLOUT);
  });

  test('updates that race with arrivals neither fail nor silence it', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    const stream = ring.multishot.poll({ fd: near, events: POLLIN });
    const first = stream.next();
    for (let round = 0; round < 100; round += 1) {
      await Promise.all([
        ring.ops.send({ fd: far, buffer: Buffer.from('x') }),
        stream.update(round % 2 === 0 ? POLLIN | POLLRDHUP : POLLIN),
      ]);
    }
    await first;
    await ring.ops.shutdown({ fd: far, len: 1 });
    await stream.update(POLLRDHUP);
    for await (const events of stream) if ((events & POLLRDHUP) !== 0) break;
    await until(() => ring.statistics.inFlight === 0);
    expect(ring.statistics.inFlight).toBe(0);
  });

  test('fails with the error of the kernel', async () => {
    const ring = openRing({ encoder });
    await expect(ring.multishot.poll({ fd: 1 << 30, events: POLLIN }).next()).rejects.toMatchObject({
      code: 'EBADF',
      op: 'IORING_OP_POLL_ADD',
    });
  });
});
