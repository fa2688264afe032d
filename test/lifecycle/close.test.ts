/** Closing a ring: what is in flight is cancelled and settles once, nothing is taken any more, and nothing is left. */
import { closeSync, constants, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Ring } from '../../generated/index.js';
import { native } from '../../runtime/port/native.js';
import { ENCODERS, holdBack, openRing, socketPair, temporaryFolder, timed, turns } from '../support/rings.js';

/** Descriptors of this process that are rings; Node has some of its own. */
function ringDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('io_uring');
    } catch {
      return false;
    }
  }).length;
}

describe.each(ENCODERS)('close, %s encoder', (encoder) => {
  test('cancels receives, timeouts and polls, each exactly once', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    let settlements = 0;
    const count = (): void => {
      settlements += 1;
    };
    const pending = [
      ...Array.from({ length: 20 }, () => ring.ops.recv({ fd: near, buffer: ring.alloc(64) })),
      ...Array.from({ length: 20 }, () => ring.ops.timeout({ after: 3_600_000 })),
      ...Array.from({ length: 20 }, () => ring.ops.pollAdd({ fd: near, events: 1 })),
    ];
    for (const one of pending) one.then(count, count);
    const settled = Promise.allSettled(pending);
    await ring.ops.nop();
    const { ms } = await timed(() => ring.close());
    expect(ms).toBeLessThan(2_000);
    await turns(3);
    expect(settlements).toBe(60);
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    }
  });

  test('in the same tick as the operations settles them all the same', async () => {
    const ring = openRing({ encoder, entries: 4, cqEntries: 8 });
    const { near } = await socketPair();
    const pending = Array.from({ length: 30 }, () => ring.ops.recv({ fd: near, buffer: Buffer.alloc(8) }));
    const closing = ring.close();
    const codes = (await Promise.allSettled(pending)).map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : 'fulfilled',
    );
    await closing;
    expect(codes).toEqual(Array<string>(30).fill('ECANCELED'));
  });

  test('while others wait behind a drain rejects those, which were never submitted, and says so', async () => {
    const ring = openRing({ encoder });
    holdBack(ring);
    const waiting = Array.from({ length: 5 }, () => ring.ops.nop());
    const closing = ring.close();
    for (const result of await Promise.allSettled(waiting)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_RING_CLOSED' } });
    }
    await closing;
  });

  test('during many reads settles each once, with its data or its error', async (context) => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'data');
    writeFileSync(path, Buffer.alloc(1 << 22, 0x42));
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_DIRECT);
    } catch {
      return context.skip('the file system of the temporary folder has no O_DIRECT');
    }
    const buffers = Array.from({ length: 256 }, () => ring.alloc(16_384));
    const reads = buffers.map((buffer, index) => ring.ops.read({ fd, buffer, offset: index * 16_384 }));
    const settled = Promise.allSettled(reads);
    await new Promise((resolve) => setImmediate(resolve));
    await ring.close();
    const results = await settled;
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') {
        expect(result.value).toBe(16_384);
        expect(buffers[index]!.bytes.every((byte) => byte === 0x42)).toBe(true);
      } else {
        expect(result.reason).toMatchObject({ code: expect.stringMatching(/^(ECANCELED|EINTR)$/) });
      }
    });
    closeSync(fd);
  });

  test('twice, or from many places, is once', async () => {
    const ring = openRing({ encoder });
    const pending = expect(ring.ops.timeout({ after: 60_000 })).rejects.toMatchObject({ code: 'ECANCELED' });
    const first = ring.close();
    expect(ring.close()).toBe(first);
    await Promise.all([first, ring.close(), ring[Symbol.asyncDispose](), pending]);
    await ring.close();
  });

  test('refuses everything that comes after it', async () => {
    const ring = openRing({ encoder });
    const closing = ring.close();
    const refusal = { code: 'ERR_RING_CLOSED', op: 'IORING_OP_NOP' };
    await expect(ring.ops.nop()).rejects.toMatchObject(refusal);
    await closing;
    await expect(ring.ops.nop()).rejects.toMatchObject(refusal);
    await expect(ring.ops.read({ fd: 0, buffer: Buffer.alloc(1) })).rejects.toMatchObject({
      code: 'ERR_RING_CLOSED',
    });
    expect(ring.pending).toBe(0);
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test('from the continuation of an operation closes', async () => {
    const ring = openRing({ encoder });
    await ring.ops.nop();
    await Promise.all([ring.ops.nop().then(() => ring.close()), ring.ops.nop().then(() => ring.close())]);
  });

  test('gives the descriptor back and leaves nothing in the addon', async () => {
    const [before, live] = [ringDescriptors(), native().statistics().rings];
    for (let round = 0; round < 50; round += 1) {
      const ring = new Ring({ encoder, entries: 8 });
      await ring.ops.nop();
      await ring.close();
    }
    expect(ringDescriptors()).toBe(before);
    expect(native().statistics()).toMatchObject({ rings: live, leakedBytes: 0 });
  });
});

describe('several rings in one process', () => {
  test('do not disturb each other, and close one by one', async () => {
    const rings = ENCODERS.flatMap((encoder) => [openRing({ encoder }), openRing({ encoder })]);
    const { near, far } = await socketPair();
    const buffers = rings.map(() => Buffer.alloc(1));
    const receiving = rings.map((ring, index) => ring.ops.recv({ fd: near, buffer: buffers[index]! }));
    await Promise.all(rings.map((ring) => ring.ops.nop()));
    await rings[0]!.close();
    await expect(receiving[0]).rejects.toMatchObject({ code: 'ECANCELED' });
    await rings[1]!.ops.send({ fd: far, buffer: Buffer.from('abc') });
    expect(await Promise.all(receiving.slice(1))).toEqual([1, 1, 1]);
    expect(buffers.slice(1).map(String).sort()).toEqual(['a', 'b', 'c']);
  });
});

test('`await using` closes at the end of the block', async () => {
  let escaped: Ring | undefined;
  let pending: Promise<unknown> | undefined;
  {
    await using ring = new Ring();
    escaped = ring;
    pending = ring.ops.timeout({ after: 60_000 }).catch((error: unknown) => error);
  }
  expect(await pending).toMatchObject({ code: 'ECANCELED' });
  await expect(escaped.ops.nop()).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
});
