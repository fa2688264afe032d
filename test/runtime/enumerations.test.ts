/**
 * Proves that an argument of which exactly one value is given refuses every other value before anything is submitted, at
 * every level and through both encoders; that flags inside records are checked as flags of arguments are; that integers
 * may be bigints wherever they fit; and that a value of a newer kernel has a way through.
 */
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  AF_INET,
  AT_STATX_DONT_SYNC,
  AT_STATX_FORCE_SYNC,
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_RDWR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../../generated/abi/index.js';
import { operations, SyncRing } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

/** What TypeScript has lost the family of. */
const number = (value: number): number => value;
type Start = (args: object) => Promise<unknown>;

describe.each(ENCODERS)('one of several values, %s encoder', (encoder) => {
  const started = (name: string, args: object): Promise<unknown> => {
    const { ops } = openRing({ encoder });
    return (ops as unknown as Record<string, Start>)[name]!.call(ops, args).catch((error: unknown) => error);
  };

  test.each([
    ['shutdown', 'how', { fd: 0, how: number(3) }],
    ['fadvise', 'advice', { fd: 0, offset: 0, length: 0, advice: number(6) }],
    ['madvise', 'advice', { advice: number(5) }],
    ['epollCtl', 'op', { epfd: 0, fd: 0, op: number(0) }],
    ['socket', 'domain', { domain: number(47), type: SOCK_STREAM }],
    ['socket', 'type', { domain: AF_INET, type: number(7) }],
    ['socket', 'type', { domain: AF_INET, type: number(SOCK_NONBLOCK) }],
    ['accept', 'flags', { fd: 0, flags: number(SOCK_STREAM) }],
    ['asyncCancel', 'opcode', { opcode: number(100), flags: 64 }],
    ['fallocate', 'mode', { fd: 0, length: 1, mode: FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_PUNCH_HOLE }],
    ['statx', 'flags', { path: 'x', mask: 1, flags: AT_STATX_DONT_SYNC | AT_STATX_FORCE_SYNC }],
  ] as const)('%s: %s refuses what is none', async (name, argument, args) => {
    const extra = name === 'madvise' ? { buffer: openRing().alloc(4096) } : {};
    const outcome = await started(name, {
      ...args,
      ...extra,
      ...(name === 'asyncCancel' ? { flags: 0 } : {}),
    });
    expect(outcome).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    expect((outcome as Error).message).toMatch(new RegExp(`${name}: ${argument} .*submitRaw`));
  });

  test('values of it go on working, with flags beside them', async () => {
    const ring = openRing({ encoder });
    const folder = mkdtempSync(join(tmpdir(), 'enumerations-'));
    const fd = openSync(join(folder, 'a'), 'w+');
    await ring.ops.fallocate({ fd, length: 8192, mode: number(0) });
    await ring.ops.fallocate({ fd, length: 4096, mode: FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE });
    await ring.ops.fadvise({ fd, length: 0, advice: 5 });
    await ring.ops.statx({ path: folder, mask: 1, flags: AT_STATX_DONT_SYNC });
    const made = await ring.ops.socket({ domain: AF_INET, type: SOCK_STREAM | SOCK_NONBLOCK });
    closeSync(made);
    // Asks for neither reading nor writing; Linux has a meaning for it.
    closeSync(await ring.ops.openat({ path: join(folder, 'a'), flags: number(3) }));
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  test('a value that only a newer kernel knows goes through submitRaw', async () => {
    const ring = openRing({ encoder });
    const { near } = await socketPair();
    const raw = ring.submitRaw({ opcode: operations.shutdown.opcode, fd: near, len: 3 });
    await expect(raw).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test.each([
    ['flags', { flags: 2 ** 40 }, /how\.flags takes OpenFlags .*0x10000000000/],
    ['flags', { flags: BigInt(O_RDWR) | 0x10000000n }, /how\.flags takes OpenFlags .*0x10000000/],
    ['resolve', { resolve: 64 }, /how\.resolve takes ResolveFlags \(RESOLVE_.*0x40/],
    ['resolve', { resolve: -1 }, /how\.resolve takes ResolveFlags/],
    ['mode', { flags: O_RDWR, mode: 0o10000 }, /how\.mode takes the permissions up to 0o7777/],
  ])('openat2 checks how.%s', async (_member, how, message) => {
    const outcome = await started('openat2', { path: '/etc/hostname', how });
    expect(outcome).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    expect((outcome as Error).message).toMatch(message);
  });

  test('other records of flags are checked as well', async () => {
    const { ops } = openRing({ encoder });
    const event = { events: number(0x10000), data: 1 };
    await expect(ops.epollCtl({ epfd: 0, fd: 0, op: 1, event })).rejects.toThrow(/event\.events takes Epoll/);
  });

  test('an integer may be a bigint where it fits, and is refused where it does not', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/etc/hostname', 'r');
    const big = (value: bigint): number => value as unknown as number;
    const buffer = ring.alloc(8);
    expect(await ring.ops.read({ fd, buffer, ioprio: big(0n), flags: big(0n), offset: 0n })).toBeGreaterThan(
      0,
    );
    await ring.ops.nop({ sqeFlags: big(16n), flags: big(0n) });
    expect(await ring.ops.read({ fd: big(BigInt(fd)), buffer, offset: 0 })).toBeGreaterThan(0);
    closeSync(
      await ring.ops.openat({ path: '/etc/hostname', flags: big(0n), mode: big(0n), fileSlot: big(0n) }),
    );
    for (const args of [
      { fd, buffer, ioprio: big(65_536n) },
      { fd, buffer, ioprio: big(-1n) },
      { fd, buffer, flags: big(2n ** 40n) },
      { fd, buffer, flags: big(512n) },
      { fd: big(2n ** 32n), buffer },
    ])
      await expect(ring.ops.read(args)).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    closeSync(fd);
  });

  test('the synchronous level does the same', () => {
    const ring = new SyncRing({ encoder });
    expect(() => ring.push(operations.shutdown, { fd: 0, how: number(3) })).toThrow(/shutdown: how /);
    expect(() => ring.push(operations.fadvise, { fd: 0, length: 0, advice: number(7) })).toThrow(/advice /);
    const big = { fd: 0n as unknown as number, how: 3n as unknown as number };
    expect(() => ring.push(operations.shutdown, big)).toThrow(/shutdown: how /);
    expect(ring.push(operations.nop, { flags: 0n as unknown as number })).toBe(true);
    expect(ring.wait(1)).toBe(1);
    ring.close();
  });
});

test('handles refuse them at the call', async () => {
  const ring = openRing();
  const { near, far } = await socketPair();
  const socket = ring.adopt(near, 'socket');
  await expect(socket.shutdown(number(3))).rejects.toThrow(
    /shutdown: how must have one value of ShutdownHow/,
  );
  await socket.close();
  closeSync(far);
  const file = await ring.open('/etc/hostname');
  await expect(file.advise(number(6))).rejects.toThrow(/advise: advice /);
  await expect(file.allocate(0, 1, { mode: number(10) })).rejects.toThrow(/mode /);
  await file.close();
  const address = { host: '127.0.0.1', port: 1 } as const;
  await expect(ring.connect(address, { type: number(7) })).rejects.toThrow(/type .*SocketType/);
});
