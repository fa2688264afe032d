/** Sockets on loopback, from the first call to the last: TCP over IPv4 and IPv6, and Unix, with a path and abstract. */
import { constants } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations, type Ring, type SocketAddress } from '../../generated/index.js';
import { encodeSocketAddress } from '../../runtime/arguments/sockaddr.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10];
const SOCK_STREAM = 1;
const EOF_EVENT = 0;

/** A listening socket made by the ring alone. */
async function listen({ ops }: Ring, family: number, address: SocketAddress): Promise<number> {
  const fd = await ops.socket({ domain: family, type: SOCK_STREAM });
  await ops.bind({ fd, address });
  await ops.listen({ fd, backlog: 8 });
  return fd;
}

/** A port nobody listens on at the moment. */
async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function exchange(ring: Ring, family: number, address: SocketAddress): Promise<void> {
  const { ops } = ring;
  const listener = await listen(ring, family, address);
  const client = await ops.socket({ domain: family, type: SOCK_STREAM });
  const [server] = await Promise.all([ops.accept({ fd: listener }), ops.connect({ fd: client, address })]);

  await expect(ops.send({ fd: client, buffer: Buffer.from('question') })).resolves.toBe(8);
  const own = ring.alloc(32);
  await expect(ops.recv({ fd: server, buffer: own })).resolves.toBe(8);
  expect(own.bytes.toString('utf8', 0, 8)).toBe('question');
  await expect(ops.send({ fd: server, buffer: own.subarray(0, 5) })).resolves.toBe(5);
  const foreign = Buffer.alloc(32);
  await expect(ops.recv({ fd: client, buffer: foreign })).resolves.toBe(5);
  expect(foreign.toString('utf8', 0, 5)).toBe('quest');

  await ops.shutdown({ fd: client, how: 1 });
  await expect(ops.recv({ fd: server, buffer: own })).resolves.toBe(EOF_EVENT);
  for (const fd of [client, server, listener]) await ops.close({ fd });
}

describe.each(ENCODERS)('sockets, %s encoder', (encoder) => {
  test('TCP over IPv4', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.bind)) return context.skip('the kernel has no IORING_OP_BIND');
    await exchange(ring, AF_INET, { host: '127.0.0.1', port: await freePort('127.0.0.1') });
  });

  test('TCP over IPv6', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.bind)) return context.skip('the kernel has no IORING_OP_BIND');
    const port = await freePort('::1').catch(() => undefined);
    if (port === undefined) return context.skip('the machine has no IPv6 loopback');
    await exchange(ring, AF_INET6, { host: '::1', port });
  });

  test('Unix, by path and by abstract name', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.bind)) return context.skip('the kernel has no IORING_OP_BIND');
    await exchange(ring, AF_UNIX, { path: join(temporaryFolder(), 'socket') });
    await exchange(ring, AF_UNIX, { path: `\0ringsmith-${process.pid}-${encoder}` });
  });

  test('a listener of node:net is connected to', async () => {
    const ring = openRing({ encoder });
    const server = createServer((socket) => socket.end('from node'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const fd = await ring.ops.socket({ domain: AF_INET, type: SOCK_STREAM });
    await ring.ops.connect({ fd, address: { host: '127.0.0.1', port } });
    const buffer = Buffer.alloc(32);
    await expect(ring.ops.recv({ fd, buffer })).resolves.toBe(9);
    expect(buffer.toString('utf8', 0, 9)).toBe('from node');
    await ring.ops.close({ fd });
    await new Promise((resolve) => server.close(resolve));
  });

  test('a refused connection rejects as in Node', async () => {
    const ring = openRing({ encoder });
    const address = { host: '127.0.0.1', port: await freePort('127.0.0.1') };
    const fd = await ring.ops.socket({ domain: AF_INET, type: SOCK_STREAM });
    const refusal = { code: 'ECONNREFUSED', syscall: 'connect', op: 'IORING_OP_CONNECT' };
    await expect(ring.ops.connect({ fd, address })).rejects.toMatchObject(refusal);
    await ring.ops.close({ fd });
  });

  test('a hundred thousand bytes arrive in order through small receives', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const data = Buffer.alloc(100_000);
    for (let at = 0; at < data.length; at += 1) data[at] = (at * 7 + (at >> 8)) & 0xff;
    const sending = (async () => {
      for (let at = 0; at < data.length; ) {
        at += await ring.ops.send({ fd: near, buffer: data.subarray(at, at + 4096) });
      }
    })();
    const parts: Buffer[] = [];
    for (let total = 0; total < data.length; ) {
      const part = Buffer.alloc(1500);
      const count = await ring.ops.recv({ fd: far, buffer: part });
      parts.push(part.subarray(0, count));
      total += count;
    }
    await sending;
    expect(Buffer.concat(parts).equals(data)).toBe(true);
  });
});

test('files opened by the ring keep the flags they were given', async () => {
  const { ops } = openRing();
  const fd = await ops.openat({ path: '/dev/null', flags: constants.O_RDONLY });
  await expect(ops.write({ fd, buffer: Buffer.from('x') })).rejects.toMatchObject({ code: 'EBADF' });
  await ops.close({ fd });
});

describe('addresses', () => {
  test.each([
    ['1.2.3.4', 80, '02000050010203040000000000000000'],
    ['::', 1, `0a000001${'00000000'}${'0'.repeat(32)}00000000`],
    ['::1', 443, `0a0001bb00000000${'0'.repeat(31)}100000000`],
    ['fe80::1:2', 0, '0a00000000000000fe80000000000000000000000001000200000000'],
    ['1:2:3:4:5:6:7:8', 0, '0a000000000000000001000200030004000500060007000800000000'],
    ['::ffff:1.2.3.4', 0, '0a0000000000000000000000000000000000ffff0102030400000000'],
    ['2001:db8::', 0, '0a0000000000000020010db800000000000000000000000000000000'],
  ])('%s port %i', (host, port, hex) => {
    expect(Buffer.from(encodeSocketAddress({ host, port })).toString('hex')).toBe(hex);
  });

  test('carry flow and scope', () => {
    const hex = Buffer.from(
      encodeSocketAddress({ host: '::1', port: 1, flowInfo: 0x01020304, scopeId: 5 }),
    ).toString('hex');
    expect(hex).toBe(`0a00000101020304${'0'.repeat(31)}105000000`);
  });

  test.each([
    [{ host: 'localhost', port: 1 }, /the kernel resolves no names/],
    [{ host: '127.0.0.1', port: 65536 }, /port must be from 0 to 65535/],
    [{ host: 'fe80::1%lo', port: 1 }, /IPv4 or IPv6 address/],
    [{ path: 'x'.repeat(108) }, /1 to 107 bytes/],
    [{ path: '' }, /1 to 107 bytes/],
    [{ path: 'a\0b' }, /NUL/],
  ])('%j is refused', async (address, message) => {
    const { ops } = openRing();
    await expect(ops.connect({ fd: 0, address })).rejects.toThrow(message);
  });
});
