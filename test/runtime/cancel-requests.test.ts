/**
 * `ring.cancel`: what is meant is cancelled, whether it waits for room, runs, or is linked behind something; nothing
 * else is; and the count says what was found.
 */
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import type { CancelTarget } from '../../runtime/operations/cancellation.js';
import { ENCODERS, holdBack, openRing, openSyncRing, socketPair, turns } from '../support/rings.js';

const CANCELLED = { status: 'rejected', reason: { code: 'ECANCELED' } };
const IORING_OP_RECV = 27;

describe.each(ENCODERS)('requests to cancel, %s encoder', (encoder) => {
  const recv = (ring: ReturnType<typeof openRing>, fd: number): Promise<number> =>
    ring.ops.recv({ fd, buffer: Buffer.alloc(8) });

  test('by promise: that one, once, and no other', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const [one, other] = [recv(ring, near), recv(ring, near)];
    const settled = Promise.allSettled([one]);
    await turns(1);
    await expect(ring.cancel({ op: one })).resolves.toBe(1);
    expect((await settled)[0]).toMatchObject(CANCELLED);
    await expect(ring.cancel({ op: one })).resolves.toBe(0);
    await expect(ring.cancel({ op: Promise.resolve() })).resolves.toBe(0);
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    await expect(other).resolves.toBe(1);
  });

  test('by descriptor, by opcode, and all of them', async () => {
    const ring = openRing({ encoder });
    const [one, other] = [await socketPair(), await socketPair()];
    const onOne = [recv(ring, one.near), recv(ring, one.near), ring.ops.pollAdd({ fd: one.near, events: 1 })];
    const onOther = [recv(ring, other.near), ring.ops.pollAdd({ fd: other.near, events: 1 })];
    const late = ring.ops.timeout({ after: 60_000 }, { timeout: 50_000 });
    const results = Promise.allSettled([...onOne, ...onOther, late]);
    await turns(1);
    await expect(ring.cancel({ fd: one.near })).resolves.toBe(3);
    await expect(ring.cancel({ fd: one.near })).resolves.toBe(0);
    await expect(ring.cancel({ opcode: IORING_OP_RECV })).resolves.toBe(1);
    // The poll and the timeout; the timeout of the timeout ends with it.
    await expect(ring.cancel({ all: true })).resolves.toBe(2);
    for (const result of await results) expect(result).toMatchObject(CANCELLED);
    await expect(ring.cancel({ all: true })).resolves.toBe(0);
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test('of what waits: it rejects at once, a chain as a whole, and the rest goes on', async () => {
    const ring = openRing({ encoder });
    const letGo = holdBack(ring);
    const members: Promise<unknown>[] = [];
    const chain = ring.chain(() => {
      members.push(ring.ops.nop(), ring.ops.statx({ path: '/' }), ring.ops.nop());
      return members;
    });
    const single = ring.ops.statx({ path: '/' });
    const chained = expect(chain).rejects.toMatchObject({ name: 'RingError', code: 'ECANCELED' });
    const timed = expect(single).rejects.toMatchObject({ code: 'ECANCELED' });
    const kept = ring.ops.nop();
    await turns(1);
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 4 });
    await expect(ring.cancel({ op: members[1]! })).resolves.toBe(3);
    await expect(ring.cancel({ opcode: operations.statx.opcode })).resolves.toBe(1);
    await Promise.all([chained, timed]);
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 2 });
    await letGo();
    await expect(kept).resolves.toBe(0);
  });

  test('of a member that is linked behind one that runs: it is cancelled when its turn comes', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const members: Promise<unknown>[] = [];
    const chain = ring.chain(
      () => {
        members.push(recv(ring, near), ring.ops.timeout({ after: 60_000 }), ring.ops.nop());
        return members;
      },
      { hard: true },
    );
    const failed = expect(chain).rejects.toMatchObject({ name: 'RingError', code: 'ECANCELED' });
    await turns(2);
    // The kernel does not find what has not started, and is asked again.
    await expect(ring.cancel({ op: members[1]! })).resolves.toBe(0);
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    await failed;
    const results = await Promise.allSettled(members);
    expect(results).toMatchObject([{ status: 'fulfilled' }, CANCELLED, { status: 'fulfilled' }]);
  });

  test('in a race with the completion: found or not, each settles once', async () => {
    const ring = openRing({ encoder });
    const found = new Set<number>();
    for (let round = 0; round < 300; round += 1) {
      const operation = ring.ops.timeout({ after: 1 }).then(
        () => 'expired',
        (error: { readonly code: string }) => error.code,
      );
      const promise = round % 2 === 0 ? ring.ops.nop() : ring.ops.timeout({ after: round % 3 });
      const settled = promise.then(
        () => 'done',
        (error: { readonly code: string }) => error.code,
      );
      if (round % 5 === 0) await new Promise((resolve) => setTimeout(resolve, round % 3));
      found.add(await ring.cancel({ op: promise }));
      expect(['done', 'ECANCELED']).toContain(await settled);
      if (round % 7 === 0) await ring.cancel({ all: true });
      expect(['expired', 'ECANCELED']).toContain(await operation);
    }
    expect([...found].sort()).toEqual([0, 1]);
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0 });
  });

  test.each([
    {},
    { all: false },
    { opcode: undefined },
    { fd: '3' },
    { fd: 1.5 },
    { op: 5 },
    { fd: 3, all: true },
  ])('of %j is refused: what is not said is not taken for everything', async (target) => {
    const ring = openRing({ encoder });
    const waiting = ring.ops.timeout({ after: 60_000 });
    const settled = Promise.allSettled([waiting]);
    await expect(ring.cancel(target as unknown as CancelTarget)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
    expect(ring.statistics.inFlight).toBe(1);
    await ring.cancel({ op: waiting });
    await settled;
  });

  test('after close is refused', async () => {
    const ring = openRing({ encoder });
    await ring.close();
    await expect(ring.cancel({ all: true })).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
  });

  test('by user data at the synchronous level: 0, ENOENT and EALREADY', () => {
    const ring = openSyncRing({ encoder });
    const results = new Map<number, number>();
    const collect = (count: number): void => {
      ring.wait(count);
      ring.drain(({ userData, res }) => results.set(userData, res));
    };
    const wait = new BigInt64Array([60n, 0n]);
    const after = ring.alloc(16);
    after.bytes.set(new Uint8Array(wait.buffer));
    after.toKernel();
    ring.push(operations.timeout, { after, userData: 1 });
    ring.push(operations.asyncCancel, { target: 1, userData: 2 });
    ring.push(operations.asyncCancel, { target: 1, userData: 3 });
    collect(3);
    // Cancelled with one completion, however often it is asked for.
    expect(results.get(1)).toBe(-125);
    expect(results.get(2)).toBe(0);
    expect([-2, -114]).toContain(results.get(3));
  });
});
