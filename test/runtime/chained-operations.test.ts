/**
 * Chains: each member starts after the one before it; a failure or a short transfer cancels what comes behind it, hard
 * links only order; and the error tells what became of each.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ChainError } from '../../runtime/operations/chain.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const CANCELLED = { status: 'rejected', reason: { code: 'ECANCELED' } };
const FULFILLED = { status: 'fulfilled' };
const WRONG = { fd: -1, buffer: Buffer.alloc(1) };

/** The ChainError that a chain rejects with. */
async function failureOf(chain: Promise<unknown>): Promise<ChainError> {
  const error = await chain.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ChainError);
  return error as ChainError;
}

describe.each(ENCODERS)('chains, %s encoder', (encoder) => {
  test('run in order, and give the results in the order of the array', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    const fd = openSync(path, 'r+');
    const buffer = Buffer.alloc(5);
    const settled: string[] = [];
    const [bytesRead, , written] = await ring.chain(
      () => {
        const write = ring.ops.write({ fd, buffer: Buffer.from('hello'), offset: 0 });
        const pause = ring.ops.timeout({ after: 5, count: 0 }).then(() => settled.push('pause'));
        void pause;
        const sync = ring.ops.fsync({ fd });
        const read = ring.ops.read({ fd, buffer, offset: 0 });
        void read.then(() => settled.push('read'));
        return [read, sync, write];
      },
      { hard: true },
    );
    expect([bytesRead, written]).toEqual([5, 5]);
    expect(buffer.toString()).toBe('hello');
    expect(settled).toEqual(['pause', 'read']);
    expect(readFileSync(path, 'utf8')).toBe('hello');
    closeSync(fd);
  });

  test('end with the member that fails: those before it ran, those behind it did not', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    let member: Promise<unknown> | undefined;
    const error = await failureOf(
      ring.chain(() => {
        const before = [ring.ops.send({ fd: far, buffer: Buffer.from('one') }), ring.ops.read(WRONG)];
        member = ring.ops.send({ fd: far, buffer: Buffer.from('two') });
        return [...before, member, ring.ops.nop()];
      }),
    );
    expect(error).toMatchObject({ code: 'EBADF', errno: -9, syscall: 'read', op: 'IORING_OP_READ' });
    expect(error.message).toContain('operation 2 of 4');
    expect(error.results).toMatchObject([
      { ...FULFILLED, value: 3 },
      { status: 'rejected', reason: { code: 'EBADF' } },
      CANCELLED,
      CANCELLED,
    ]);
    await expect(member).rejects.toMatchObject({ code: 'ECANCELED' });
    const buffer = Buffer.alloc(8);
    await expect(ring.ops.recv({ fd: near, buffer })).resolves.toBe(3);
  });

  test('end behind a short read', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'short');
    writeFileSync(path, '0123456789');
    const fd = openSync(path, 'r');
    const error = await failureOf(
      ring.chain(() => [
        ring.ops.nop(),
        ring.ops.read({ fd, buffer: Buffer.alloc(64), offset: 0 }),
        ring.ops.nop(),
      ]),
    );
    expect(error.code).toBe('ECANCELED');
    expect(error.message).toContain('did less than it was asked to');
    expect(error.results).toMatchObject([{ value: 0 }, { value: 10 }, CANCELLED]);
    closeSync(fd);
  });

  test('go on after a failure and a short read when they are hard', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'short');
    writeFileSync(path, '0123456789');
    const fd = openSync(path, 'r');
    const { near } = await socketPair();
    const error = await failureOf(
      ring.chain(
        () => [
          ring.ops.read(WRONG),
          ring.ops.read({ fd, buffer: Buffer.alloc(64), offset: 0 }),
          // A member with a timeout of its own is as hard as the others.
          ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }, { timeout: 5 }),
          ring.ops.nop(),
        ],
        { hard: true },
      ),
    );
    expect(error.results).toMatchObject([
      { status: 'rejected', reason: { code: 'EBADF' } },
      { value: 10 },
      { status: 'rejected', reason: { code: 'ETIME' } },
      { value: 0 },
    ]);
    closeSync(fd);
  });

  test('with timeouts of members: those that hold change nothing, one that does not ends the chain', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const timeout = 10_000;
    const fine = ring.chain(() => [
      ring.ops.send({ fd: far, buffer: Buffer.from('abc') }, { timeout }),
      ring.ops.recv({ fd: near, buffer: Buffer.alloc(3) }, { timeout }),
      ring.ops.nop({}, { timeout }),
    ]);
    await expect(fine).resolves.toEqual([3, 3, 0]);
    const error = await failureOf(
      ring.chain(() => [
        ring.ops.nop({}, { timeout }),
        ring.ops.recv({ fd: near, buffer: Buffer.alloc(3) }, { timeout: 5 }),
        ring.ops.nop({}, { timeout }),
        ring.ops.nop(),
      ]),
    );
    expect(error.code).toBe('ETIME');
    expect(error.results).toMatchObject([
      FULFILLED,
      { status: 'rejected', reason: { code: 'ETIME' } },
      CANCELLED,
      CANCELLED,
    ]);
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });

  test('name the member that the kernel refuses outright, though it cancels those before it too', async () => {
    const ring = openRing({ encoder });
    const RW_FLAGS = 1 << 30;
    const error = await failureOf(
      ring.chain(() => [
        ring.ops.nop(),
        ring.submitRaw({ opcode: 0, ioprio: 0, nopFlags: RW_FLAGS }),
        ring.ops.nop(),
      ]),
    );
    expect(error).toMatchObject({ code: 'EINVAL' });
    expect(error.message).toContain('operation 2 of 3');
    expect(error.results).toMatchObject([CANCELLED, { reason: { code: 'EINVAL' } }, CANCELLED]);
  });

  test('hold operations of many completions, whose end lets the next start', async () => {
    const ring = openRing({ encoder });
    let ticks = 0;
    const onMore = (): void => {
      ticks += 1;
    };
    const results = await ring.chain(
      () => [ring.ops.timeout({ after: 1, flags: 64, count: 3 }, { onMore }), ring.ops.nop()],
      { hard: true },
    );
    expect(ticks).toBe(2);
    expect(results).toEqual(['expired', 0]);
  });

  test('of none and of one are fine', async () => {
    const ring = openRing({ encoder });
    await expect(ring.chain(() => [])).resolves.toEqual([]);
    await expect(ring.chain(() => [ring.ops.nop()])).resolves.toEqual([0]);
    // Not all members need to be returned, and not all that is returned needs to be one.
    const mixed = ring.chain(() => {
      void ring.ops.nop();
      return ['word', Promise.resolve(2)];
    });
    await expect(mixed).resolves.toEqual(['word', 2]);
  });

  test('a thousand side by side stay whole, through queues that are smaller by far', async () => {
    const ring = openRing({ encoder, entries: 8, cqEntries: 16 });
    const starts: number[] = [];
    const one = async (index: number): Promise<void> => {
      const length = 1 + (index % 7);
      const order: number[] = [];
      await ring.chain(() =>
        Array.from({ length }, (_, at) =>
          ring.ops.nop().then(() => {
            if (at === 0) starts.push(index);
            order.push(at);
          }),
        ),
      );
      expect(order).toEqual(Array.from({ length }, (_, at) => at));
    };
    await Promise.all(Array.from({ length: 1000 }, (_, index) => one(index)));
    // Groups are admitted in the order of the calls, too.
    expect(starts).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, staleCompletions: 0 });
  });

  test('stay whole where a kernel thread takes what is submitted', async () => {
    const ring = openRing({ encoder, entries: 8, cqEntries: 32, sqpoll: { idleMs: 5 } });
    const chains = Array.from({ length: 200 }, async (_, index) => {
      const chain = ring.chain(() => [
        ring.ops.nop(),
        index % 2 === 0 ? ring.ops.read(WRONG) : ring.ops.nop(),
        ring.ops.nop(),
      ]);
      if (index % 2 === 1) return expect(await chain).toEqual([0, 0, 0]);
      const { results } = await failureOf(chain);
      // Torn apart, the last one would not be cancelled.
      return expect(results).toMatchObject([FULFILLED, { status: 'rejected' }, CANCELLED]);
    });
    await Promise.all(chains);
  });
});
