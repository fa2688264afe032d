/**
 * `drain`: an operation starts only when everything submitted before it is over, operations of many completions
 * included, and nothing submitted later starts before it is over.
 */
import { readdirSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OperationOptions } from '../../runtime/operations/operation.js';
import { ENCODERS, openRing, socketPair, turns } from '../support/rings.js';

const MULTISHOT_TIMEOUT = 64;

describe.each(ENCODERS)('drain, %s encoder', (encoder) => {
  test('orders what comes before and after', async () => {
    const ring = openRing({ encoder });
    const order: string[] = [];
    const note = (name: string) => (): number => order.push(name);
    await Promise.all([
      ring.ops.timeout({ after: 20 }).then(note('first')),
      ring.ops.timeout({ after: 10 }).then(note('second')),
      ring.ops.timeout({ after: 5 }, { drain: true }).then(note('drained')),
      ring.ops.nop().then(note('behind')),
    ]);
    expect(order).toEqual(['second', 'first', 'drained', 'behind']);
  });

  test('waits for the end of an operation of many completions', async () => {
    const ring = openRing({ encoder });
    const order: string[] = [];
    let ticks = 0;
    const onMore = (): void => {
      ticks += 1;
    };
    const ticking = ring.ops.timeout({ after: 2, flags: MULTISHOT_TIMEOUT }, { timeout: 100, onMore });
    await Promise.all([
      ticking.catch(() => order.push('ticking')),
      ring.ops.nop({}, { drain: true }).then(() => order.push('drained')),
    ]);
    expect(ticks).toBeGreaterThan(1);
    expect(order).toEqual(['ticking', 'drained']);
  });

  test('of a chain orders the chain as a whole', async () => {
    const ring = openRing({ encoder });
    const order: string[] = [];
    const note = (name: string) => (): number => order.push(name);
    await Promise.all([
      ring.ops.timeout({ after: 15 }).then(note('before')),
      ring.chain(() => [
        ring.ops.nop().then(note('one')),
        ring.ops.nop({}, { drain: true }).then(note('two')),
      ]),
      ring.ops.nop().then(note('behind')),
    ]);
    expect(order).toEqual(['before', 'one', 'two', 'behind']);
  });

  test('keeps no abort, cancellation or timeout of what comes before it from working', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const stop = new AbortController();
    const start = (options: OperationOptions): Promise<unknown> =>
      ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }, options).catch((error: unknown) => error);
    const [aborted, cancelled, timed] = [start({ signal: stop.signal }), start({}), start({ timeout: 10 })];
    const drained = ring.ops.nop({}, { drain: true });
    await new Promise((resolve) => setTimeout(resolve, 2));
    // A request that is submitted now would wait for the drained one, which waits for these.
    stop.abort();
    expect(await aborted).toMatchObject({ code: 'ABORT_ERR' });
    expect(await timed).toMatchObject({ code: 'ETIME' });
    await expect(ring.cancel({ fd: near })).resolves.toBe(1);
    expect(await cancelled).toMatchObject({ code: 'ECANCELED' });
    await expect(drained).resolves.toBe(0);
  });

  test('can be aborted and timed itself', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const buffer = Buffer.alloc(1);
    const start = (options: OperationOptions): Promise<unknown> =>
      ring.ops.recv({ fd: near, buffer }, options).catch((error: unknown) => error);
    const timed = start({ drain: true, timeout: 5 });
    expect(await timed).toMatchObject({ code: 'ETIME' });
    const stop = new AbortController();
    const aborted = start({ drain: true, signal: stop.signal });
    // Held back in the kernel, where nothing can find it; it is asked for again until it could start.
    const behind = ring.ops
      .timeout({ after: 60_000 }, { signal: stop.signal })
      .catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 2));
    stop.abort();
    expect(await aborted).toMatchObject({ code: 'ABORT_ERR' });
    expect(await behind).toMatchObject({ code: 'ABORT_ERR' });
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, staleCompletions: 0 });
  });

  test('keeps no abort of what waits behind it from taking effect at once, and nothing is lost', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) });
    const drained = ring.ops.nop({}, { drain: true });
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const settled: unknown[] = [];
    const behind = [
      ring.ops.timeout({ after: 60_000 }, options),
      ring.ops.openat({ path: '/dev/null' }, options),
      ring.ops.read({ fd: near, buffer: Buffer.alloc(8) }, options),
    ].map((one) => one.catch((error: unknown) => settled.push(error)));
    await turns(2);
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(settled).toHaveLength(3);
    // Not through the ring: whatever is submitted now waits as well.
    writeSync(far, 'x');
    await expect(Promise.all([receiving, drained])).resolves.toEqual([1, 0]);
    await Promise.all(behind);
    for (const error of settled) expect(error).toMatchObject({ code: 'ABORT_ERR' });
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0, staleCompletions: 0 });
    expect(descriptors()).toBe(before);
  });

  test('as a bit of sqeFlags is refused, as links are: nothing would keep account of it', async () => {
    const ring = openRing({ encoder });
    for (const sqeFlags of [2, 4, 8]) {
      const refusal = { code: 'ERR_INVALID_ARG_VALUE' };
      await expect(ring.ops.nop({ sqeFlags })).rejects.toMatchObject(refusal);
      await expect(ring.submitRaw({ opcode: 0, sqeFlags })).rejects.toMatchObject(refusal);
    }
    expect(ring.statistics.enters).toBe(0);
  });

  test('is given up with the ring', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) });
    const drained = ring.ops.nop({}, { drain: true });
    const behind = ring.ops.nop();
    setTimeout(() => ring.close(), 5);
    const results = await Promise.allSettled([receiving, drained, behind]);
    expect(results[0]).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});
