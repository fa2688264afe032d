/** A signal or a timeout over a chain ends it in every phase: before, while it waits, in each member, and after. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ENCODERS, holdBack, openRing, socketPair, turns } from '../support/rings.js';

describe.each(ENCODERS)('chains ended early, %s encoder', (encoder) => {
  test('before it starts, nothing is built', async () => {
    const ring = openRing({ encoder });
    let built = false;
    const chain = ring.chain(
      () => {
        built = true;
        return [ring.ops.nop()];
      },
      { signal: AbortSignal.abort('why') },
    );
    await expect(chain).rejects.toMatchObject({ name: 'AbortError', syscall: 'chain', cause: 'why' });
    expect(built).toBe(false);
  });

  test.each(['signal', 'timeout'])('by %s while it waits', async (how) => {
    const ring = openRing({ encoder });
    const letGo = holdBack(ring);
    const chain = ring.chain(
      () => [ring.ops.nop(), ring.ops.nop()],
      how === 'signal' ? { signal: AbortSignal.timeout(5) } : { timeout: { seconds: 0, nanoseconds: 5e6 } },
    );
    await expect(chain).rejects.toMatchObject({
      code: how === 'signal' ? 'ABORT_ERR' : 'ETIME',
      syscall: 'chain',
    });
    expect(ring.statistics).toMatchObject({ inFlight: 1, waiting: 1 });
    await letGo();
  });

  test.each([
    ['signal', false],
    ['signal', true],
    ['timeout', false],
    ['timeout', true],
  ])('by %s in its first, second or last member, hard links: %s', async (how, hard) => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    for (let at = 0; at < 3; at += 1) {
      const stop = new AbortController();
      const members: Promise<unknown>[] = [];
      const chain = ring.chain(
        () => {
          for (let index = 0; index < 3; index += 1) {
            const waits = hard ? index >= at : index === at;
            members.push(waits ? ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }) : ring.ops.nop());
          }
          return members;
        },
        how === 'signal' ? { hard, signal: stop.signal } : { hard, timeout: 5 },
      );
      const ended = expect(chain).rejects.toMatchObject({ code: how === 'signal' ? 'ABORT_ERR' : 'ETIME' });
      await turns(2);
      stop.abort();
      await ended;
      const results = await Promise.allSettled(members);
      expect(results.map(({ status }) => status)).toEqual(
        results.map((_, index) => (index < at ? 'fulfilled' : 'rejected')),
      );
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    }
    expect(ring.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0, scratchInUse: 0 });
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    await expect(ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) })).resolves.toBe(1);
  });

  test('too late: it succeeded, and the signal and the timer are let go of', async () => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    const chain = ring.chain(() => [ring.ops.nop(), ring.ops.nop()], {
      signal: stop.signal,
      timeout: 60_000,
    });
    await expect(chain).resolves.toEqual([0, 0]);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    stop.abort();
    await expect(ring.ops.nop()).resolves.toBe(0);
  });

  test('in a race: two hundred settle once each, one way or the other', async () => {
    const ring = openRing({ encoder });
    const outcomes = new Set<string>();
    const one = async (index: number): Promise<void> => {
      const stop = new AbortController();
      const chain = ring.chain(() => [ring.ops.timeout({ after: index % 3 }).then(() => 0), ring.ops.nop()], {
        hard: true,
        signal: stop.signal,
      });
      if (index % 4 === 0) await new Promise((resolve) => setTimeout(resolve, index % 3));
      if (index % 5 !== 0) stop.abort();
      outcomes.add(
        await chain.then(
          () => 'done',
          (error: { readonly code: string }) => error.code,
        ),
      );
    };
    await Promise.all(Array.from({ length: 200 }, (_, index) => one(index)));
    expect([...outcomes].sort()).toEqual(['ABORT_ERR', 'done']);
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, staleCompletions: 0, scratchInUse: 0 });
  });

  test('by its ring’s close', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const chain = ring.chain(() => [ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) }), ring.ops.nop()]);
    const ended = expect(chain).rejects.toMatchObject({ name: 'RingError', code: 'ECANCELED' });
    await turns(2);
    await ring.close();
    await ended;
  });
});
