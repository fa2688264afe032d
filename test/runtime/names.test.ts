/** Names: directories, links, renames and extended attributes made by the ring are what node:fs sees. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AccessFlags, RenameFlags, XattrFlags } from '../../generated/abi/index.js';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('names, %s encoder', (encoder) => {
  test('directories are made and removed, relative to a folder too', async () => {
    const { ops } = openRing({ encoder });
    const folder = temporaryFolder();
    const dirfd = openSync(folder, 'r');
    await expect(ops.mkdirat({ dirfd, path: 'made', mode: 0o750 })).resolves.toBeUndefined();
    const made = join(folder, 'made');
    expect(statSync(made).mode & 0o777).toBe(0o750);
    writeFileSync(join(made, 'file'), '');
    await expect(ops.unlinkat({ dirfd, path: 'made', flags: AccessFlags.REMOVEDIR })).rejects.toMatchObject({
      code: 'ENOTEMPTY',
      syscall: 'unlinkat',
      op: 'IORING_OP_UNLINKAT',
    });
    await ops.unlinkat({ path: join(made, 'file') });
    await ops.unlinkat({ dirfd, path: 'made', flags: AccessFlags.REMOVEDIR });
    expect(existsSync(made)).toBe(false);
    closeSync(dirfd);
  });

  test('a file is renamed, and with RENAME_NOREPLACE not over another', async () => {
    const { ops } = openRing({ encoder });
    const folder = temporaryFolder();
    const [oldPath, newPath, taken] = ['old', 'new', 'taken'].map((name) => join(folder, name));
    writeFileSync(oldPath!, 'contents');
    writeFileSync(taken!, '');
    await ops.renameat({ oldPath: oldPath!, newPath: newPath! });
    expect(readFileSync(newPath!, 'utf8')).toBe('contents');
    const over = { oldPath: newPath!, newPath: taken!, flags: RenameFlags.NOREPLACE };
    await expect(ops.renameat(over)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test('both folders of a rename may be given by descriptor', async () => {
    const { ops } = openRing({ encoder });
    const folder = temporaryFolder();
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'a', 'file'), 'moved');
    const [oldDirfd, newDirfd] = [openSync(join(folder, 'a'), 'r'), openSync(join(folder, 'b'), 'r')];
    await ops.renameat({ oldDirfd, oldPath: 'file', newDirfd, newPath: 'file' });
    expect(readFileSync(join(folder, 'b', 'file'), 'utf8')).toBe('moved');
    for (const fd of [oldDirfd, newDirfd]) closeSync(fd);
  });

  test('hard and symbolic links', async () => {
    const { ops } = openRing({ encoder });
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    await ops.linkat({ oldPath: file, newPath: join(folder, 'hard') });
    expect(statSync(join(folder, 'hard')).ino).toBe(statSync(file).ino);
    await ops.symlinkat({ target: 'file', path: join(folder, 'soft') });
    expect(readlinkSync(join(folder, 'soft'))).toBe('file');
  });

  test('extended attributes are set, read, measured, and refused', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.setxattr)) return context.skip('the kernel has no IORING_OP_SETXATTR');
    const { ops } = ring;
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    const name = 'user.ringsmith';
    const set = ops.setxattr({ path, name, value: Buffer.from('forged') });
    const refused = await set.then(() => undefined).catch((error: { code: string }) => error.code);
    if (refused === 'EOPNOTSUPP') return context.skip('the file system has no extended attributes');
    expect(refused).toBeUndefined();
    const value = Buffer.alloc(16);
    await expect(ops.getxattr({ path, name, value })).resolves.toBe(6);
    expect(value.toString('utf8', 0, 6)).toBe('forged');
    await expect(ops.getxattr({ path, name })).resolves.toBe(6);

    const fd = openSync(path, 'r+');
    const create = { fd, name, value: Buffer.from('x'), flags: XattrFlags.CREATE };
    await expect(ops.fsetxattr(create)).rejects.toMatchObject({ code: 'EEXIST' });
    await ops.fsetxattr({ ...create, flags: XattrFlags.REPLACE });
    const own = ring.alloc(4);
    await expect(ops.fgetxattr({ fd, name, value: own })).resolves.toBe(1);
    expect(own.bytes.toString('utf8', 0, 1)).toBe('x');
    closeSync(fd);
  });
});
