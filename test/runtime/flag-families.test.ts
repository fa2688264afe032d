/**
 * Proves that flags of another family are refused where programs give them (operations, streams, the synchronous level),
 * through both encoders; that families which overlap go on working; and that bits of a newer kernel have a way through.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AT_RENAME_NOREPLACE, EPOLLET, EPOLLIN, O_RDWR, POLLIN } from '../../generated/abi/index.js';
import { type DirectDescriptor, operations, SyncRing } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

/** What TypeScript has lost the family of. */
const number = (value: number): number => value;
const ALL_WAIT = 0x40000000; // __WALL, which the headers name for themselves only
const ASYNC = 0o20000; // O_ASYNC, which is FASYNC in the headers

describe.each(ENCODERS)('flags of another family, %s encoder', (encoder) => {
  test.each([
    ['fsync', 'flags', 'FsyncFlags', { fd: 0, flags: number(O_RDWR | POLLIN) }],
    ['renameat', 'flags', 'RenameFlags', { oldPath: 'a', newPath: 'b', flags: number(77) }],
    ['nop', 'flags', 'NopFlags', { flags: number(64) }],
    ['nop', 'sqeFlags', 'IosqeFlags', { sqeFlags: number(128) }],
    ['openat', 'flags', 'OpenFlags', { path: 'x', flags: number(-1) }],
    ['socket', 'type', 'SocketType', { domain: 2, type: number(0x4000) }],
    ['pollAdd', 'events', 'PollEvents', { fd: 0, events: number(0x10000 | POLLIN) }],
  ] as const)('%s: %s', async (name, argument, family, args) => {
    const ring = openRing({ encoder });
    const start = (ring.ops as unknown as Record<string, (args: object) => Promise<unknown>>)[name]!;
    const outcome = await start.call(ring.ops, args).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    expect((outcome as Error).message).toMatch(new RegExp(`${name}: ${argument} takes ${family}.*submitRaw`));
  });

  test('a stream refuses them too', () => {
    const ring = openRing({ encoder });
    expect(() => ring.multishot.poll({ fd: 0, events: number(0x10000) })).toThrow(/PollEvents/);
    expect(() => ring.multishot.timeout({ every: 1, flags: number(0x4000) })).toThrow(/TimeoutFlags/);
  });

  test('what overlaps goes on working', async () => {
    const ring = openRing({ encoder });
    const folder = mkdtempSync(join(tmpdir(), 'families-'));
    for (const name of ['a', 'b']) writeFileSync(join(folder, name), name);
    const [oldPath, newPath] = [join(folder, 'a'), join(folder, 'b')];
    const rename = ring.ops.renameat({ oldPath, newPath, flags: AT_RENAME_NOREPLACE });
    await expect(rename).rejects.toMatchObject({ code: 'EEXIST' });
    closeSync(await ring.ops.openat({ path: oldPath, flags: number(ASYNC) }));
    const options = number(4 | ALL_WAIT | 1);
    await expect(ring.ops.waitid({ which: 1, id: 2 ** 22 + 1, options })).rejects.toMatchObject({
      code: 'ECHILD',
    });
    const { near, far } = await socketPair();
    const ready = ring.ops.pollAdd({ fd: near, events: number(EPOLLIN | EPOLLET) });
    await ring.ops.send({ fd: far, buffer: Buffer.from('x') });
    expect((await ready) & POLLIN).toBe(POLLIN);
    rmSync(folder, { recursive: true });
  });

  test('bits of a newer kernel go to the kernel by submitRaw', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/etc/hostname', 'r');
    const { opcode } = operations.fsync;
    const raw = ring.submitRaw({ opcode, fd, fsyncFlags: 0x40000000 });
    await expect(raw).rejects.toMatchObject({ code: 'EINVAL', errno: -22 });
    closeSync(fd);
  });

  test('a number is no direct descriptor', async () => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.fixedFdInstall)) return;
    const three = 3 as unknown as DirectDescriptor;
    await expect(ring.ops.fixedFdInstall({ fd: three })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringMatching(/fd must be a DirectDescriptor, e.g. ring.files.descriptor\(slot\)/),
    });
  });
});

test('the synchronous level refuses them before anything is pushed', () => {
  const ring = new SyncRing();
  expect(() => ring.push(operations.fsync, { fd: 0, flags: number(6) })).toThrow(/FsyncFlags/);
  expect(ring.push(operations.nop, {})).toBe(true);
  expect(ring.wait(1)).toBe(1);
  ring.close();
});
