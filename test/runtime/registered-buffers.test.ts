/**
 * Registered buffers: operations name them by their place, a buffer that is replaced serves the operations that began
 * on it to their end, and its memory is held until the kernel has let go.
 */
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import type { Ring } from '../../generated/index.js';
import type { FixedBuffer } from '../../runtime/resources/fixed-buffer.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const READ_FIXED = constants.IORING_OP_READ_FIXED;
const WRITE_FIXED = constants.IORING_OP_WRITE_FIXED;

const fixed = (ring: Ring, opcode: number, fd: number, buffer: FixedBuffer, off = 0): Promise<number> =>
  ring.submitRaw({ opcode, fd, addr: buffer, len: buffer.byteLength, off });

describe.each(ENCODERS)('registered buffers, %s encoder', (encoder) => {
  test('are written from and read into, whole and in part', async () => {
    const ring = openRing({ encoder });
    const [source, target] = [ring.alloc(4096), ring.alloc(4096)];
    source.bytes.write('registered memory');
    const table = ring.registerBuffers([source, undefined, target]);
    const file = join(temporaryFolder(), 'file');
    const fd = openSync(file, 'w+');
    await expect(fixed(ring, WRITE_FIXED, fd, table.buffer(0).subarray(0, 17))).resolves.toBe(17);
    expect(readFileSync(file, 'utf8')).toBe('registered memory');
    await expect(fixed(ring, READ_FIXED, fd, table.buffer(2).subarray(100, 110))).resolves.toBe(10);
    expect(target.bytes.toString('utf8', 100, 110)).toBe('registered');
    expect(() => table.buffer(1)).toThrow('place 1 of the table is empty');
    expect(() => table.buffer(3)).toThrow('places 0 to 2');
    await table.unregister();
  });

  test('are replaced under an operation that goes on with the old one', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerBuffers({ size: 4 });
    const old = table.update(2, ring.alloc(64));
    const { near, far } = await socketPair();
    const reading = fixed(ring, READ_FIXED, near, old);
    await ring.ops.nop();
    const next = table.update(2, ring.alloc(64));
    await ring.ops.nop();
    expect(table.releasing).toBe(1);
    expect([old.registered, next.registered]).toEqual([false, true]);
    await expect(fixed(ring, READ_FIXED, near, old)).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    await ring.ops.send({ fd: far, buffer: Buffer.from('for the old one') });
    await expect(reading).resolves.toBe(15);
    expect(old.bytes.toString('utf8', 0, 15)).toBe('for the old one');
    expect(next.bytes.every((byte) => byte === 0)).toBe(true);
    await ring.ops.nop();
    expect(table.releasing).toBe(0);
    await table.unregister();
  });

  test('are unregistered once the operations on them are over, and no others begin', async () => {
    const ring = openRing({ encoder });
    const table = ring.registerBuffers([ring.alloc(64)]);
    const buffer = table.buffer(0);
    const { near, far } = await socketPair();
    const reading = fixed(ring, READ_FIXED, near, buffer);
    await ring.ops.nop();
    let gone = false;
    const unregistering = table.unregister().then(() => {
      gone = true;
    });
    await expect(fixed(ring, READ_FIXED, near, buffer)).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    await ring.ops.nop();
    expect(gone).toBe(false);
    await ring.ops.send({ fd: far, buffer: Buffer.from('last') });
    await expect(reading).resolves.toBe(4);
    await unregistering;
    expect(ring.buffers).toBeUndefined();
    // The kernel has no table any more: a second one is accepted.
    await ring.registerBuffers([ring.alloc(64)]).unregister();
  });

  test('are sent without a copy by their place', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports('IORING_OP_SEND_ZC')) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const table = ring.registerBuffers([ring.alloc(64)]);
    const { near, far } = await socketPair();
    table.buffer(0).bytes.write('zero copy');
    const sent = ring.submitRaw({
      opcode: constants.IORING_OP_SEND_ZC,
      fd: near,
      addr: table.buffer(0),
      len: 9,
    });
    await expect(sent).resolves.toBe(9);
    const buffer = Buffer.alloc(9);
    await ring.ops.recv({ fd: far, buffer });
    expect(buffer.toString()).toBe('zero copy');
  });

  test("of another ring are refused, and one ring's can be another's by cloning", async (context) => {
    const [ring, other] = [openRing({ encoder }), openRing({ encoder })];
    const table = ring.registerBuffers([ring.alloc(64), undefined]);
    const { near, far } = await socketPair();
    const foreign = fixed(other, READ_FIXED, near, table.buffer(0));
    await expect(foreign).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    if (ring.supports('IORING_REGISTER_CLONE_BUFFERS') === false)
      return context.skip('the kernel has no IORING_REGISTER_CLONE_BUFFERS');
    const clone = other.cloneBuffers(table);
    await table.unregister();
    await ring.ops.send({ fd: far, buffer: Buffer.from('cloned') });
    await expect(fixed(other, READ_FIXED, near, clone.buffer(0))).resolves.toBe(6);
    expect(clone.buffer(0).bytes.toString('utf8', 0, 6)).toBe('cloned');
    await clone.unregister();
  });

  test('that the kernel refuses leave nothing behind', async () => {
    const ring = openRing({ encoder });
    expect(() => ring.registerBuffers([])).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        syscall: 'io_uring_register',
        op: 'IORING_REGISTER_BUFFERS2',
      }),
    );
    const table = ring.registerBuffers([ring.alloc(64)]);
    expect(() => ring.registerBuffers([ring.alloc(64)])).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    await table.unregister();
  });
});

test('a ring that closes with registered buffers under an operation ends both', async () => {
  const ring = openRing();
  const table = ring.registerBuffers([ring.alloc(64)]);
  const { near } = await socketPair();
  const reading = fixed(ring, READ_FIXED, near, table.buffer(0));
  const outcome = expect(reading).rejects.toMatchObject({ code: 'ECANCELED' });
  const unregistering = table.unregister();
  await ring.close();
  await outcome;
  await unregistering;
});
