/**
 * Multishot recvmsg: every datagram with its sender, what came beside it and what did not fit, in leases; when the
 * buffers run out it goes on once some are back, and nothing is taken for the end that is not.
 */
import { closeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BufferRing, LeasedMessage, Ring, SocketAddress } from '../../generated/index.js';
import { ENCODERS, openRing } from '../support/rings.js';
import {
  closeAll,
  connected,
  descriptorMessage,
  expectWhole,
  losesNoDescriptors,
  until,
} from '../support/streams.js';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const MSG_CTRUNC = 0x08;
const MSG_TRUNC = 0x20;
const BEFORE_DATA = 144;

let nextPort = 20_000 + (process.pid % 20_000);

/** A datagram socket of the ring's on the loopback device. */
async function datagramSocket(ring: Ring): Promise<{ fd: number; address: SocketAddress }> {
  for (;;) {
    const address = { host: '127.0.0.1', port: nextPort };
    nextPort += 1;
    const fd = await ring.ops.socket({ domain: AF_INET, type: SOCK_DGRAM });
    try {
      await ring.ops.bind({ fd, address });
      return { fd, address };
    } catch (error) {
      await ring.ops.close({ fd });
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function open(encoder: 'mapped' | 'native', bytes: number, entries = 8) {
  const ring = openRing({ encoder });
  const buffers = ring.bufferRing({ entries, bufferBytes: BEFORE_DATA + bytes });
  const { fd, address } = await datagramSocket(ring);
  const send = async (from: number, text: string): Promise<void> => {
    await ring.ops.sendmsg({ fd: from, message: { buffers: Buffer.from(text), to: address } });
  };
  return { ring, buffers, fd, send };
}

const taken = async (stream: AsyncIterator<LeasedMessage>): Promise<LeasedMessage> =>
  (await stream.next()).value as LeasedMessage;

const expectEnded = async (ring: Ring, buffers: BufferRing): Promise<void> => {
  await until(() => ring.statistics.inFlight === 0);
  expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  expectWhole(buffers);
};

describe.each(ENCODERS)('multishot recvmsg, %s encoder', (encoder) => {
  test('tells who sent each datagram, empty ones included', async () => {
    losesNoDescriptors();
    const { ring, buffers, fd, send } = await open(encoder, 64);
    const senders = await Promise.all([0, 1, 2].map(() => datagramSocket(ring)));
    const stream = ring.multishot.recvMessage({ fd, buffers });
    for (let round = 0; round < 20; round += 1) {
      for (const [index, sender] of senders.entries()) {
        const text = index === 2 ? '' : `${index} says ${round}`;
        await send(sender.fd, text);
        using message = await taken(stream);
        expect(message).toMatchObject({ from: sender.address, flags: 0, length: text.length });
        expect(message.bytes.toString()).toBe(text);
        expect(message.control.byteLength).toBe(0);
      }
    }
    await stream.return();
    await expectEnded(ring, buffers);
    await closeAll(ring, fd, ...senders.map((sender) => sender.fd));
  });

  test('says what had no room', async () => {
    const { ring, buffers, fd, send } = await open(encoder, 4);
    const stream = ring.multishot.recvMessage({ fd, buffers, flags: MSG_TRUNC });
    await send(fd, 'longer');
    await send(fd, 'fits');
    const [cut, whole] = [await taken(stream), await taken(stream)];
    expect(cut).toMatchObject({ flags: MSG_TRUNC, length: 6 });
    expect(whole).toMatchObject({ flags: MSG_TRUNC & whole.flags, length: 4 });
    expect([cut.copy().toString(), whole.copy().toString()]).toEqual(['long', 'fits']);
    await stream.return();
    await expectEnded(ring, buffers);
    await closeAll(ring, fd);
  });

  test('brings control data, and says when that had no room', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 256 });
    const { near, far } = await connected(ring);
    const message = { buffers: Buffer.from('with a descriptor'), control: descriptorMessage(near) };
    const roomy = ring.multishot.recvMessage({ fd: near, buffers, controlBytes: 24 });
    await ring.ops.sendmsg({ fd: far, message });
    const whole = await taken(roomy);
    expect(whole).toMatchObject({ flags: 0, length: 17 });
    expect(whole.control.byteLength).toBe(24);
    closeSync(Buffer.from(whole.control).readInt32LE(16));
    expect(whole.copy().toString()).toBe('with a descriptor');
    await roomy.return();
    const tight = ring.multishot.recvMessage({ fd: near, buffers });
    await ring.ops.sendmsg({ fd: far, message });
    const cut = await taken(tight);
    expect(cut.flags).toBe(MSG_CTRUNC);
    expect(cut.copy().toString()).toBe('with a descriptor');
    await tight.return();
    await expectEnded(ring, buffers);
    await closeAll(ring, near, far);
  });

  test('waits for buffers when there are none, and loses none that the socket has', async () => {
    const { ring, buffers, fd, send } = await open(encoder, 16, 2);
    const stream = ring.multishot.recvMessage({ fd, buffers });
    for (let round = 0; round < 8; round += 1) await send(fd, `datagram ${round}`);
    const held = [await taken(stream), await taken(stream)];
    const third = taken(stream);
    await until(() => ring.statistics.inFlight === 0);
    expect(buffers.statistics).toEqual({ entries: 2, available: 0, leased: 2 });
    const texts = held.map((message) => message.copy().toString());
    texts.push((await third).copy().toString());
    while (texts.length < 8) texts.push((await taken(stream)).copy().toString());
    expect(texts).toEqual(Array.from({ length: 8 }, (_, round) => `datagram ${round}`));
    await stream.return();
    await expectEnded(ring, buffers);
    await closeAll(ring, fd);
  });

  test('ends where a stream socket ends', async () => {
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 256 });
    const { near, far } = await connected(ring);
    await ring.ops.send({ fd: far, buffer: Buffer.from('over a stream') });
    await ring.ops.close({ fd: far });
    const texts: string[] = [];
    for await (const message of ring.multishot.recvMessage({ fd: near, buffers }))
      texts.push(message.copy().toString());
    expect(texts).toEqual(['over a stream']);
    await expectEnded(ring, buffers);
    await closeAll(ring, near);
  });

  test('refuses buffers that could not hold a message', async () => {
    const { ring, buffers, fd } = await open(encoder, 8);
    const small = ring.bufferRing({ entries: 2, bufferBytes: BEFORE_DATA });
    expect(() => ring.multishot.recvMessage({ fd, buffers: small })).toThrow('exceed the 144 bytes');
    expect(() => ring.multishot.recvMessage({ fd, buffers, controlBytes: 8 })).toThrow('exceed the 152');
    expect(() => ring.multishot.recvMessage({ fd, buffers, controlBytes: -1 })).toThrow('controlBytes');
    await closeAll(ring, fd);
  });
});
