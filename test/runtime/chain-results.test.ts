/**
 * A chain that ends early tells what its finished members made, whatever ended it: every descriptor is named by the error, as
 * its owner where it has one, and none is open that is not.
 */
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ChainError, DirectDescriptor, type Ring } from '../../generated/index.js';
import { ENCODERS, holdBack, openRing } from '../support/rings.js';

const FILE_INDEX_ALLOC = 0xffffffff;

const open = (): number[] =>
  readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) !== '';
      } catch {
        return false;
      }
    });

type Results = readonly PromiseSettledResult<unknown>[];

/** What a chain that must fail says of its members. */
async function resultsOf(
  chain: Promise<unknown>,
): Promise<{ readonly code: string; readonly results: Results }> {
  const error: unknown = await chain.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error as { readonly code: string; readonly results: Results };
}

const values = (results: Results): unknown[] =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value].flat() : []));

/** How a chain is ended: its options, and what is done once its first members are over. */
const WAYS: Readonly<Record<string, (ring: Ring) => [object, () => void]>> = {
  ABORT_ERR: () => {
    const stop = new AbortController();
    return [{ signal: stop.signal }, () => stop.abort()];
  },
  ETIME: () => [{ timeout: 30 }, () => undefined],
  ECANCELED: (ring) => [{}, () => void ring.close()],
};

describe.each(ENCODERS)('results of chains that end early, %s encoder', (encoder) => {
  test.each(
    Object.keys(WAYS).flatMap((code) => [
      [code, false],
      [code, true],
    ]) as [string, boolean][],
  )('by %s, hard links: %s', async (code, hard) => {
    const ring = openRing({ encoder });
    const before = new Set(open());
    const [options, end] = WAYS[code]!(ring);
    const { ops } = ring;
    const chain = ring.chain(
      () => [
        ops.openat({ path: '/etc/hostname' }),
        ops.pipe({}),
        ops.socket({ domain: 2, type: 1 }),
        ops.timeout({ after: 3_600_000 }),
      ],
      { ...options, hard },
    );
    setTimeout(end, 30);
    const { code: told, results } = await resultsOf(chain);
    expect(told).toBe(code);
    expect(results).toHaveLength(4);
    const named = values(results) as number[];
    expect(named).toHaveLength(4);
    expect(
      open()
        .filter((fd) => !before.has(fd))
        .sort(),
    ).toEqual([...named].sort());
    named.forEach((fd) => {
      closeSync(fd);
    });
  });

  test('by a failed member, with a handle instead of its number', async () => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    const chain = ring.chain(() => [ring.open('/etc/hostname'), ring.ops.timeout({ after: 3_600_000 })], {
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 20);
    const { results } = await resultsOf(chain);
    const [file] = values(results) as { readonly fd: number; close(): Promise<void> }[];
    expect(readlinkSync(`/proc/self/fd/${file!.fd}`)).toBe('/etc/hostname');
    await file!.close();
    const failed = ring.chain(() => [
      ring.open('/etc/hostname'),
      ring.ops.openat({ path: '/nowhere' }),
      ring.ops.nop(),
    ]);
    await expect(failed).rejects.toBeInstanceOf(ChainError);
    const [other] = values((await resultsOf(failed)).results) as (typeof file)[];
    await other!.close();
    expect(ring.statistics).toMatchObject({ openHandles: 0, lostHandles: 0 });
  });

  test('with direct descriptors and leases', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerFiles({ size: 4 });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 64 });
    const [reader, writer] = await ring.ops.pipe({});
    await ring.ops.write({ fd: writer, buffer: Buffer.from('abc') });
    const chain = ring.chain(
      () => [
        ring.ops
          .openat({ path: '/etc/hostname', fileSlot: FILE_INDEX_ALLOC })
          .then((slot) => table.adopt(slot)),
        buffers.read({ fd: reader }),
        ring.ops.timeout({ after: 3_600_000 }),
      ],
      { timeout: 20 },
    );
    const { results } = await resultsOf(chain);
    const [direct, lease] = values(results) as [
      DirectDescriptor,
      { readonly bytes: Uint8Array; release(): void },
    ];
    expect(direct).toBeInstanceOf(DirectDescriptor);
    expect(Buffer.from(lease.bytes).toString()).toBe('abc');
    lease.release();
    await direct.close();
    expect(buffers.statistics.available).toBe(4);
    closeSync(reader);
    closeSync(writer);
  });

  test('that succeed all the same resolve, and those that never started have none', async () => {
    const ring = openRing({ encoder });
    const stop = new AbortController();
    const chain = ring.chain(
      () => {
        const last = ring.ops.nop();
        const first = ring.ops.socket({ domain: 2, type: 1 });
        void first.then(() => stop.abort());
        return [last, first];
      },
      { signal: stop.signal },
    );
    const [, fd] = await chain;
    closeSync(fd);
    const letGo = holdBack(ring);
    const waiting = ring.chain(() => [ring.ops.pipe({}), ring.ops.nop()], { timeout: 5 });
    const error = await resultsOf(waiting);
    expect(error.code).toBe('ETIME');
    expect(error.results).toBeUndefined();
    await letGo();
  });
});
