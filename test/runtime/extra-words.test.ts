/**
 * The two more words of a completion of 32 bytes reach whoever asked for them, at both levels: with the result, with each
 * completion before the last, and of the right completion where sizes are mixed and the queue wraps.
 */
import { createSocket } from 'node:dgram';
import { describe, expect, test } from 'vitest';
import { NopFlags } from '../../generated/abi/index.js';
import { operations, type Ring, type RingOptions } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing } from '../support/rings.js';

const [AF_INET, SOCK_DGRAM] = [2, 2];
const [SIOCINQ, SETSOCKOPT, TX_TIMESTAMP] = [0, 3, 4];
const [SOL_SOCKET, SO_TIMESTAMPING] = [1, 37];
/** SOF_TIMESTAMPING_*: TX_SOFTWARE, SOFTWARE, OPT_ID (so that each stamp says which datagram it is of) and OPT_TSONLY. */
const STAMPS = 2 | 16 | 128 | 2048;

const NONE = [0n, 0n];
const MOST = 2n ** 64n - 1n;
/** Chance by a rule, so that a failure can be had again. */
const isLarge = (index: number): boolean => ((index * 2_654_435_761) >>> 16) % 3 === 0;
const words = (index: number): [bigint, bigint] => [(BigInt(index) << 33n) + 1n, MOST - BigInt(index)];
const nop = (index: number) => ({
  flags: NopFlags.INJECT_RESULT | (isLarge(index) ? NopFlags.CQE32 : 0),
  result: index,
  ...(isLarge(index) ? { extra1: words(index)[0], extra2: words(index)[1] } : {}),
});
const expected = (index: number) => (isLarge(index) ? words(index) : NONE);

const LARGE = [
  ['all large', true, 'IORING_SETUP_CQE32'],
  ['of both sizes', 'mixed', 'IORING_SETUP_CQE_MIXED'],
] as const;

/** A ring whose NOPs can give words, or undefined with the reason printed. */
function ringWith(options: RingOptions, setup: (typeof LARGE)[number][2]): Ring | string {
  const { encoder } = options;
  const small = openRing(encoder === undefined ? {} : { encoder });
  if (small.supports(setup) !== true) return `no ${setup}`;
  return small.supports('IORING_NOP_CQE32') === false ? 'no IORING_NOP_CQE32' : openRing(options);
}

