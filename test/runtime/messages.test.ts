/** Messages: datagrams with addresses both ways, data gathered and scattered, descriptors beside the data, and peers. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { AF_INET, AF_UNIX, MessageFlags, SocketType } from '../../generated/abi/index.js';
import { IoVector, MessageHeader, operations, PeerAddress, type Ring } from '../../generated/index.js';
import { ENCODERS, openRing, openSyncRing, socketPair, temporaryFolder } from '../support/rings.js';
import { descriptorMessage } from '../support/streams.js';

const host = '127.0.0.1';

/** A datagram socket with a name, made by the ring. */
async function datagramSocket({ ops }: Ring, path: string): Promise<number> {
  const fd = await ops.socket({ domain: AF_UNIX, type: SocketType.DGRAM });
  await ops.bind({ fd, address: { path } });
  return fd;
}

describe.each(ENCODERS)('messages, %s encoder', (encoder) => {
  test('a datagram goes to an address, and its answer tells where it came from', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const echo = createSocket('udp4');
    echo.on('message', (data, { port }) => echo.send(data.reverse(), port, host));
    echo.bind(0, host);
    await once(echo, 'listening');
    const to = { host, port: echo.address().port };
    const fd = await ops.socket({ domain: AF_INET, type: SocketType.DGRAM });
    await expect(ops.send({ fd, buffer: Buffer.from('abcd'), to })).resolves.toBe(4);
    const [head, tail] = [Buffer.alloc(3), Buffer.alloc(8)];
    const received = await ops.recvmsg({ fd, message: { buffers: [head, tail] } });
    expect(received).toEqual({ bytes: 4, from: to, control: new Uint8Array(), flags: 0 });
    expect([head.toString(), tail.toString('utf8', 0, 1)]).toEqual(['dcb', 'a']);
    await ops.close({ fd });
    echo.close();
  });

  test('a message that does not fit says so in its flags', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.bind)) return context.skip('the kernel has no IORING_OP_BIND');
    const { ops } = ring;
    const folder = temporaryFolder();
    const [near, far] = [join(folder, 'near'), join(folder, 'far')];
    const [sender, receiver] = [await datagramSocket(ring, near), await datagramSocket(ring, far)];
    const parts = [Buffer.from('too '), ring.alloc(2)];
    const message = { buffers: parts, to: { path: far } };
    await expect(ops.sendmsg({ fd: sender, message })).resolves.toBe(6);
    const own = ring.alloc(4);
    const received = await ops.recvmsg({ fd: receiver, message: { buffers: own } });
    expect(received).toMatchObject({ bytes: 4, from: { path: near }, flags: MessageFlags.TRUNC });
    expect(own.bytes.toString()).toBe('too ');
    for (const fd of [sender, receiver]) await ops.close({ fd });
  });

  test('a descriptor travels beside the data', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.bind)) return context.skip('the kernel has no IORING_OP_BIND');
    const { ops } = ring;
    const folder = temporaryFolder();
    const path = join(folder, 'far');
    const [sender, receiver] = [
      await datagramSocket(ring, join(folder, 'near')),
      await datagramSocket(ring, path),
    ];
    const sent = openSync(fileURLToPath(import.meta.url), 'r');
    const message = { buffers: Buffer.from('x'), to: { path }, control: descriptorMessage(sent) };
    await ops.sendmsg({ fd: sender, message });
    const target = { buffers: Buffer.alloc(4), controlBytes: 64 };
    const { control } = await ops.recvmsg({ fd: receiver, message: target });
    expect(control.byteLength).toBeGreaterThanOrEqual(20);
    const arrived = Buffer.from(control).readInt32LE(16);
    expect(arrived).not.toBe(sent);
    expect(fstatSync(arrived).ino).toBe(fstatSync(sent).ino);
    for (const fd of [sent, arrived]) closeSync(fd);
    for (const fd of [sender, receiver]) await ops.close({ fd });
  });

  test('an accepted connection tells its peer, and shutdown ends it', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.listen)) return context.skip('the kernel has no IORING_OP_LISTEN');
    const { ops } = ring;
    const listener = await ops.socket({ domain: AF_INET, type: SocketType.STREAM });
    const bound = `127.9.${(process.pid >> 8) & 255}.${process.pid & 255}`;
    await ops.bind({ fd: listener, address: { host: bound, port: encoder === 'mapped' ? 7011 : 7012 } });
    await ops.listen({ fd: listener, backlog: 4 });
    const client = connect({ host: bound, port: encoder === 'mapped' ? 7011 : 7012 });
    const connected = once(client, 'connect');
    const peer = new PeerAddress();
    const fd = await ops.accept({ fd: listener, peer, flags: SocketType.CLOEXEC | SocketType.NONBLOCK });
    await connected;
    expect(peer.address).toEqual({ host: client.localAddress, port: client.localPort });
    const ended = once(client.resume(), 'end');
    await ops.shutdown({ fd, how: 1 });
    await ended;
    for (const each of [fd, listener]) await ops.close({ fd: each });
    client.destroy();
  });
});

describe.each(ENCODERS)('messages at the synchronous level, %s encoder', (encoder) => {
  test('a header is made of buffers, and tells what came', async () => {
    const ring = openSyncRing({ encoder });
    const { near, far } = await socketPair();
    const [hello, target, header] = [ring.alloc(5), ring.alloc(16), ring.vector([])];
    expect(IoVector.count(header)).toBe(0);
    hello.bytes.write('hello');
    hello.toKernel();
    ring.push(operations.sendmsg, { fd: near, message: ring.message({ vector: ring.vector([hello]) }) });
    const message = ring.message({ vector: ring.vector([target.subarray(0, 2), target.subarray(2)]) });
    ring.push(operations.recvmsg, { fd: far, message, userData: 1 });
    ring.wait(2);
    const results: number[] = [];
    ring.drain((completion) => results.push(completion.res));
    expect(results).toEqual([5, 5]);
    target.fromKernel(5);
    expect(target.bytes.toString('utf8', 0, 5)).toBe('hello');
    expect(MessageHeader.received(message, 5)).toEqual({ bytes: 5, control: new Uint8Array(), flags: 0 });
  });
});
