/**
 * Proves that sockets and listeners as handles connect, accept and transmit; that closing one cancels what waits on it,
 * by its owner and not by its number, and on every ring; and that what is aborted leaves no descriptor.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import {
  type Listener,
  type Ring,
  RingError,
  type Socket,
  type SocketAddress,
} from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder, turns } from '../support/rings.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const TCP_NODELAY = 1;
const IPPROTO_TCP = 6;
const descriptors = (): number => readdirSync('/proc/self/fd').length;

const listening = (listener: Listener): SocketAddress => listener.localAddress!;

async function pairOf(ring: Ring): Promise<{ listener: Listener; near: Socket; far: Socket }> {
  const listener = await ring.listen(LOOPBACK);
  const [near, far] = await Promise.all([ring.connect(listening(listener)), listener.accept()]);
  return { listener, near, far };
}

async function closeAll(...handles: readonly AsyncDisposable[]): Promise<void> {
  for (const handle of handles) await handle[Symbol.asyncDispose]();
}

describe.each(ENCODERS)('socket handles, %s encoder', (encoder) => {
  test('connect, accept, send, receive, end, and know their addresses', async () => {
    const ring = openRing({ encoder });
    const before = descriptors();
    const { listener, near, far } = await pairOf(ring);
    expect(near.remoteAddress).toEqual(listening(listener));
    expect(far.remoteAddress).toEqual(near.localAddress);
    expect(() => listener.localAddress).not.toThrow();
    const received = ring.alloc(16);
    const receiving = far.recv(received);
    await expect(near.send(Buffer.from('hello'))).resolves.toBe(5);
    await expect(receiving).resolves.toBe(5);
    expect(received.bytes.toString('utf8', 0, 5)).toBe('hello');
    const data = ring.alloc(8);
    data.bytes.write('unmoved!');
    await expect(far.sendZeroCopy(data)).resolves.toMatchObject({ bytes: 8 });
    const copy = Buffer.alloc(16);
    await expect(near.recv(copy, { flags: constants.MSG_PEEK })).resolves.toBe(8);
    await expect(near.recv(copy)).resolves.toBe(8);
    await near.shutdown();
    await expect(far.recv(copy)).resolves.toBe(0);
    await closeAll(near, far, listener);
    expect([near.localAddress, near.remoteAddress]).toEqual([undefined, undefined]);
    expect(descriptors()).toBe(before);
  });

  test('have options, and Unix sockets by path', async () => {
    const ring = openRing({ encoder });
    const { listener, near, far } = await pairOf(ring);
    await near.setOption(IPPROTO_TCP, TCP_NODELAY, true);
    await near.setOption(constants.SOL_SOCKET, constants.SO_KEEPALIVE, 1);
    await expect(near.getOption(constants.SOL_SOCKET, constants.SO_KEEPALIVE)).resolves.toBe(1);
    await expect(far.getOption(constants.SOL_SOCKET, constants.SO_KEEPALIVE)).resolves.toBe(0);
    const linger = Buffer.from(new Int32Array([1, 7]).buffer);
    await near.setOption(constants.SOL_SOCKET, constants.SO_LINGER, linger);
    const told = await near.getOption(constants.SOL_SOCKET, constants.SO_LINGER, { byteLength: 8 });
    expect(told).toEqual(linger);
    await closeAll(near, far, listener);
    const path = join(temporaryFolder(), 'socket');
    await using local = await ring.listen({ path });
    const [a, b] = await Promise.all([ring.connect({ path }), local.accept()]);
    expect(a.remoteAddress).toEqual({ path });
    await a.send(Buffer.from('x'));
    await expect(b.recv(Buffer.alloc(4))).resolves.toBe(1);
    await closeAll(a, b);
  });

  test('that are closed cancel what waits on them, on every ring, and nothing else', async () => {
    const [ring, second] = [openRing({ encoder }), openRing({ encoder })];
    const { listener, near, far } = await pairOf(ring);
    const waiting = [
      near.recv(Buffer.alloc(4)),
      ring.multishot.poll({ fd: near, events: constants.POLLPRI }).next(),
      second.ops.recv({ fd: near, buffer: Buffer.alloc(4) }),
    ];
    // By its number the kernel would find this one too.
    const byNumber = ring.ops.pollAdd({ fd: near.fd, events: constants.POLLPRI });
    const other = far.recv(Buffer.alloc(4));
    await Promise.all([ring.ops.nop(), second.ops.nop()]);
    const outcome = Promise.allSettled(waiting);
    await near.close();
    const cancelled = { status: 'rejected', reason: { code: 'ECANCELED' } };
    expect(await outcome).toMatchObject(waiting.map(() => cancelled));
    await expect(Promise.race([byNumber, turns(5).then(() => 'waits')])).resolves.toBe('waits');
    await ring.cancel({ op: byNumber });
    await expect(byNumber).rejects.toMatchObject({ code: 'ECANCELED' });
    // With nobody left who means it the connection ends.
    await expect(other).resolves.toBe(0);
    await closeAll(far, listener);
  });

  test('that are closed while a listener’s iteration goes on end it, with every connection taken or closed', async () => {
    const ring = openRing({ encoder });
    const before = descriptors();
    const listener = await ring.listen(LOOPBACK);
    const taken: Socket[] = [];
    const iteration = (async () => {
      for await (const socket of listener) taken.push(socket);
    })();
    const clients = await Promise.all(Array.from({ length: 40 }, () => ring.connect(listening(listener))));
    while (taken.length < 40) await turns(1);
    const pending = expect(listener.accept()).rejects.toMatchObject({ code: 'ECANCELED' });
    await ring.ops.nop();
    await listener.close();
    await Promise.all([iteration, pending]);
    await expect(listener.accept()).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    await closeAll(...clients, ...taken);
    expect(descriptors()).toBe(before);
  });

  test('of a slow consumer wait at the listener; those it never takes are closed', async () => {
    const ring = openRing({ encoder });
    const before = descriptors();
    const listener = await ring.listen(LOOPBACK);
    const connections = listener.connections({ highWaterMark: 2 });
    const first = connections.next();
    await ring.ops.nop();
    const connect = (): Promise<Socket> => ring.connect(listening(listener));
    const clients = await Promise.all(Array.from({ length: 6 }, connect));
    const socket = (await first).value as Socket;
    await turns(10);
    // It paused: what comes now goes to others.
    const [client, direct] = await Promise.all([connect(), listener.accept()]);
    expect(direct.remoteAddress).toBeDefined();
    await connections.return();
    await closeAll(client, direct, socket, listener, ...clients);
    expect(descriptors()).toBe(before);
    expect(ring.statistics).toMatchObject({ openHandles: 0, lostHandles: 0 });
  });

  test('that are aborted, refused or out of time leave no descriptor', async () => {
    const ring = openRing({ encoder });
    const listener = await ring.listen(LOOPBACK);
    const before = descriptors();
    const address = listening(listener);
    for (let round = 0; round < 50; round += 1) {
      const stop = new AbortController();
      const { signal } = stop;
      const connecting = [ring.connect(address, { signal }), listener.accept({ signal })];
      if (round % 2 === 0) await turns(round % 3);
      stop.abort();
      for (const one of await Promise.allSettled(connecting)) {
        if (one.status === 'fulfilled') await one.value.close();
        else expect(one.reason).toMatchObject({ name: 'AbortError' });
      }
    }
    await expect(listener.accept({ timeout: 1 }).then((left) => left.close())).rejects.toMatchObject({
      code: 'ETIME',
    });
    await expect(ring.listen(address)).rejects.toMatchObject({ code: 'EADDRINUSE', op: 'IORING_OP_BIND' });
    await expect(ring.connect({ host: 'localhost', port: 1 })).rejects.toThrow('resolves no names');
    expect(ring.statistics.openHandles).toBe(1);
    expect(descriptors()).toBe(before);
    await listener.close();
    await expect(ring.connect(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(ring.statistics.openHandles).toBe(0);
    expect(RingError).toBeDefined();
  });
});
