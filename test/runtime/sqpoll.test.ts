/** Rings whose submissions a kernel thread takes: everything completes, at both levels, and few calls are made. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations, type RingOptions } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing, socketPair, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('sqpoll, %s encoder', (encoder) => {
  const options: RingOptions = { encoder, sqpoll: { idleMs: 50 }, entries: 8, cqEntries: 32 };

  test('files are read and sockets served', async () => {
    const ring = openRing(options);
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
    const fd = await ring.ops.openat({ path });
    const reads = Array.from({ length: 2_000 }, async (_, index) => {
      const buffer = Buffer.alloc(1);
      await ring.ops.read({ fd, buffer, offset: index % 256 });
      return buffer[0];
    });
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 2_000 }, (_, index) => index % 256));
    await ring.ops.close({ fd });

    const { near, far } = await socketPair();
    const buffer = ring.alloc(8);
    const receiving = ring.ops.recv({ fd: near, buffer });
    await ring.ops.send({ fd: far, buffer: Buffer.from('polled') });
    expect(await receiving).toBe(6);
    expect(buffer.bytes.toString('utf8', 0, 6)).toBe('polled');
  });

  test('a thread that fell asleep is woken', async () => {
    const ring = openRing({ ...options, sqpoll: { idleMs: 1 } });
    for (let round = 0; round < 5; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await ring.ops.nop();
    }
  });

  test('close() cancels what is in flight', async () => {
    const ring = openRing({ ...options, sqpoll: true });
    const { near } = await socketPair();
    const pending = [
      ring.ops.recv({ fd: near, buffer: Buffer.alloc(4) }),
      ring.ops.timeout({ after: 60_000 }),
    ];
    await ring.ops.nop();
    await Promise.all([
      ring.close(),
      ...pending.map((one) => expect(one).rejects.toMatchObject({ code: 'ECANCELED' })),
    ]);
  });

  test('the synchronous level completes everything, through a full queue', () => {
    const ring = openSyncRing(options);
    const fd = openSync('/dev/zero', 'r');
    const buffer = ring.alloc(16);
    let [pushed, seen] = [0, 0];
    while (seen < 5_000) {
      while (pushed < 5_000 && ring.push(operations.read, { fd, buffer })) pushed += 1;
      ring.wait();
      seen += ring.drain(({ res }) => expect(res).toBe(16));
    }
    expect(ring.inFlight).toBe(0);
    closeSync(fd);
  });

  test('a wait that expires is no failure', () => {
    const ring = openSyncRing(options);
    const start = performance.now();
    expect(ring.wait(1, 20)).toBe(0);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

test('an awake thread needs no system call', async () => {
  const ring = openSyncRing({ sqpoll: { idleMs: 2_000 }, entries: 8 });
  const port = openRing({ sqpoll: { idleMs: 2_000 }, entries: 8 });
  await port.ops.nop();
  const { enters } = port.statistics;
  for (let round = 0; round < 100; round += 1) await port.ops.nop();
  expect(port.statistics.enters - enters).toBeLessThan(10);
  ring.push(operations.nop, {});
  expect(ring.wait(1, 1_000)).toBe(1);
});
