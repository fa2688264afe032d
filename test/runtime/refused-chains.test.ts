/** A chain of which any part is refused is not submitted at all, says why, and leaves nothing behind. */
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, holdBack, madeUpOperation, openRing, turns } from '../support/rings.js';

const signal = new AbortController().signal;

const REFUSED: readonly (readonly [what: string, code: string, member: (ring: Ring) => unknown])[] = [
  [
    'an argument out of range',
    'ERR_OUT_OF_RANGE',
    ({ ops }) => ops.read({ fd: 1.5, buffer: Buffer.alloc(1) }),
  ],
  [
    'an argument of a wrong type',
    'ERR_INVALID_ARG_TYPE',
    ({ ops }) => ops.openat({ path: 5 as unknown as string }),
  ],
  ['an operation no kernel has', 'ERR_RING_UNSUPPORTED', (ring) => ring.start(madeUpOperation(250), {})],
  ['a signal for one member', 'ERR_INVALID_ARG_VALUE', ({ ops }) => ops.nop({}, { signal })],
  [
    'an aborted signal for one member',
    'ABORT_ERR',
    ({ ops }) => ops.nop({}, { signal: AbortSignal.abort() }),
  ],
  ['a bad timeout of a member', 'ERR_INVALID_ARG_VALUE', ({ ops }) => ops.nop({}, { timeout: -1 })],
  ['a bad weight of a member', 'ERR_OUT_OF_RANGE', ({ ops }) => ops.nop({}, { weight: 0 })],
  [
    'a raw operation of a size there is not',
    'ERR_OUT_OF_RANGE',
    (ring) => ring.submitRaw({ opcode: 0, sqeBytes: 96 as 64 }),
  ],
  ['another chain within', 'ERR_RING_CHAIN', (ring) => ring.chain(() => [ring.ops.nop()])],
  ['links of its own', 'ERR_INVALID_ARG_VALUE', ({ ops }) => ops.nop({ sqeFlags: 4 })],
  ['more than there is room for', 'ERR_RING_ROOM', ({ ops }) => Array.from({ length: 300 }, () => ops.nop())],
];

describe.each(ENCODERS)('refused chains, %s encoder', (encoder) => {
  test.each(REFUSED)('%s (%s)', async (_what, code, refused) => {
    const ring = openRing({ encoder });
    const members: Promise<unknown>[] = [];
    const chain = ring.chain(() => {
      members.push(ring.ops.nop(), ring.ops.statx({ path: '/' }));
      refused(ring);
      members.push(ring.ops.nop());
      return members;
    });
    await expect(chain).rejects.toMatchObject({ code });
    for (const result of await Promise.allSettled(members)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    }
    await turns(2);
    expect(ring.statistics).toMatchObject({ enters: 0, inFlight: 0, waiting: 0, scratchInUse: 0 });
    await expect(ring.ops.nop()).resolves.toBe(0);
  });

  test('a build that throws, and one that is async', async () => {
    const ring = openRing({ encoder });
    let member: Promise<unknown> | undefined;
    const throwing = ring.chain(() => {
      member = ring.ops.nop();
      throw new Error('mine');
    });
    await expect(throwing).rejects.toThrow('mine');
    await expect(member).rejects.toMatchObject({ code: 'ECANCELED' });
    const asynchronous = ring.chain((async () => [ring.ops.nop()]) as unknown as () => []);
    await expect(asynchronous).rejects.toMatchObject({ code: 'ERR_INVALID_RETURN_VALUE' });
    expect(ring.statistics).toMatchObject({ enters: 0, inFlight: 0 });
    await expect(ring.chain(() => [ring.ops.nop()])).resolves.toEqual([0]);
  });

  test('one whose arguments turn out wrong only after it waited', async () => {
    const ring = openRing({ encoder });
    const letGo = holdBack(ring);
    const chain = ring.chain(() => [ring.ops.nop(), ring.ops.read({ fd: 1.5, buffer: Buffer.alloc(1) })]);
    const behind = ring.ops.nop();
    const refused = expect(chain).rejects.toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    await letGo();
    await refused;
    await expect(behind).resolves.toBe(0);
  });

  test('one that waits when the ring closes', async () => {
    const ring = openRing({ encoder });
    holdBack(ring);
    const chain = ring.chain(() => [ring.ops.nop(), ring.ops.nop()]);
    const refused = expect(chain).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
    await ring.close();
    await refused;
    await expect(ring.chain(() => [ring.ops.nop()])).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
  });
});
