/** Waiting at the synchronous level: for a count, for a time, through overflow, and with memory held meanwhile. */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operations, RingBuffer } from '../../generated/index.js';
import { ENCODERS, openSyncRing, socketPair } from '../support/rings.js';

/** A `struct __kernel_timespec`. */
function milliseconds(value: number, copied: boolean): RingBuffer {
  const memory = RingBuffer.allocate(16, { copied });
  memory.bytes.writeBigInt64LE(BigInt(value) * 1_000_000n, 8);
  memory.toKernel();
  return memory;
}

describe.each(ENCODERS)('waiting, %s encoder', (encoder) => {
  const timeout = (value: number) => ({ after: milliseconds(value, encoder === 'native') });

  test('returns early when the time is over, with what is there', () => {
    const ring = openSyncRing({ encoder });
    ring.push(operations.timeout, timeout(60_000));
    const start = performance.now();
    expect(ring.wait(1, 30)).toBe(0);
    const took = performance.now() - start;
    expect(took).toBeGreaterThanOrEqual(29);
    expect(took).toBeLessThan(2_000);
    expect(ring.wait(1, 0)).toBe(0);
    expect(ring.inFlight).toBe(1);
  });

  test('lasts until as many are there as asked for, those before it counted', () => {
    const ring = openSyncRing({ encoder });
    for (const after of [1, 5, 40]) ring.push(operations.timeout, timeout(after));
    expect(ring.wait(2)).toBeGreaterThanOrEqual(2);
    expect(ring.wait(3)).toBe(3);
    expect(ring.drain(({ res }) => expect(res).toBe(-62))).toBe(3);
  });

  test('counts what an earlier drain left', () => {
    const ring = openSyncRing({ encoder });
    for (const after of [1, 2, 3, 50]) ring.push(operations.timeout, timeout(after));
    ring.wait(3);
    expect(ring.drain(() => undefined, 1)).toBe(1);
    expect(ring.wait(3)).toBe(3);
    expect(ring.drain(() => undefined)).toBe(3);
  });

  test('lasts longer than one slice of time', () => {
    const ring = openSyncRing({ encoder });
    ring.push(operations.timeout, timeout(450));
    const start = performance.now();
    expect(ring.wait()).toBe(1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(449);
    ring.drain(() => undefined);
  });

  test.each([
    [-1, -1],
    [1.5, -1],
    [Number.NaN, -1],
    [1, Number.NaN],
  ])('for %s and %s ms is refused', (minComplete, timeoutMs) => {
    const ring = openSyncRing({ encoder });
    expect(() => ring.wait(minComplete, timeoutMs)).toThrow(RangeError);
  });

  test('completions that overflow the queue are all drained', () => {
    const ring = openSyncRing({ encoder, entries: 4, cqEntries: 8 });
    for (let round = 0; round < 25; round += 1) {
      for (let index = 0; index < 4; index += 1) {
        expect(ring.push(operations.nop, { userData: round * 4 + index })).toBe(true);
      }
      ring.submit();
    }
    const seen: number[] = [];
    while (ring.inFlight > 0) ring.drain(({ userData }) => seen.push(userData));
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  test('memory that the program dropped is there until the operation is over', async () => {
    const ring = openSyncRing({ encoder });
    const { near, far } = await socketPair();
    ring.push(operations.recv, {
      fd: near,
      buffer: RingBuffer.allocate(4096, { copied: encoder === 'native' }),
    });
    ring.submit();
    for (let round = 0; round < 50; round += 1) RingBuffer.allocate(1 << 20).bytes.fill(0xaa);
    const source = ring.alloc(5);
    source.bytes.write('bytes');
    source.toKernel();
    ring.push(operations.send, { fd: far, buffer: source, userData: 2 });
    expect(ring.wait(2)).toBe(2);
    ring.drain(({ res }) => expect(res).toBe(5));
  });

  test('a ring closed with completions copied out and unseen does not wait for them', () => {
    const ring = openSyncRing({ encoder });
    for (let index = 0; index < 10; index += 1) ring.push(operations.nop, {});
    ring.wait(10);
    ring.drain(() => undefined, 1);
    const start = performance.now();
    ring.close();
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test('close() cancels what is in flight', async () => {
    const ring = openSyncRing({ encoder });
    const { near } = await socketPair();
    const fd = openSync('/dev/zero', 'r');
    ring.push(operations.recv, { fd: near, buffer: ring.alloc(16) });
    ring.push(operations.timeout, timeout(60_000));
    ring.push(operations.read, { fd, buffer: ring.alloc(1 << 20) });
    ring.submit();
    // Prepared and never submitted: dropped.
    ring.push(operations.read, { fd, buffer: ring.alloc(16) });
    const start = performance.now();
    ring.close();
    expect(performance.now() - start).toBeLessThan(1_000);
    closeSync(fd);
  });
});
