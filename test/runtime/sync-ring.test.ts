/** The synchronous level: push, submit, wait and drain, with completions matched by user_data. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Completion, operations } from '../../generated/index.js';
import { ENCODERS, madeUpOperation, openSyncRing, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('the synchronous ring, %s encoder', (encoder) => {
  test('reads a file in one batch', () => {
    const ring = openSyncRing({ encoder, entries: 16 });
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, 'aaaabbbbccccdddd');
    const fd = openSync(path, 'r');
    const buffers = Array.from({ length: 4 }, () => ring.alloc(4));
    buffers.forEach((buffer, index) => {
      expect(ring.push(operations.read, { fd, buffer, offset: index * 4, userData: index })).toBe(true);
    });
    expect(ring.inFlight).toBe(4);
    expect(ring.wait(4)).toBe(4);
    const results = new Map<number, number>();
    expect(ring.drain(({ userData, res }) => results.set(userData, res))).toBe(4);
    expect([...results.values()]).toEqual([4, 4, 4, 4]);
    expect(ring.inFlight).toBe(0);
    for (const buffer of buffers) buffer.fromKernel(4);
    expect(buffers.map(({ bytes }) => bytes.toString())).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd']);
    closeSync(fd);
  });

  test('writes vectors', () => {
    const ring = openSyncRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    const fd = openSync(path, 'w');
    const parts = ['one ', 'two ', 'three'].map((text) => {
      const part = ring.alloc(text.length);
      part.bytes.write(text);
      part.toKernel();
      return part;
    });
    ring.push(operations.writev, { fd, buffers: ring.vector(parts), offset: 0 });
    ring.wait();
    ring.drain(({ res }) => expect(res).toBe(13));
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('one two three');
  });

  test('says when the queue is full, and takes more after a submit', () => {
    const ring = openSyncRing({ encoder, entries: 4 });
    expect(ring.entries).toBe(4);
    for (let index = 0; index < 4; index += 1) expect(ring.push(operations.nop, {})).toBe(true);
    expect(ring.push(operations.nop, {})).toBe(false);
    ring.submit();
    expect(ring.push(operations.nop, {})).toBe(true);
    expect(ring.wait(5)).toBe(5);
    expect(ring.drain(() => undefined)).toBe(5);
  });

  test('keeps 53 bits of user_data as a number and 64 as a bigint', () => {
    const ring = openSyncRing({ encoder });
    const values = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
    const bits = [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, 0x0123_4567_89ab_cdefn];
    for (const userData of [...values, ...bits, -1]) ring.push(operations.nop, { userData });
    ring.wait(values.length + bits.length + 1);
    const seen: [number, bigint][] = [];
    ring.drain((completion) => seen.push([completion.userData, completion.userDataBits]));
    expect(seen.slice(0, values.length)).toEqual(values.map((value) => [value, BigInt(value)]));
    expect(seen.slice(values.length).map(([, all]) => all)).toEqual([...bits, 2n ** 64n - 1n]);
    expect(() => ring.push(operations.nop, { userData: 2 ** 53 })).toThrow(RangeError);
  });

  test('drains no more than asked, and the rest later', () => {
    const ring = openSyncRing({ encoder });
    for (let userData = 0; userData < 10; userData += 1) ring.push(operations.nop, { userData });
    ring.wait(10);
    const seen: number[] = [];
    const visit = ({ userData }: Completion): void => {
      seen.push(userData);
    };
    expect(ring.drain(visit, 0)).toBe(0);
    expect(ring.drain(visit, 3)).toBe(3);
    expect(ring.inFlight).toBe(7);
    expect(ring.wait(7)).toBe(7);
    expect(ring.drain(visit)).toBe(7);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(ring.drain(visit)).toBe(0);
  });

  test('a visitor that throws loses no completion', () => {
    const ring = openSyncRing({ encoder });
    for (let userData = 0; userData < 10; userData += 1) ring.push(operations.nop, { userData });
    ring.wait(10);
    const seen: number[] = [];
    const picky = ({ userData }: Completion): void => {
      seen.push(userData);
      if (userData % 4 === 2) throw new Error(`not ${userData}`);
    };
    expect(() => ring.drain(picky)).toThrow('not 2');
    expect(ring.inFlight).toBe(7);
    expect(() => ring.drain(picky)).toThrow('not 6');
    expect(ring.drain(picky)).toBe(3);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(ring.inFlight).toBe(0);
  });

  test('errors arrive as results, wrong arguments as exceptions, and neither breaks the queue', () => {
    const ring = openSyncRing({ encoder });
    const buffer = ring.alloc(8);
    ring.push(operations.read, { fd: 999_999, buffer, userData: 1 });
    expect(() => ring.push(operations.read, { fd: 1.5, buffer })).toThrow(RangeError);
    expect(() => ring.push(operations.read, { fd: 0, buffer: Buffer.alloc(8) as never })).toThrow(TypeError);
    expect(() => ring.push(operations.nop, { sqeFlags: 64 })).toThrow(/IOSQE_CQE_SKIP_SUCCESS/);
    expect(() => ring.push(madeUpOperation(250), {})).toThrow(
      expect.objectContaining({ code: 'ERR_RING_UNSUPPORTED' }),
    );
    expect(() => ring.push({ ...operations.nop, sqeBytes: 128 }, {})).toThrow(
      expect.objectContaining({ code: 'ERR_RING_SQE_SIZE' }),
    );
    ring.push(operations.nop, { userData: 2 });
    ring.wait(2);
    const results: [number, number][] = [];
    ring.drain(({ userData, res }) => results.push([userData, res]));
    expect(results).toEqual([
      [1, -9],
      [2, 0],
    ]);
  });

  test('a completion kept beyond its visit, and beyond the ring, is harmless', () => {
    const ring = openSyncRing({ encoder });
    ring.push(operations.nop, {});
    ring.wait();
    const kept: Completion[] = [];
    ring.drain((completion) => kept.push(completion));
    ring.close();
    expect(() => kept[0]?.res).not.toThrow();
  });

  test('after close everything but close is refused', () => {
    const ring = openSyncRing({ encoder });
    ring.push(operations.nop, {});
    ring.close();
    ring.close();
    const closed = expect.objectContaining({ code: 'ERR_RING_CLOSED' });
    expect(() => ring.push(operations.nop, {})).toThrow(closed);
    expect(() => ring.submit()).toThrow(closed);
    expect(() => ring.wait()).toThrow(closed);
    expect(() => ring.drain(() => undefined)).toThrow(closed);
    expect(() => ring.alloc(1)).toThrow(closed);
    expect(() => ring.vector([])).toThrow(closed);
    expect(ring.inFlight).toBe(0);
  });

  test('a hundred thousand operations wrap the queues many times', () => {
    const ring = openSyncRing({ encoder, entries: 32 });
    let next = 0;
    let seen = 0;
    while (seen < 100_000) {
      while (next < 100_000 && ring.push(operations.nop, { userData: next })) next += 1;
      ring.wait();
      ring.drain(({ userData }) => {
        expect(userData).toBe(seen);
        seen += 1;
      });
    }
    expect(ring.inFlight).toBe(0);
  });
});
