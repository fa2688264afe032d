/**
 * Queues at their limits: two thousand polls at once, completions beyond the completion queue's size, and groups that
 * wait for room in order. Nothing is lost, and what overflowed is counted.
 */
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, holdBack, openRing, openSyncRing, socketPair, turns } from '../support/rings.js';

describe.each(ENCODERS)('full queues, %s encoder', (encoder) => {
  test('two thousand polls at once all settle, by readiness, by abort or by time', async () => {
    const ring = openRing({ encoder, entries: 64 });
    const { near, far } = await socketPair();
    const stop = new AbortController();
    const outcome = (promise: Promise<unknown>): Promise<unknown> =>
      promise.then(
        () => 'ready',
        (error: { readonly code: string }) => error.code,
      );
    const polls = Array.from({ length: 2000 }, (_, index) => {
      const options = [{}, { signal: stop.signal }, { timeout: 50 }][index % 3];
      return outcome(ring.ops.pollAdd({ fd: near, events: 1 }, options));
    });
    await turns(3);
    stop.abort();
    await Promise.all(polls.filter((_, index) => index % 3 > 0));
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    const outcomes = await Promise.all(polls);
    outcomes.forEach((result, index) => {
      expect(result).toBe(['ready', 'ABORT_ERR', 'ETIME'][index % 3]);
    });
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, staleCompletions: 0 });
  });

  test('completions beyond the queue’s size are fetched from the kernel, and counted', async (context) => {
    const ring = openRing({ encoder, entries: 8, cqEntries: 8 });
    const sender = openSyncRing({ encoder, entries: 64, cqEntries: 64 });
    if (!sender.supports(operations.msgRing)) return context.skip('the kernel has no IORING_OP_MSG_RING');
    const COUNT = 40;
    const own = Array.from({ length: 20 }, () => ring.ops.timeout({ after: 1 }, { timeout: 60_000 }));
    await turns(1);
    // Completions from elsewhere, which no credit keeps count of, while this thread looks after none.
    for (let index = 0; index < COUNT; index += 1) {
      sender.push(operations.msgRing, { fd: ring.fd, result: index, data: -1, userData: index });
    }
    sender.wait(COUNT);
    let accepted = 0;
    sender.drain(({ res }) => {
      if (res === 0) accepted += 1;
    });
    expect(accepted).toBeGreaterThan(8);
    await expect(Promise.all(own)).resolves.toHaveLength(20);
    await turns(2);
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, staleCompletions: accepted });
    expect(ring.statistics.overflows).toBeGreaterThan(0);
  });

  test('what waits is admitted in order, single ones and groups, and a large group is not starved', async () => {
    const ring = openRing({ encoder, entries: 8, cqEntries: 8 });
    const letGo = holdBack(ring);
    const order: string[] = [];
    const note = (name: string) => (): number => order.push(name);
    const waiting = [
      ring.chain(() => Array.from({ length: 8 }, () => ring.ops.nop())).then(note('eight')),
      ring.ops.nop().then(note('one')),
      ring.chain(() => [ring.ops.nop(), ring.ops.nop()]).then(note('two')),
      ring.ops.nop({}, { timeout: 60_000 }).then(note('timed')),
    ];
    await turns(3);
    expect(order).toEqual([]);
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 5 });
    await letGo();
    await Promise.all(waiting);
    expect(order[0]).toBe('eight');
  });
});
