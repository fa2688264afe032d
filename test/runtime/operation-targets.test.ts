/**
 * Operations that end or change others take these by the promise or the stream that the program has of them, since nobody tells
 * it the user_data that the kernel knows them by; `ring.update` takes streams too.
 */
import { describe, expect, test } from 'vitest';
import { PollFlags, TimeoutFlags } from '../../generated/abi/flags.js';
import type { OperationChange, OperationTarget } from '../../generated/index.js';
import { ENCODERS, holdBack, openRing, socketPair, timed } from '../support/rings.js';

const [POLLIN, POLLOUT] = [1, 4];
const HOUR = 3_600_000;
const canceled = { code: 'ECANCELED' };

describe.each(ENCODERS)('targets of operations, %s encoder', (encoder) => {
  test('are the promises of timeouts, polls and receives, which end', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const timeout = expectEnd(ring.ops.timeout({ after: HOUR }));
    await ring.ops.timeoutRemove({ target: timeout.op });
    await timeout.ended;
    const poll = expectEnd(ring.ops.pollAdd({ fd: near, events: POLLIN }));
    await ring.ops.pollRemove({ target: poll.op });
    await poll.ended;
    const receive = expectEnd(ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }));
    await expect(ring.ops.asyncCancel({ target: receive.op })).resolves.toBe(0);
    await receive.ended;
    const watched = expectEnd(ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }, { timeout: HOUR }));
    await ring.ops.asyncCancel({ target: watched.op });
    await watched.ended;
  });

  test('are changed by flags as the kernel has them', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const alarm = ring.ops.timeout({ after: HOUR });
    await ring.ops.timeoutRemove({ target: alarm, after: 1, flags: TimeoutFlags.UPDATE });
    await alarm;
    const poll = ring.ops.pollAdd({ fd: near, events: POLLIN });
    await ring.ops.pollRemove({ target: poll, events: POLLOUT, flags: PollFlags.UPDATE_EVENTS });
    await expect(poll).resolves.toBe(POLLOUT);
  });

  test('are streams, and operations that wait before them', async () => {
    const ring = openRing({ encoder });
    const clock = ring.multishot.timeout({ every: HOUR });
    const tick = expect(clock.next()).rejects.toMatchObject(canceled);
    await ring.ops.timeoutRemove({ target: clock });
    await tick;
    const letGo = holdBack(ring);
    const waiting = expectEnd(ring.ops.timeout({ after: HOUR }));
    const removed = ring.ops.timeoutRemove({ target: waiting.op });
    await letGo();
    await removed;
    await waiting.ended;
  });

  test('are none that are over, of other rings, or of no kind', async () => {
    const [ring, other] = [openRing({ encoder }), openRing({ encoder })];
    const over = ring.ops.nop();
    await over;
    const foreign = expectEnd(other.ops.timeout({ after: HOUR }));
    const clock = other.multishot.timeout({ every: HOUR });
    const ticking = clock.next();
    const gone = { code: 'ENOENT', op: 'IORING_OP_TIMEOUT_REMOVE' };
    for (const target of [over, foreign.op, clock, ring.multishot.timeout({ every: 1 })]) {
      await expect(ring.ops.timeoutRemove({ target })).rejects.toMatchObject(gone);
      await expect(ring.ops.asyncCancel({ target })).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(ring.ops.pollRemove({ target })).rejects.toMatchObject({ code: 'ENOENT' });
    }
    await expect(ring.update(clock, { every: 1 })).rejects.toMatchObject({ code: 'ENOENT' });
    for (const call of ['timeoutRemove', 'pollRemove', 'asyncCancel'] as const) {
      const wrong = ring.ops[call]({ target: {} as OperationTarget });
      await expect(wrong).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' });
      await expect(ring.ops[call]({ target: 12345n })).rejects.toMatchObject({ code: 'ENOENT' });
    }
    await other.cancel({ op: foreign.op });
    await foreign.ended;
    await clock.return();
    await ticking;
  });

  test('of a change are clocks, with as many ticks as they were to have', async () => {
    const ring = openRing({ encoder });
    const clock = ring.multishot.timeout({ every: HOUR, count: 5 });
    await ring.update(clock, { every: HOUR / 2 });
    const first = clock.next();
    await ring.ops.nop();
    const { value: ticks, ms } = await timed(async () => {
      await ring.update(clock, { every: 20 });
      let sum = (await first).value!;
      for await (const times of clock) sum += times;
      return sum;
    });
    expect(ticks).toBe(5);
    expect(ms).toBeGreaterThan(80);
    await expect(ring.update(clock, { every: 1 })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('of a change are clocks that nobody waits for, slower and faster', async () => {
    const ring = openRing({ encoder });
    const clock = ring.multishot.timeout({ every: 1 });
    await clock.next();
    await ring.ops.timeout({ after: 10 });
    const slower: OperationChange = { after: HOUR };
    await ring.update(clock, slower);
    await clock.next();
    const idle = clock.next();
    await expect(Promise.race([idle, ring.ops.timeout({ after: 30 })])).resolves.toBe('expired');
    await ring.update(clock, { every: { seconds: 0, nanoseconds: 1e6 } });
    await expect(idle).resolves.toMatchObject({ done: false });
    await clock.return();
  });

  test('of a change are clocks and polls that wait for room', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const letGo = holdBack(ring);
    const clock = ring.multishot.timeout({ every: HOUR });
    const poll = ring.multishot.poll({ fd: near, events: POLLIN });
    const [tick, ready] = [clock.next(), poll.next()];
    await ring.update(clock, { every: 1 });
    await ring.update(poll, { events: POLLOUT });
    await letGo();
    await expect(tick).resolves.toMatchObject({ done: false });
    await expect(ready).resolves.toMatchObject({ value: POLLOUT });
    await Promise.all([clock.return(), poll.return()]);
  });

  test('of a change are streams of polls, and no others', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const poll = ring.multishot.poll({ fd: near, events: POLLIN });
    const ready = poll.next();
    await ring.ops.nop();
    await ring.update(poll, { events: POLLOUT });
    await expect(ready).resolves.toMatchObject({ value: POLLOUT });
    await expect(ring.update(poll, { every: 1 })).rejects.toThrow(/{events}/);
    const clock = ring.multishot.timeout({ every: HOUR });
    await expect(ring.update(clock, { events: POLLIN })).rejects.toThrow(/this is a clock/);
    await expect(ring.update(clock, { every: -1 })).rejects.toThrow(/every/);
    await expect(ring.update(clock, {} as OperationChange)).rejects.toThrow(/either/);
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 16 });
    const data = ring.multishot.recv({ fd: near, buffers });
    await expect(ring.update(data, { events: POLLIN })).rejects.toThrow(/only timeouts and polls/);
    const alarm = ring.ops.timeout({ after: 1 });
    await expect(ring.update(alarm, { every: 5 })).rejects.toThrow(/stream/);
    await alarm;
    await poll.return();
    await expect(ring.update(poll, { events: POLLIN })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

function expectEnd<T>(op: Promise<T>): { readonly op: Promise<T>; readonly ended: Promise<void> } {
  return { op, ended: expect(op).rejects.toMatchObject(canceled) };
}
