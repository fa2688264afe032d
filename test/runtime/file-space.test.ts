/** The space of a file: reserved, cut, synced and advised about by the ring; and openat2, which says how paths resolve. */
import { closeSync, constants, openSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  FallocateMode,
  FileAdvice,
  MemoryAdvice,
  RESOLVE_NO_SYMLINKS,
  SyncRangeFlags,
} from '../../generated/abi/index.js';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('file space, %s encoder', (encoder) => {
  test('is reserved, and freed in the middle', async () => {
    const { ops } = openRing({ encoder });
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, Buffer.alloc(16_384, 'x'));
    const fd = openSync(file, 'r+');
    await ops.fallocate({ fd, offset: 16_384, length: 8192 });
    expect(statSync(file).size).toBe(24_576);
    const hole = FallocateMode.PUNCH_HOLE | FallocateMode.KEEP_SIZE;
    const punched = await ops
      .fallocate({ fd, mode: hole, offset: 4096, length: 4096 })
      .catch((error: { code: string }) => error.code);
    if (punched !== 'EOPNOTSUPP') expect(readFileSync(file)[4096]).toBe(0);
    expect(readFileSync(file)[0]).toBe(0x78);
    closeSync(fd);
  });

  test('is cut and extended, by a number or a bigint', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.ftruncate)) return context.skip('the kernel has no IORING_OP_FTRUNCATE');
    const file = join(temporaryFolder(), 'file');
    const fd = openSync(file, 'w');
    await ring.ops.ftruncate({ fd, length: 2 ** 33 });
    expect(statSync(file).size).toBe(2 ** 33);
    await ring.ops.ftruncate({ fd, length: 2n ** 34n });
    expect(statSync(file).size).toBe(2 ** 34);
    await ring.ops.ftruncate({ fd });
    expect(statSync(file).size).toBe(0);
    closeSync(fd);
  });

  test('is synced and advised about', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    await ops.write({ fd, buffer: Buffer.alloc(8192, 1), offset: 0 });
    const flags = SyncRangeFlags.WRITE | SyncRangeFlags.WAIT_AFTER;
    await expect(ops.syncFileRange({ fd, offset: 0, length: 8192, flags })).resolves.toBeUndefined();
    await expect(ops.fadvise({ fd, advice: FileAdvice.DONTNEED })).resolves.toBeUndefined();
    await expect(ops.fadvise({ fd, advice: 7 as number })).rejects.toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
    });

    const memory = ring.alloc(16_384);
    await expect(ops.madvise({ buffer: memory, advice: MemoryAdvice.WILLNEED })).resolves.toBeUndefined();
    const odd = { buffer: memory.subarray(1), advice: MemoryAdvice.WILLNEED };
    await expect(ops.madvise(odd)).rejects.toMatchObject({ code: 'EINVAL' });
    const foreign = { buffer: Buffer.alloc(4096) as never, advice: MemoryAdvice.WILLNEED };
    await expect(ops.madvise(foreign)).rejects.toThrow('madvise: buffer must be memory of ring.alloc()');
    closeSync(fd);
  });

  test('openat2 takes a record, and refuses what it says to refuse', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const folder = temporaryFolder();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    const flags = constants.O_CREAT | constants.O_RDWR;
    const fd = await ops.openat2({ path: file, how: { flags, mode: 0o600 } });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await ops.close({ fd });
    symlinkSync(file, link);
    const how = { flags: constants.O_RDONLY, resolve: RESOLVE_NO_SYMLINKS };
    await expect(ops.openat2({ path: link, how })).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(ops.openat2({ path: file, how: { flagz: 1 } as object })).rejects.toThrow(/no member flagz/);
    expect(ring.statistics.scratchInUse).toBe(0);
  });
});
