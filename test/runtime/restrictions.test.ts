/** A restricted ring does what it was allowed before it was enabled, nothing else, and can be closed all the same. */
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

describe.each(ENCODERS)('restrictions, %s encoder', (encoder) => {
  test('refuse operations, flags and register calls that were not named', async () => {
    const ring = openRing({ encoder, disabled: true });
    ring.restrict({
      opcodes: [constants.IORING_OP_NOP, constants.IORING_OP_RECV],
      registers: ['IORING_REGISTER_IOWQ_MAX_WORKERS'],
      sqeFlagsAllowed: constants.IOSQE_ASYNC,
    });
    ring.enable();
    await expect(ring.ops.nop()).resolves.toBe(0);
    await expect(ring.ops.nop({ sqeFlags: constants.IOSQE_ASYNC })).resolves.toBe(0);
    await expect(ring.ops.openat({ path: '/dev/null' })).rejects.toMatchObject({ code: 'EACCES' });
    const flagged = ring.ops.nop({ sqeFlags: constants.IOSQE_FIXED_FILE });
    await expect(flagged).rejects.toMatchObject({ code: 'EACCES' });
    expect(ring.limitWorkers().bounded).toBeGreaterThan(0);
    expect(() => ring.registerFiles({ size: 1 })).toThrow(expect.objectContaining({ code: 'EACCES' }));
    expect(() => ring.restrict({})).toThrow(expect.objectContaining({ syscall: 'io_uring_register' }));
  });

  test('demand flags', async () => {
    const ring = openRing({ encoder, disabled: true });
    ring.restrict({
      opcodes: [constants.IORING_OP_NOP],
      sqeFlagsRequired: constants.IOSQE_ASYNC,
      sqeFlagsAllowed: constants.IOSQE_ASYNC,
    });
    ring.enable();
    await expect(ring.ops.nop()).rejects.toMatchObject({ code: 'EACCES' });
    await expect(ring.ops.nop({ sqeFlags: constants.IOSQE_ASYNC })).resolves.toBe(0);
  });

  test('leave closing possible, with operations in flight', async () => {
    const ring = new Ring({ encoder, disabled: true });
    ring.restrict({ opcodes: [constants.IORING_OP_RECV] });
    ring.enable();
    const { near } = await socketPair();
    const receiving = ring.ops.recv({ fd: near, buffer: Buffer.alloc(4) });
    const outcome = expect(receiving).rejects.toMatchObject({ code: 'ECANCELED' });
    await ring.close();
    await outcome;
  });
});
