/**
 * Proves that a file's handle does what the operations do, to the same memory; that opening takes typed options, leaves
 * nothing behind when it is aborted, and that closing happens once, after what is in flight.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

const CREATED = constants.O_CREAT | constants.O_RDWR;
const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe.each(ENCODERS)('file handles, %s encoder', (encoder) => {
  test('read and write at positions and at the file’s own, from and into memory of both kinds', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    await using file = await ring.open(path, { flags: CREATED, mode: 0o600 });
    expect(fstatSync(file.fd).mode & 0o777).toBe(0o600);
    await expect(file.write(Buffer.from('one '))).resolves.toBe(4);
    await expect(file.writev([Buffer.from('two '), Buffer.from('three')])).resolves.toBe(9);
    expect(readFileSync(path, 'utf8')).toBe('one two three');
    const owned = ring.alloc(3);
    await expect(file.read(owned, { position: 4 })).resolves.toBe(3);
    expect(owned.bytes.toString()).toBe('two');
    const [first, second] = [Buffer.alloc(4), Buffer.alloc(100)];
    // Short: the file ends.
    await expect(file.readv([first, second], { position: 4n })).resolves.toBe(9);
    expect([first.toString(), second.toString('utf8', 0, 5)]).toEqual(['two ', 'three']);
    await expect(file.read(first, { position: 13 })).resolves.toBe(0);
    const flags = 0x4000_0000 as number;
    const unknown = file.read(Buffer.alloc(1), { flags });
    await expect(unknown).rejects.toThrow(/read: flags takes ReadWriteFlags/);
  });

  test('have the file’s other operations', async () => {
    const ring = openRing({ encoder });
    await using file = await ring.open(join(temporaryFolder(), 'file'), { flags: CREATED });
    await file.write(Buffer.from('12345'));
    await file.sync();
    await file.datasync();
    await file.truncate(3);
    expect((await file.stat()).stxSize).toBe(3n);
    await file.truncate();
    expect((await file.stat({ mask: constants.STATX_SIZE })).stxSize).toBe(0n);
    await file.allocate(0, 8192);
    expect((await file.stat()).stxSize).toBe(8192n);
    await file.advise(constants.POSIX_FADV_SEQUENTIAL, { offset: 0, length: 4096 });
    await using pipe = ring.adopt((await ring.ops.pipe())[0]);
    await expect(pipe.read(Buffer.alloc(1), { timeout: 5 })).rejects.toMatchObject({ code: 'ETIME' });
    await expect(pipe.read(Buffer.alloc(1), { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('are opened by path, bytes or URL, from a directory’s handle, and within limits', async () => {
    const ring = openRing({ encoder });
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'inner'));
    symlinkSync('/etc/hostname', join(folder, 'inner', 'away'));
    await using directory = await ring.open(folder, { flags: constants.O_DIRECTORY });
    await using inner = await ring.open(Buffer.from('inner'), { dirfd: directory });
    expect((await inner.stat()).stxIno).toBe(BigInt(fstatSync(inner.fd).ino));
    await using created = await ring.open('new', {
      dirfd: inner,
      flags: CREATED,
      mode: 0o640,
      resolve: constants.RESOLVE_BENEATH,
    });
    expect(fstatSync(created.fd).mode & 0o777).toBe(0o640);
    await using read = await ring.open('new', { dirfd: inner, resolve: constants.RESOLVE_BENEATH });
    await using again = await ring.open(pathToFileURL(join(folder, 'inner', 'new')));
    expect(fstatSync(again.fd).ino).toBe(fstatSync(read.fd).ino);
    const leading = ring.open('away', { dirfd: inner, resolve: constants.RESOLVE_BENEATH });
    await expect(leading).rejects.toMatchObject({ code: 'EXDEV', op: 'IORING_OP_OPENAT2' });
    await expect(ring.open(join(folder, 'none'))).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'openat',
    });
  });

  test('do not come of an aborted open, and leave no descriptor', async () => {
    const ring = openRing({ encoder });
    const before = descriptors();
    for (let round = 0; round < 100; round += 1) {
      const stop = new AbortController();
      const opening = ring.open('/dev/null', { signal: stop.signal });
      stop.abort();
      await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(descriptors()).toBe(before);
    expect(ring.statistics).toMatchObject({ openHandles: 0, lostHandles: 0 });
  });

  test('close once, whatever the kernel says of it', async () => {
    const ring = openRing({ encoder });
    const file = await ring.open('/dev/null');
    const { fd } = file;
    closeSync(fd);
    const closing = file.close();
    expect(file.close()).toBe(closing);
    await expect(closing).rejects.toMatchObject({ code: 'EBADF', syscall: 'close' });
    const taken = openSync('/dev/zero', 'r');
    expect(taken).toBe(fd);
    expect(file.close()).toBe(closing);
    await ring.ops.nop();
    expect(fstatSync(taken).isCharacterDevice()).toBe(true);
    expect([file.closed, file.fd]).toEqual([true, -1]);
    closeSync(taken);
  });

  test('may be many', async () => {
    const ring = openRing({ encoder, entries: 8, cqEntries: 16 });
    const before = descriptors();
    const files = await Promise.all(Array.from({ length: 300 }, () => ring.open('/dev/zero')));
    expect(new Set(files.map(({ fd }) => fd)).size).toBe(300);
    expect(ring.statistics.openHandles).toBe(300);
    const reads = files.map((file) => file.read(Buffer.alloc(16)));
    const closing = files.map((file) => file.close());
    const outcome = await Promise.allSettled(reads);
    expect(outcome.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    await Promise.all(closing);
    expect(ring.statistics.openHandles).toBe(0);
    expect(descriptors()).toBe(before);
  });

  test('take members of a chain, and refuse to be closed by number', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    await using file = await ring.open(path, { flags: CREATED });
    const [written] = await ring.chain(() => [file.write(Buffer.from('abc')), file.sync(), file.truncate(1)]);
    expect([written, readFileSync(path, 'utf8')]).toEqual([3, 'a']);
    const table = ring.registerFiles([file]);
    for (const fd of [file, table.descriptor(0)]) {
      const closing = ring.ops.close({ fd: fd as unknown as number });
      await expect(closing).rejects.toThrow('have a close() of their own');
    }
    expect(() => ring.adopt(9999)).toThrow('EBADF');
    expect(() => ring.adopt(file.fd)).toThrow('has a handle already');
  });
});
