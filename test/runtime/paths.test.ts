/** Paths on their way to the kernel: relative to a folder, any name Linux allows, nothing it does not. */
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

const { O_CREAT, O_WRONLY, O_DIRECTORY } = constants;

describe.each(ENCODERS)('paths, %s encoder', (encoder) => {
  test('are relative to dirfd', async () => {
    const { ops } = openRing({ encoder });
    const folder = temporaryFolder();
    const dirfd = openSync(folder, O_DIRECTORY);
    const fd = await ops.openat({ dirfd, path: 'inside', flags: O_CREAT | O_WRONLY });
    await ops.write({ fd, buffer: Buffer.from('here') });
    await ops.close({ fd });
    closeSync(dirfd);
    expect(readFileSync(join(folder, 'inside'), 'utf8')).toBe('here');
  });

  test('may be non-ASCII text or any bytes', async () => {
    const { ops } = openRing({ encoder });
    const folder = temporaryFolder();
    const name = join(folder, 'grün – 環 – 💍');
    writeFileSync(name, 'x');
    await expect(ops.statx({ path: name })).resolves.toMatchObject({ stxSize: 1n });

    const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x80])]);
    writeFileSync(bytes, 'xx');
    await expect(ops.statx({ path: bytes })).resolves.toMatchObject({ stxSize: 2n });
  });

  test('may be as long as the kernel takes, and no longer', async () => {
    const { ops } = openRing({ encoder });
    let folder = temporaryFolder();
    while (folder.length < 3_800) {
      folder = join(folder, 'd'.repeat(200));
      mkdirSync(folder);
    }
    const path = join(folder, 'f'.repeat(4095 - folder.length - 1));
    expect(path.length).toBe(4095);
    const fd = await ops.openat({ path, flags: O_CREAT | O_WRONLY });
    await ops.close({ fd });
    expect(existsSync(path)).toBe(true);
    await expect(ops.openat({ path: `/${path}` })).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
    await expect(ops.openat({ path: `/${'long/'.repeat(500_000)}` })).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    });
  });

  test('with NUL bytes are refused, since the kernel would see another path', async () => {
    const ring = openRing({ encoder });
    const refusal = { name: 'TypeError', message: 'openat: path must not contain NUL bytes' };
    await expect(ring.ops.openat({ path: '/etc/passwd\0.png' })).rejects.toMatchObject(refusal);
    await expect(ring.ops.openat({ path: Buffer.from('/etc\0') })).rejects.toMatchObject(refusal);
    expect(ring.pending).toBe(0);
  });

  test('of other types are refused', async () => {
    const { ops } = openRing({ encoder });
    const refusal = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    await expect(ops.openat({ path: 7 as unknown as string })).rejects.toMatchObject(refusal);
    await expect(ops.openat({ path: undefined as unknown as string })).rejects.toMatchObject(refusal);
  });
});
