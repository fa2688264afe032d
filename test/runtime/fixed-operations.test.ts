/**
 * The operations on registered buffers by their names: the place in the ring's table comes from the memory itself, and
 * memory that is not registered with this ring is refused before anything is submitted.
 */
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RecvsendFlags } from '../../generated/abi/index.js';
import { operations, type Ring } from '../../generated/index.js';
import type { FixedBuffer } from '../../runtime/resources/fixed-buffer.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const { FIXED_BUF } = RecvsendFlags;

/** What a program without types can say, or one whose types are wrong. */
const untyped = (value: unknown): FixedBuffer => value as FixedBuffer;

const openFile = (): { fd: number; contents: () => string } => {
  const file = join(temporaryFolder(), 'file');
  return { fd: openSync(file, 'w+'), contents: () => readFileSync(file, 'utf8') };
};

const registered = (ring: Ring): { first: FixedBuffer; second: FixedBuffer } => {
  const table = ring.registerBuffers([ring.alloc(64), ring.alloc(64)]);
  return { first: table.buffer(0), second: table.buffer(1) };
};

describe.each(ENCODERS)('operations on registered buffers, %s encoder', (encoder) => {
  test('read and write the place that the memory lies in', async () => {
    const ring = openRing({ encoder });
    const { first, second } = registered(ring);
    first.bytes.write('..registered..');
    const { fd, contents } = openFile();
    const written = ring.ops.writeFixed({ fd, buffer: first.subarray(2, 12), offset: 0 });
    await expect(written).resolves.toBe(10);
    expect(contents()).toBe('registered');
    await expect(ring.ops.readFixed({ fd, buffer: second.subarray(1), offset: 0 })).resolves.toBe(10);
    expect(second.bytes.toString('utf8', 0, 12)).toBe('\0registered\0');
    expect(first.bytes.toString('utf8', 0, 14)).toBe('..registered..');
  });

  test('read and write several parts of one', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.readvFixed)) return context.skip('the kernel has no IORING_OP_READV_FIXED');
    const { first, second } = registered(ring);
    first.bytes.write('two parts');
    const { fd, contents } = openFile();
    const parts = [first.subarray(0, 3), first.subarray(4, 9)];
    await expect(ring.ops.writevFixed({ fd, buffers: parts, offset: 0 })).resolves.toBe(8);
    expect(contents()).toBe('twoparts');
    const room = [second.subarray(8, 9), second.subarray(0, 7)];
    await expect(ring.ops.readvFixed({ fd, buffers: room, offset: 0 })).resolves.toBe(8);
    expect(second.bytes.toString('utf8', 0, 9)).toBe('woparts\0t');
  });

  test('refuse parts of different buffers, and none', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.readvFixed)) return context.skip('the kernel has no IORING_OP_READV_FIXED');
    const { first, second } = registered(ring);
    for (const buffers of [[first, second], [first, untyped(ring.alloc(8))], []]) {
      await expect(ring.ops.writevFixed({ fd: 1, buffers })).rejects.toThrow(/writevFixed: buffers must be/);
    }
  });

  test('refuse other memory before anything is submitted', async () => {
    const ring = openRing({ encoder });
    const { first } = registered(ring);
    const other = openRing({ encoder });
    const refused = async (buffer: FixedBuffer, error: object): Promise<void> => {
      await expect(ring.ops.readFixed({ fd: 0, buffer })).rejects.toMatchObject(error);
      await expect(ring.ops.writeFixed({ fd: 1, buffer })).rejects.toMatchObject(error);
    };
    await ring.buffers!.unregister();
    const { first: foreign } = registered(other);
    const { enters } = ring.statistics;
    await refused(untyped(ring.alloc(8)), { code: 'ERR_INVALID_ARG_TYPE' });
    await refused(untyped(Buffer.alloc(8)), { code: 'ERR_INVALID_ARG_TYPE' });
    await refused(untyped(undefined), { code: 'ERR_INVALID_ARG_TYPE' });
    await refused(foreign, { code: 'ERR_RING_RESOURCE' });
    await refused(first, { code: 'ERR_RING_RESOURCE' });
    expect(ring.statistics).toMatchObject({ enters, inFlight: 0, scratchInUse: 0 });
  });

  test('hold the place until they are over', async () => {
    const ring = openRing({ encoder });
    const { first } = registered(ring);
    const { near, far } = await socketPair();
    const reading = ring.ops.readFixed({ fd: near, buffer: first });
    let gone = false;
    const unregistering = ring.buffers!.unregister().then(() => {
      gone = true;
    });
    await ring.ops.nop();
    expect(gone).toBe(false);
    await ring.ops.send({ fd: far, buffer: Buffer.from('held') });
    await expect(reading).resolves.toBe(4);
    await unregistering;
    expect(first.bytes.toString('utf8', 0, 4)).toBe('held');
  });

  test('send from a registered buffer where the flag asks for it, and from no other then', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.sendZc)) return context.skip('the kernel has no IORING_OP_SEND_ZC');
    const { second } = registered(ring);
    second.bytes.write('by its place');
    const { near, far } = await socketPair();
    const sent = ring.ops.sendZc({ fd: near, buffer: second.subarray(3, 12), ioprio: FIXED_BUF });
    await expect(sent).resolves.toBe(9);
    const buffer = Buffer.alloc(16);
    await expect(ring.ops.recv({ fd: far, buffer })).resolves.toBe(9);
    expect(buffer.toString('utf8', 0, 9)).toBe('its place');
    const foreign = { fd: near, buffer: ring.alloc(8), ioprio: FIXED_BUF } as const;
    await expect(ring.ops.sendZc(foreign)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(ring.ops.send(foreign)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(ring.ops.recv(foreign)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    const message = { buffers: [second.subarray(0, 2), ring.alloc(8)] };
    const several = ring.ops.sendmsgZc({ fd: near, message, ioprio: FIXED_BUF });
    await expect(several).rejects.toThrow(/parts of one registered buffer/);
    expect(ring.statistics.scratchInUse).toBe(0);
  });
});
