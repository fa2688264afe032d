/**
 * io_uring_register by the header's names: every opcode has its record or says why not, arguments come back as the
 * kernel left them, memory that it goes on using is kept, and refusals name the opcode.
 */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { IoUringRegisterOp } from '../../generated/abi/flags.js';
import type { IoUringProbe } from '../../generated/abi/layouts.js';
import { REGISTER_ARGUMENTS, type RegisterOpcode } from '../../runtime/resources/register-arguments.js';
import { ENCODERS, openRing, openSyncRing, socketPair } from '../support/rings.js';

const headerNames = Object.keys(IoUringRegisterOp)
  .filter((name) => !/^\d/.test(name) && !['LAST', 'USE_REGISTERED_RING'].includes(name))
  .map((name) => (name.startsWith('UNREGISTER_') ? `IORING_${name}` : `IORING_REGISTER_${name}`));

test('every opcode of the header has a row, and every row an opcode', () => {
  expect(Object.keys(REGISTER_ARGUMENTS).sort()).toEqual(headerNames.sort());
});

test('arguments are typed by their records', () => {
  const ring = openRing();
  const probed = ring.register('IORING_REGISTER_PROBE', {}, { count: 1 });
  expectTypeOf(probed.argument).toEqualTypeOf<IoUringProbe>();
  expect(probed.result).toBe(0);
  expectTypeOf<RegisterOpcode>().extract<'IORING_REGISTER_LAST'>().toBeNever();
  // @ts-expect-error: the record has no such member
  expect(() => ring.register('IORING_REGISTER_CLOCK', { clock: 1 })).toThrow('no member clock');
  // @ts-expect-error: no such opcode
  expect(() => ring.register('IORING_REGISTER_LAST')).toThrow('has no opcode');
});

describe.each(ENCODERS)('register, %s encoder', (encoder) => {
  test('returns the argument as the kernel left it', () => {
    const ring = openRing({ encoder });
    const { argument } = ring.register('IORING_REGISTER_PROBE', {}, { count: 64 });
    expect(argument.lastOp).toBeGreaterThan(20);
    expect(argument.ops.filter(({ flags }) => (flags & 1) !== 0)[0]).toMatchObject({ op: 0 });
    const workers = Uint32Array.of(3, 0);
    expect(ring.register('IORING_REGISTER_IOWQ_MAX_WORKERS', workers).argument).toBe(workers);
    expect(workers[0]).toBeGreaterThan(0);
    expect(ring.register('IORING_REGISTER_IOWQ_MAX_WORKERS', Uint32Array.of(0, 0)).argument[0]).toBe(3);
  });

  test('takes memory by itself, and keeps it as long as the ring', async () => {
    const ring = openRing({ encoder });
    const memory = ring.alloc(4096);
    const { result } = ring.register('IORING_REGISTER_BUFFERS', [{ iovBase: memory, iovLen: 4096 }]);
    expect(result).toBe(0);
    ring.register('IORING_UNREGISTER_BUFFERS');
    const { near } = await socketPair();
    const outcome = expect(ring.ops.recv({ fd: near, buffer: Buffer.alloc(1) })).rejects.toMatchObject({
      code: 'ECANCELED',
    });
    await ring.ops.nop();
    const cancelled = ring.register('IORING_REGISTER_SYNC_CANCEL', {
      fd: near,
      flags: 1 | 2,
      timeout: { tvSec: -1n, tvNsec: -1n },
    });
    expect(cancelled.result).toBeGreaterThanOrEqual(0);
    await outcome;
  });

  test('says which opcode the kernel refused', () => {
    const ring = openRing({ encoder });
    const refusal = { syscall: 'io_uring_register', name: 'RingError' };
    expect(() => ring.register('IORING_UNREGISTER_FILES')).toThrow(
      expect.objectContaining({ ...refusal, code: 'ENXIO', op: 'IORING_UNREGISTER_FILES' }),
    );
    expect(() => ring.register(63, new Uint8Array(16))).toThrow(
      expect.objectContaining({ ...refusal, code: 'EINVAL', op: 'register opcode 63' }),
    );
    expect(() => ring.register(2 ** 31)).toThrow('has no opcode');
  });

  test("leaves the ring's own calls to the ring", async () => {
    const ring = openRing({ encoder, taskWork: 'deferred' });
    expect(() => ring.register('IORING_REGISTER_ENABLE_RINGS')).toThrow('use ring.enable()');
    expect(() => ring.register('IORING_REGISTER_RESIZE_RINGS', {})).toThrow('use ring.resize()');
    expect(() => ring.register(IoUringRegisterOp.RESIZE_RINGS)).toThrow('use ring.resize()');
    if (ring.features.setup.includes('IORING_SETUP_DEFER_TASKRUN'))
      expect(() => ring.register('IORING_UNREGISTER_EVENTFD')).toThrow('event loop is woken');
    await expect(ring.ops.nop()).resolves.toBe(0);
    await ring.close();
    expect(() => ring.register('IORING_UNREGISTER_FILES')).toThrow('the ring is closed');
  });
});

test('the synchronous level has it as well', () => {
  const ring = openSyncRing();
  expect(ring.register('IORING_REGISTER_PROBE', {}, { count: 2 }).argument.ops).toHaveLength(2);
});
