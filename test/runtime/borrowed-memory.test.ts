/**
 * Checked mode: an operation on memory that another one in flight writes to, or a write to memory that another one
 * reads, is refused before anything is submitted, and both are named. What is ordered, apart, or over is let through.
 */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing, socketPair, turns } from '../support/rings.js';

const refusal = (...names: readonly string[]): object =>
  expect.objectContaining({
    name: 'RingError',
    code: 'ERR_RING_BORROWED',
    message: expect.stringMatching(new RegExp(names.join('.*'))),
  });

describe.each(ENCODERS)('memory in use, %s encoder', (encoder) => {
  test('is refused to a second write and to a read, with both operations named', async () => {
    const ring = openRing({ encoder, checked: true });
    const { near, far } = await socketPair();
    const buffer = ring.alloc(64);
    const receiving = ring.ops.recv({ fd: near, buffer: buffer.subarray(16, 32) });
    const vector = [ring.alloc(8), buffer.subarray(31, 40)];
    const attempts = [
      ring.ops.recv({ fd: near, buffer }),
      ring.ops.send({ fd: far, buffer: buffer.subarray(0, 17) }),
      ring.ops.readv({ fd: near, buffers: vector }),
      ring.ops.writev({ fd: far, buffers: vector }),
      ring.ops.send({ fd: far, buffer }, { timeout: 5 }),
      ring.chain(() => [ring.ops.nop(), ring.ops.send({ fd: far, buffer })]),
      ring.submitRaw({ opcode: 0, addr: buffer }),
    ];
    const results = await Promise.allSettled(attempts);
    const named = ['recv', 'send', 'readv', 'writev', 'send', 'send', 'opcode 0'];
    results.forEach((result, index) => {
      expect(result).toEqual({ status: 'rejected', reason: refusal(named[index]!, 'IORING_OP_RECV') });
    });
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 0, scratchInUse: 0 });
    await ring.ops.send({ fd: far, buffer: buffer.subarray(0, 16) });
    await expect(receiving).resolves.toBe(16);
    // It is over, so the same memory is free.
    await expect(ring.ops.send({ fd: far, buffer })).resolves.toBe(64);
    await expect(ring.ops.recv({ fd: near, buffer })).resolves.toBe(64);
  });

  test('is refused to a write while it is read, and not to another read', async () => {
    const ring = openRing({ encoder, checked: true });
    const { near, far } = await socketPair();
    const buffer = ring.alloc(32 << 20);
    // More than the sockets take, so that it stays in flight.
    const sending = ring.ops.send({ fd: far, buffer, flags: 0x100 });
    const alike = ring.ops.send({ fd: far, buffer, flags: 0x100 });
    await expect(ring.ops.recv({ fd: near, buffer })).rejects.toEqual(
      refusal('IORING_OP_RECV', 'would write', 'IORING_OP_SEND', 'reads'),
    );
    await turns(2);
    await ring.cancel({ all: true });
    await Promise.allSettled([sending, alike]);
    await expect(ring.ops.recv({ fd: near, buffer })).resolves.toBeGreaterThan(0);
  });

  test('is free again after an abort, a failure and a refusal', async () => {
    const ring = openRing({ encoder, checked: true });
    const { near } = await socketPair();
    const fd = openSync('/dev/zero', 'r');
    const buffer = ring.alloc(64);
    const read = (): Promise<number> => ring.ops.read({ fd, buffer });
    const signal = AbortSignal.timeout(2);
    await expect(ring.ops.recv({ fd: near, buffer }, { signal })).rejects.toThrow('aborted');
    await expect(read()).resolves.toBe(64);
    await expect(ring.ops.read({ fd: -1, buffer })).rejects.toThrow('EBADF');
    await expect(read()).resolves.toBe(64);
    await expect(ring.ops.read({ fd: 1.5, buffer })).rejects.toThrow(RangeError);
    await expect(ring.ops.readv({ fd, buffers: [buffer, 5 as never] })).rejects.toThrow(TypeError);
    await expect(ring.chain(() => [read(), ring.ops.read({ fd: 1.5, buffer })])).rejects.toThrow(RangeError);
    await expect(read()).resolves.toBe(64);
    closeSync(fd);
  });

  test('is let through where the kernel keeps the order: in chains, and around what drains', async () => {
    const ring = openRing({ encoder, checked: true });
    const { near, far } = await socketPair();
    const fd = openSync('/dev/zero', 'r');
    const buffer = ring.alloc(16);
    const copied = ring.chain(() => [
      ring.ops.read({ fd, buffer }),
      ring.ops.send({ fd: far, buffer }),
      ring.ops.recv({ fd: near, buffer }),
    ]);
    await expect(copied).resolves.toEqual([16, 16, 16]);
    const drained = Promise.all([
      ring.ops.read({ fd, buffer }),
      ring.ops.send({ fd: far, buffer }, { drain: true }),
      ring.ops.recv({ fd: near, buffer }),
    ]);
    await expect(drained).resolves.toEqual([16, 16, 16]);
    closeSync(fd);
  });

  test('of one allocation is told apart by its parts, and seen by all rings', async () => {
    const [ring, other] = [openRing({ encoder, checked: true }), openRing({ encoder, checked: true })];
    const { near, far } = await socketPair();
    const buffer = ring.alloc(64);
    const parts = [0, 16, 32, 48].map((at) => buffer.subarray(at, at + 16));
    const receiving = parts.map((part) => ring.ops.recv({ fd: near, buffer: part, flags: 0x100 }));
    await expect(other.ops.send({ fd: far, buffer: parts[2]! })).rejects.toEqual(refusal('send', 'recv'));
    await expect(other.ops.send({ fd: far, buffer: parts[2]! }, { drain: true })).rejects.toEqual(
      refusal('send', 'recv'),
    );
    await other.ops.send({ fd: far, buffer: Buffer.alloc(64) });
    await expect(Promise.all(receiving)).resolves.toEqual([16, 16, 16, 16]);
    // Nothing is read or written of nothing.
    const waiting = ring.ops.recv({ fd: near, buffer });
    await expect(ring.ops.send({ fd: far, buffer: buffer.subarray(8, 8) })).resolves.toBe(0);
    await other.ops.send({ fd: far, buffer: Buffer.alloc(1) });
    await waiting;
  });

  test('is not looked after in unchecked rings, nor in production by default', async () => {
    const ring = openRing({ encoder, checked: false });
    const fd = openSync('/dev/zero', 'r');
    const buffer = ring.alloc(64);
    const reads = [1, 2, 3].map(() => ring.ops.read({ fd, buffer }));
    await expect(Promise.all(reads)).resolves.toEqual([64, 64, 64]);
    expect([ring.checked, openRing({ encoder }).checked]).toEqual([false, true]);
    const environment = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    expect(openRing({ encoder }).checked).toBe(false);
    process.env['NODE_ENV'] = environment;
    expect(() => openRing({ checked: 1 as unknown as boolean })).toThrow(/checked must be one of/);
    // Nor at the level of C, where the program keeps its own books.
    const sync = openSyncRing({ encoder });
    for (let count = 0; count < 2; count += 1) sync.push(operations.read, { fd, buffer });
    expect(sync.wait(2)).toBe(2);
    sync.drain(() => undefined);
    closeSync(fd);
  });
});
