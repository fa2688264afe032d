/**
 * Signals aborted and operations cancelled from within a getter of arguments, while an SQE is half written: nothing is
 * written over, and nothing settles before the kernel is done with it.
 */
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, socketPair, turns } from '../support/rings.js';

/** A duration whose reading does something else as well; not a plain object, so that it is read when it is encoded. */
class Reading {
  readonly #does: () => unknown;
  readonly #seconds: number;

  constructor(does: () => unknown, seconds = 0) {
    this.#does = does;
    this.#seconds = seconds;
  }

  get seconds(): number {
    this.#does();
    return this.#seconds;
  }
}

/** The same, read when the arguments are copied. */
const plainReading = (does: () => unknown, seconds = 0): { readonly seconds: number } => ({
  get seconds(): number {
    does();
    return seconds;
  },
});

describe.each(ENCODERS)('aborting from a getter, %s encoder', (encoder) => {
  test.each(['encoded', 'copied'])(
    'the operation itself while it is %s: it is never submitted',
    async (when) => {
      const ring = openRing({ encoder });
      const stop = new AbortController();
      const abort = (): void => stop.abort();
      const after = when === 'encoded' ? new Reading(abort, 60) : plainReading(abort, 60);
      const waiting = ring.ops.timeout({ after }, { signal: stop.signal, timeout: 60_000 });
      expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0 });
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
      await expect(ring.ops.nop()).resolves.toBe(0);
      expect(ring.statistics.staleCompletions).toBe(0);
    },
  );

  test.each(['encoded', 'copied'])('the chain while it is %s: none of it is submitted', async (when) => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const after = when === 'encoded' ? new Reading(abort, 60) : plainReading(abort, 60);
    const chain = ring.chain(() => [ring.ops.nop(), ring.ops.timeout({ after })], { signal: stop.signal });
    await expect(chain).rejects.toMatchObject({ name: 'AbortError' });
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0 });
    await expect(ring.ops.nop()).resolves.toBe(0);
  });

  test.each(['abort', 'cancel'] as const)('another operation, by %s: both go their ways', async (how) => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const stop = new AbortController();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { signal: stop.signal });
    const settled = receiving.catch((error: unknown) => error);
    await turns(2);
    const cancel = (): unknown => (how === 'abort' ? stop.abort() : ring.cancel({ op: receiving }));
    await expect(ring.ops.timeout({ after: new Reading(cancel) })).resolves.toBe('expired');
    expect(await settled).toMatchObject({ code: how === 'abort' ? 'ABORT_ERR' : 'ECANCELED' });
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0, scratchInUse: 0 });
  });

  test('everything, by close: it waits for what is being started', async () => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    let closing: Promise<void> | undefined;
    const close = (): void => {
      closing = ring.close();
      stop.abort();
    };
    const waiting = ring.ops.timeout({ after: new Reading(close, 60) }, { signal: stop.signal });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await closing;
  });
});
