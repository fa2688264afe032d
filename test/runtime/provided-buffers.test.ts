/** Buffers provided to a group: the kernel chooses one for a read or a receive, says which, and gives the rest back. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AsyncCancelFlags, IosqeFlags, RecvsendFlags } from '../../generated/abi/index.js';
import { type DirectDescriptor, operations } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const [SIZE, COUNT, GROUP] = [64, 4, 3];
const BUFFER_SHIFT = 16;

describe.each(ENCODERS)('provided buffers, %s encoder', (encoder) => {
  test('are read into, taken back, and missed when there are none', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'from the file');
    const fd = openSync(file, 'r');
    const buffer = ring.alloc(SIZE * COUNT);
    await ops.provideBuffers({ buffer, length: SIZE, count: COUNT, bufGroup: GROUP });
    await expect(ops.read({ fd, bufGroup: GROUP, length: 4, offset: 9 })).resolves.toBe(4);
    await expect(ops.removeBuffers({ count: 10, bufGroup: GROUP })).resolves.toBe(COUNT - 1);
    await expect(ops.read({ fd, bufGroup: GROUP, length: 4 })).rejects.toMatchObject({ code: 'ENOBUFS' });
    if (buffer.mapped) expect(buffer.bytes.toString()).toContain('file');
    closeSync(fd);
  });

  test('a multishot receive tells each time which buffer it took', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const { near, far } = await socketPair();
    const buffer = ring.alloc(SIZE * COUNT);
    await ops.provideBuffers({ buffer, length: SIZE, count: COUNT, bufGroup: GROUP, firstId: 40 });
    const taken: number[] = [];
    const receiving = ops.recv(
      { fd: near, bufGroup: GROUP, ioprio: RecvsendFlags.RECV_MULTISHOT },
      { onMore: (_res, flags) => taken.push(flags >>> BUFFER_SHIFT) },
    );
    const outcome = receiving.catch((error: { code: string }) => error.code);
    for (let round = 1; round <= COUNT; round += 1) {
      await ops.send({ fd: far, buffer: Buffer.from('x') });
      while (taken.length < round) await ops.nop();
    }
    expect(taken.toSorted()).toEqual([40, 41, 42, 43]);
    await ops.send({ fd: far, buffer: Buffer.from('x') });
    expect(await outcome).toBe('ENOBUFS');
  });

  test('a multishot read of a socket needs nothing but the group', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.readMultishot))
      return context.skip('the kernel has no IORING_OP_READ_MULTISHOT');
    const { ops } = ring;
    const { near, far } = await socketPair();
    const buffer = ring.alloc(SIZE * COUNT);
    await ops.provideBuffers({ buffer, length: SIZE, count: COUNT, bufGroup: GROUP });
    const lengths: number[] = [];
    const reading = ops.readMultishot({ fd: near, bufGroup: GROUP }, { onMore: (res) => lengths.push(res) });
    const outcome = reading.catch((error: { code: string }) => error.code);
    await ops.send({ fd: far, buffer: Buffer.from('five!') });
    while (lengths.length === 0) await ops.nop();
    expect(lengths).toEqual([5]);
    await ops.asyncCancel({ fd: near, flags: AsyncCancelFlags.FD });
    expect(await outcome).toBe('ECANCELED');
  });
});

describe.each(ENCODERS)('registered files and buffers that are not there, %s encoder', (encoder) => {
  test('are refused by the kernel, each for its own reason', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const slots = Int32Array.of(-1);
    await expect(ops.filesUpdate({ descriptors: slots })).rejects.toMatchObject({ code: 'ENXIO' });
    await expect(ops.filesUpdate({ descriptors: [1.5] })).rejects.toThrow(/descriptors/);
    if (!ring.supports(operations.fixedFdInstall)) return;
    // A number would be a slot, without saying so.
    const number = 0 as unknown as DirectDescriptor;
    await expect(ops.fixedFdInstall({ fd: number })).rejects.toThrow(/fd must be a DirectDescriptor/);
    const { opcode } = operations.fixedFdInstall;
    const slot = ring.submitRaw({ opcode, fd: 0, sqeFlags: IosqeFlags.FIXED_FILE });
    await expect(slot).rejects.toMatchObject({ code: 'EBADF' });
  });
});
