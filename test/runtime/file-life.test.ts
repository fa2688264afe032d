/** A file through its life on the ring: created, written, synced, read back, measured and closed. */
import { constants, existsSync, promises, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

const { O_CREAT, O_RDWR, O_TRUNC, O_RDONLY } = constants;

describe.each(ENCODERS)('files, %s encoder', (encoder) => {
  test('openat creates, write writes, fsync syncs, read reads back, close closes', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'life.txt');
    const fd = await ops.openat({ path, flags: O_CREAT | O_RDWR | O_TRUNC, mode: 0o640 });
    expect(fd).toBeGreaterThan(2);

    const text = Buffer.from('what the kernel reads, the kernel writes\n');
    await expect(ops.write({ fd, buffer: text, offset: 0 })).resolves.toBe(text.byteLength);
    await expect(ops.fsync({ fd })).resolves.toBeUndefined();
    const back = Buffer.alloc(100);
    await expect(ops.read({ fd, buffer: back, offset: 0 })).resolves.toBe(text.byteLength);
    expect(back.subarray(0, text.byteLength)).toEqual(text);
    expect(back.subarray(text.byteLength).every((byte) => byte === 0)).toBe(true);
    await expect(ops.read({ fd, buffer: back, offset: text.byteLength })).resolves.toBe(0);

    await expect(ops.close({ fd })).resolves.toBeUndefined();
    expect(existsSync(`/proc/self/fd/${fd}`)).toBe(false);
    expect(readFileSync(path)).toEqual(text);
    expect((await promises.stat(path)).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  test('without an offset the file position is used and moved', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'position.txt');
    const fd = await ops.openat({ path, flags: O_CREAT | O_RDWR });
    await ops.write({ fd, buffer: Buffer.from('one') });
    await ops.write({ fd, buffer: Buffer.from('two') });
    expect(readFileSync(path, 'utf8')).toBe('onetwo');
    await ops.close({ fd });
  });

  test('offsets beyond 2^32 reach the right place, as numbers and as bigints', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'sparse');
    const fd = await ops.openat({ path, flags: O_CREAT | O_RDWR });
    const far = 2 ** 33 + 4097;
    await ops.write({ fd, buffer: Buffer.from('number'), offset: far });
    await ops.write({ fd, buffer: Buffer.from('bigint'), offset: BigInt(far) + 6n });

    const back = Buffer.alloc(12);
    await expect(ops.read({ fd, buffer: back, offset: BigInt(far) })).resolves.toBe(12);
    expect(back.toString()).toBe('numberbigint');
    const size = (await promises.stat(path, { bigint: true })).size;
    expect(size).toBe(BigInt(far) + 12n);
    await expect(ops.statx({ path })).resolves.toMatchObject({ stxSize: size });
    await ops.close({ fd });
  });

  test('statx says what fs.stat says', async () => {
    const { ops } = openRing({ encoder });
    const path = join(temporaryFolder(), 'measured');
    await promises.writeFile(path, Buffer.alloc(12_345, 7), { mode: 0o600 });
    await promises.utimes(path, 1_000_000_000.5, 1_234_567_890.25);
    const node = await promises.stat(path, { bigint: true });
    const record = await ops.statx({ path });

    expect(record.stxSize).toBe(node.size);
    expect(record.stxIno).toBe(node.ino);
    expect(record.stxBlocks).toBe(node.blocks);
    expect(BigInt(record.stxMode)).toBe(node.mode);
    expect(BigInt(record.stxNlink)).toBe(node.nlink);
    expect(BigInt(record.stxUid)).toBe(node.uid);
    expect(BigInt(record.stxGid)).toBe(node.gid);
    expect(record.stxMtime.tvSec * 1_000_000_000n + BigInt(record.stxMtime.tvNsec)).toBe(node.mtimeNs);
    expect(record.stxAtime.tvSec * 1_000_000_000n + BigInt(record.stxAtime.tvNsec)).toBe(node.atimeNs);
  });

  test('many files at once keep their contents apart', async () => {
    const { ops } = openRing({ encoder, entries: 16 });
    const folder = temporaryFolder();
    const one = async (index: number): Promise<void> => {
      const path = join(folder, `file-${index}`);
      const fd = await ops.openat({ path, flags: O_CREAT | O_RDWR });
      await ops.write({ fd, buffer: Buffer.from(`contents of ${index}`), offset: 0 });
      await ops.close({ fd });
      const again = await ops.openat({ path, flags: O_RDONLY });
      const back = Buffer.alloc(64);
      const count = await ops.read({ fd: again, buffer: back, offset: 0 });
      expect(back.toString('utf8', 0, count)).toBe(`contents of ${index}`);
      await ops.close({ fd: again });
    };
    await Promise.all(Array.from({ length: 200 }, (_, index) => one(index)));
  });
});
