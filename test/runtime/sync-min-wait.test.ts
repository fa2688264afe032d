/**
 * A wait that is content with less after a while, and one that takes its arguments from registered memory, end when they
 * should and with what is there.
 */
import { describe, expect, test } from 'vitest';
import { operations, RingBuffer, type RingOptions, type SyncRing } from '../../generated/index.js';
import { ENCODERS, type Encoder, openSyncRing } from '../support/rings.js';

/** Starts a timer of the ring. */
function timer(ring: SyncRing, ms: number, encoder: Encoder): void {
  const after = RingBuffer.allocate(16, { copied: encoder === 'native' });
  after.bytes.writeBigInt64LE(BigInt(Math.floor(ms / 1000)));
  after.bytes.writeBigInt64LE(BigInt(ms % 1000) * 1_000_000n, 8);
  after.toKernel();
  ring.push(operations.timeout, { after });
}

const took = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

function openWaiting(options: RingOptions, registered: boolean): SyncRing {
  const ring = openSyncRing({ ...options, disabled: registered });
  if (!registered) return ring;
  ring.registerWait();
  ring.enable();
  return ring;
}

const lacksRegisteredWait = (): boolean =>
  openSyncRing({ entries: 1 }).supports('IORING_REGISTER_MEM_REGION') === false;

const WAYS = ENCODERS.flatMap((encoder) => [false, true].map((registered) => ({ encoder, registered })));

describe.each(WAYS)('$encoder encoder, registered: $registered', ({ encoder, registered }) => {
  test('all that are wanted end the wait at once', (context) => {
    if (registered && lacksRegisteredWait()) return context.skip('no IORING_REGISTER_MEM_REGION');
    const ring = openWaiting({ encoder }, registered);
    for (const ms of [1, 2, 3, 60_000]) timer(ring, ms, encoder);
    expect(ring.wait(3, { minTimeoutMs: 30_000, timeoutMs: 40_000 })).toBe(3);
  });

  test('what is there ends it after the shorter time', (context) => {
    if (registered && lacksRegisteredWait()) return context.skip('no IORING_REGISTER_MEM_REGION');
    const ring = openWaiting({ encoder }, registered);
    for (const ms of [5, 10, 60_000]) timer(ring, ms, encoder);
    const ms = took(() => expect(ring.wait(3, { minTimeoutMs: 80, timeoutMs: 30_000 })).toBe(2));
    expect(ms).toBeGreaterThanOrEqual(79);
    expect(ring.drain(() => undefined)).toBe(2);
  });

  test('when nothing is there by then, the first to come ends it', (context) => {
    if (registered && lacksRegisteredWait()) return context.skip('no IORING_REGISTER_MEM_REGION');
    const ring = openWaiting({ encoder }, registered);
    for (const ms of [120, 60_000]) timer(ring, ms, encoder);
    const ms = took(() => expect(ring.wait(2, { minTimeoutMs: 10, timeoutMs: 30_000 })).toBe(1));
    expect(ms).toBeGreaterThanOrEqual(119);
  });

  test('the longer time ends it with nothing, across slices of waiting', (context) => {
    if (registered && lacksRegisteredWait()) return context.skip('no IORING_REGISTER_MEM_REGION');
    const ring = openWaiting({ encoder }, registered);
    timer(ring, 60_000, encoder);
    const ms = took(() => expect(ring.wait(1, { minTimeoutMs: 250, timeoutMs: 300 })).toBe(0));
    expect(ms).toBeGreaterThanOrEqual(299);
  });
});

test('waits can be registered before the ring is enabled only', () => {
  expect(() => openSyncRing().registerWait()).toThrow(
    expect.objectContaining({
      code: 'EINVAL',
      op: 'IORING_REGISTER_MEM_REGION',
      message: expect.stringContaining('`disabled`'),
    }),
  );
});