describe.each(ENCODERS)('%s encoder', (encoder) => {
  describe.each(LARGE)('completions %s', (_name, cqe32, setup) => {
    const options = { encoder, entries: 16, cqEntries: 32, cqe32 } as const;

    test('come with the result, each with its own', async (context) => {
      const ring = ringWith(options, setup);
      if (typeof ring === 'string') return context.skip(ring);
      const many = Array.from({ length: 3000 }, (_, index) => index);
      const results = await Promise.all(many.map((index) => ring.ops.nop(nop(index), { extra: true })));
      expect(results).toEqual(many.map((index) => ({ result: index, extra: expected(index) })));
      // Who does not ask gets the result alone.
      await expect(ring.ops.nop(nop(3))).resolves.toBe(3);
    });

    test('come with operations that are linked, watched or raw', async (context) => {
      const ring = ringWith(options, setup);
      if (typeof ring === 'string') return context.skip(ring);
      const give = { flags: NopFlags.CQE32, extra1: 5, extra2: MOST };
      const given = { result: 0, extra: [5n, MOST] };
      const { signal } = new AbortController();
      await expect(ring.ops.nop(give, { extra: true, signal, timeout: 60_000 })).resolves.toEqual(given);
      const members = await ring.chain(() => [ring.ops.nop(), ring.ops.nop(give, { extra: true })]);
      expect(members).toEqual([0, given]);
      const raw = { opcode: operations.nop.opcode, nopFlags: NopFlags.CQE32, off: 5, addr: MOST };
      await expect(ring.submitRaw(raw, { extra: true })).resolves.toEqual(given);
      await expect(ring.start(operations.nop, give, { extra: true })).resolves.toEqual(given);
    });

    test('are told of each completion at the synchronous level', (context) => {
      const ring = ringWith(options, setup);
      if (typeof ring === 'string') return context.skip(ring);
      const sync = openSyncRing(options);
      const seen: number[] = [];
      for (let pushed = 0; seen.length < 1000; ) {
        while (
          pushed < 1000 &&
          sync.inFlight < 15 &&
          sync.push(operations.nop, { ...nop(pushed), userData: pushed })
        ) {
          pushed += 1;
        }
        sync.wait(1);
        sync.drain(({ userData, extra }) => {
          expect(extra).toEqual(expected(userData));
          seen.push(userData);
        }, 5);
      }
      expect(new Set(seen).size).toBe(1000);
    });

    test('come before the last completion too: when each datagram was sent', async (context) => {
      const ring = ringWith(options, setup);
      if (typeof ring === 'string') return context.skip(ring);
      const receiver = createSocket('udp4');
      await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
      const fd = await ring.ops.socket({ domain: AF_INET, type: SOCK_DGRAM, protocol: 0 });
      try {
        const value = ring.alloc(4);
        value.bytes.writeInt32LE(STAMPS);
        value.toKernel();
        const option = { level: SOL_SOCKET, optname: SO_TIMESTAMPING, optval: value, optlen: 4 };
        await ring.ops.uringCmd({ fd, cmdOp: SETSOCKOPT, ...option });
        await ring.ops.connect({ fd, address: { host: '127.0.0.1', port: receiver.address().port } });

        const stamps: { key: number; extra: readonly [bigint, bigint] }[] = [];
        let enough = (): void => undefined;
        const came = new Promise<void>((resolve) => {
          enough = resolve;
        });
        const onMore = (key: number, _flags: number, extra: readonly [bigint, bigint]): void => {
          stamps.push({ key, extra });
          if (stamps.length === 3) enough();
        };
        const stamping = ring.ops.uringCmd({ fd, cmdOp: TX_TIMESTAMP }, { extra: true, onMore });
        const refused = stamping.then(
          () => 'ended',
          ({ code }) => String(code),
        );
        for (const text of ['one', 'two', 'three']) {
          await ring.ops.send({ fd, buffer: Buffer.from(text) });
        }
        const ended = await Promise.race([came, refused]);
        if (ended === 'EOPNOTSUPP') return context.skip('no SOCKET_URING_OP_TX_TIMESTAMP');
        expect(ended).toBeUndefined();
        await ring.cancel({ op: stamping });
        expect(await refused).toBe('ECANCELED');
        expect(stamps.map(({ key }) => key)).toEqual([0, 1, 2]);
        for (const { extra } of stamps) {
          const ms = Number(extra[0]) * 1000 + Number(extra[1]) / 1e6;
          expect(Math.abs(ms - Date.now())).toBeLessThan(60_000);
        }
      } finally {
        receiver.close();
        await ring.ops.close({ fd });
      }
    });
  });

  test('are refused by a ring of small completions, before anything is submitted', async () => {
    const ring = openRing({ encoder });
    const refused = { code: 'ERR_RING_CQE_SIZE', op: 'IORING_OP_NOP' };
    await expect(ring.ops.nop({}, { extra: true })).rejects.toMatchObject(refused);
    await expect(ring.ops.nop({}, { extra: false })).resolves.toBe(0);
    expect(ring.statistics.enters).toBe(1);
  });

  test('are zeros in a small completion at the synchronous level', () => {
    const ring = openSyncRing({ encoder });
    ring.push(operations.uringCmd, { fd: 0, cmdOp: SIOCINQ });
    ring.push(operations.nop, { userData: MOST >> 9n });
    ring.wait(2);
    const seen: (readonly [bigint, bigint])[] = [];
    ring.drain(({ extra }) => seen.push(extra));
    expect(seen).toEqual([NONE, NONE]);
  });
});
