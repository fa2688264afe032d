/** Failures look like Node's own: code, negative errno, syscall; and say which operation it was. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { Ring, RingError } from '../../generated/index.js';
import { ENCODERS, openRing } from '../support/rings.js';

describe.each(ENCODERS)('errors, %s encoder', (encoder) => {
  test('carry what fs errors carry, and the operation', async () => {
    const { ops } = openRing({ encoder });
    const error = await ops.openat({ path: '/does/not/exist' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RingError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'ENOENT',
      errno: -constants.errno.ENOENT,
      syscall: 'openat',
      op: 'IORING_OP_OPENAT',
      message: expect.stringMatching(/^ENOENT: no such file or directory, openat/),
    });
    let own: unknown;
    try {
      readFileSync('/does/not/exist');
    } catch (reason) {
      own = reason;
    }
    const { code, errno } = own as { code: string; errno: number };
    expect(error).toMatchObject({ code, errno });
  });

  test('of a bad descriptor', async () => {
    const { ops } = openRing({ encoder });
    const refusal = { code: 'EBADF', errno: -constants.errno.EBADF };
    await expect(ops.read({ fd: 999_999, buffer: Buffer.alloc(1) })).rejects.toMatchObject(refusal);
    await expect(ops.write({ fd: 999_999, buffer: Buffer.alloc(1) })).rejects.toMatchObject(refusal);
    await expect(ops.close({ fd: 999_999 })).rejects.toMatchObject({ ...refusal, syscall: 'close' });
  });

  test('of one operation leave the others alone', async () => {
    const { ops } = openRing({ encoder });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        index % 3 === 0 ? ops.read({ fd: 999_999, buffer: Buffer.alloc(1) }) : ops.nop(),
      ),
    );
    expect(results.map(({ status }) => status === 'rejected')).toEqual(
      Array.from({ length: 100 }, (_, index) => index % 3 === 0),
    );
  });
});

describe('a ring that cannot be opened', () => {
  test.each([
    [{ entries: 0 }, RangeError],
    [{ entries: 2.5 }, RangeError],
    [{ entries: 1e9 }, RangeError],
    [{ cqEntries: -1 }, RangeError],
    [{ encoder: 'magic' as 'native' }, TypeError],
    [{ sqpoll: { idleMs: -1 } }, RangeError],
    [{ sqpoll: { idleMs: 1.5 } }, RangeError],
  ])('%j is refused', (options, kind) => {
    expect(() => new Ring(options)).toThrow(kind);
  });
});
