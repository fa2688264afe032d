/** `ring.sendZeroCopy`: what it refers to is held to the notification, which says whether the kernel copied after all. */
import { createSocket } from 'node:dgram';
import { describe, expect, test } from 'vitest';
import { operations, type Ring, type RingBuffer } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';
import { losesNoDescriptors } from '../support/streams.js';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const IORING_CQE_F_MORE = 2;
const LACKING = 'the kernel has no IORING_OP_SENDMSG_ZC (Linux 6.1)';
const capable = (ring: Ring): boolean => ring.supports(operations.sendmsgZc);

function filled(ring: Ring, byteLength: number, byte: number): RingBuffer {
  const buffer = ring.alloc(byteLength);
  buffer.bytes.fill(byte);
  return buffer;
}

async function received(ring: Ring, fd: number, count: number): Promise<Buffer> {
  const all = Buffer.alloc(count);
  for (let at = 0; at < count; ) at += await ring.ops.recv({ fd, buffer: all.subarray(at) });
  return all;
}

describe.each(ENCODERS)('zero-copy sends, %s encoder', (encoder) => {
  test('tell how much was sent and that loopback copies', async (context) => {
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const { near, far } = await socketPair();
    const sending = ring.sendZeroCopy({ fd: near, buffer: filled(ring, 50_000, 7) });
    const back = await received(ring, far, 50_000);
    expect(back.equals(Buffer.alloc(50_000, 7))).toBe(true);
    expect(await sending).toEqual({ bytes: 50_000, copied: true });
  });

  test('take several pieces', async (context) => {
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const { near, far } = await socketPair();
    const pieces = [filled(ring, 10, 1), filled(ring, 20, 2).subarray(5), filled(ring, 5, 3)];
    const sending = ring.sendZeroCopy({ fd: near, buffer: pieces });
    const back = await received(ring, far, 30);
    expect(back).toEqual(Buffer.concat([Buffer.alloc(10, 1), Buffer.alloc(15, 2), Buffer.alloc(5, 3)]));
    expect((await sending).bytes).toBe(30);
  });

  test('go to an address, whose memory is held with the data until the notification', async (context) => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const receiver = createSocket('udp4');
    await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
    const to = { host: '127.0.0.1', port: receiver.address().port };
    const fd = await ring.ops.socket({ fd: AF_INET, off: SOCK_DGRAM });
    for (const buffer of [filled(ring, 100, 4), [filled(ring, 60, 4), filled(ring, 40, 4)]]) {
      const arrived = new Promise((resolve) => receiver.once('message', resolve));
      const between: unknown[] = [];
      const onMore = (res: number, flags: number): void => {
        const { inFlight, scratchInUse } = ring.statistics;
        between.push({ res, more: flags & IORING_CQE_F_MORE, inFlight, held: scratchInUse > 0 });
      };
      expect((await ring.sendZeroCopy({ fd, buffer, to }, { onMore })).bytes).toBe(100);
      expect(between).toEqual([{ res: 100, more: IORING_CQE_F_MORE, inFlight: 1, held: true }]);
      expect(ring.statistics.scratchInUse).toBe(0);
      expect(await arrived).toEqual(Buffer.alloc(100, 4));
    }
    await ring.ops.close({ fd });
    await new Promise<void>((resolve) => receiver.close(() => resolve()));
  });

  test('fail with their own error, with a notification and without', async (context) => {
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const buffer = filled(ring, 100, 0);
    const { near } = await socketPair();
    const heard: number[] = [];
    const onMore = (res: number): void => {
      heard.push(res);
    };
    // Refused before there is anything to notify of.
    const senseless = { fd: near, addr: buffer, len: 100, addr3: 1 };
    await expect(ring.ops.sendZc(senseless, { onMore })).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(ring.ops.sendmsgZc(senseless, { onMore })).rejects.toMatchObject({ code: 'EINVAL' });
    expect(heard).toEqual([]);
    // Refused once the notification is there: it comes after the error.
    const file = await ring.ops.openat({ path: '/etc/hostname' });
    await expect(ring.sendZeroCopy({ fd: file, buffer }, { onMore })).rejects.toMatchObject({
      code: 'ENOTSOCK',
      syscall: 'sendZeroCopy',
      op: 'IORING_OP_SEND_ZC',
    });
    await expect(ring.sendZeroCopy({ fd: file, buffer: [buffer] }, { onMore })).rejects.toMatchObject({
      code: 'ENOTSOCK',
      op: 'IORING_OP_SENDMSG_ZC',
    });
    await ring.ops.shutdown({ fd: near, len: 1 });
    await expect(ring.sendZeroCopy({ fd: near, buffer }, { onMore })).rejects.toMatchObject({
      code: 'EPIPE',
    });
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.filter((res) => res >= 0)).toEqual([]);
    await ring.ops.close({ fd: file });
  });

  test('refuse memory that would have to be copied', async () => {
    const ring = openRing({ encoder });
    const refused = { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('ring.alloc') };
    // @ts-expect-error a Buffer is not the ring's memory
    const one = ring.sendZeroCopy({ fd: 0, buffer: Buffer.alloc(8) });
    await expect(one).rejects.toMatchObject(refused);
    // @ts-expect-error nor in a list
    const several = ring.sendZeroCopy({ fd: 0, buffer: [ring.alloc(8), Buffer.alloc(8)] });
    await expect(several).rejects.toMatchObject(refused);
  });

  test('are aborted, or have gone out already', async (context) => {
    const ring = openRing({ encoder });
    if (!capable(ring)) return context.skip(LACKING);
    const { near, far } = await socketPair();
    const buffer = ring.alloc(1 << 20);
    const controller = new AbortController();
    // Nobody receives, so that they get stuck half-way.
    const sends = Array.from({ length: 8 }, () =>
      ring.sendZeroCopy({ fd: near, buffer }, { signal: controller.signal }),
    );
    const ends = Promise.allSettled(sends);
    await ring.ops.nop();
    controller.abort();
    // What has gone out is notified of when the other side has taken it.
    const buried = ring.alloc(1 << 20);
    let over = false;
    void ends.then(() => {
      over = true;
    });
    while (!over) await ring.ops.recv({ fd: far, buffer: buried, flags: 0x40 }).catch(() => ring.ops.nop());
    for (const end of await ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ name: 'AbortError' });
    }
    expect(ring.statistics.scratchInUse).toBe(0);
  });
});
