/**
 * Packages for older kernels, on the kernel that runs: every method of their rings, handles, streams and resources works, since
 * none of them goes by an operation, or by a field of one, that the header of a package may lack. Both encoders.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import type { Ring, RingOptions } from '../../generated/index.js';
import type { IncomingMessage } from '../../runtime/resources/messages.js';
import { ROOT, ringsmith } from '../support/cli.js';
import { temporaryFolder } from '../support/rings.js';
import { until } from '../support/streams.js';

const { IORING_OP_NOP, IORING_OP_TIMEOUT, IORING_OP_READ_FIXED, IORING_OP_WRITE_FIXED } = constants;
const [SOL_SOCKET, SO_KEEPALIVE, POLLIN, POLLOUT, MSG_WAITALL] = [1, 9, 1, 4, 0x100];
const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** Native encoders take a quarter of a minute to build: those of the two packages that lack most. */
const PACKAGES = [
  ['5.10', 'mapped'],
  ['5.10', 'native'],
  ['6.1', 'mapped'],
  ['6.1', 'native'],
  ['6.12', 'mapped'],
] as const;

/** Beside a `node_modules` that has ringsmith, as a package is in a user's project. */
const project = mkdtempSync(join(tmpdir(), 'ringsmith-test-'));
const folderOf = (kernel: string): string => join(project, kernel);

beforeAll(() => {
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules', 'ringsmith'));
  for (const kernel of new Set(PACKAGES.map(([name]) => name))) {
    const made = ringsmith(['generate', '--kernel', kernel, '--out', folderOf(kernel)]);
    expect(made.code, made.stderr).toBe(0);
  }
  for (const [kernel, encoder] of PACKAGES) {
    if (encoder !== 'native') continue;
    const gyp = join(ROOT, 'node_modules', '.bin', 'node-gyp');
    execFileSync(gyp, ['rebuild', '--loglevel=error'], {
      cwd: folderOf(kernel),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
  }
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe.each(PACKAGES)('a package for Linux %s, %s encoder', (kernel, encoder) => {
  async function open(options: RingOptions = {}): Promise<Ring> {
    const url = pathToFileURL(join(folderOf(kernel), 'index.ts')).href;
    const { Ring } = (await import(url)) as typeof import('../../generated/index.js');
    const ring = new Ring({ ...options, encoder });
    onTestFinished(async () => {
      await ring.close();
      expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, openHandles: 0 });
    });
    return ring;
  }

  async function pair(ring: Ring) {
    const listener = await ring.listen(LOOPBACK, { reuseAddress: true, reusePort: true });
    const [near, far] = await Promise.all([ring.connect(listener.localAddress!), listener.accept()]);
    onTestFinished(async () => {
      await Promise.all([near.close(), far.close(), listener.close()]);
    });
    return { listener, near, far };
  }

  test('has files', async () => {
    const ring = await open();
    const path = join(temporaryFolder(), 'file');
    const { O_CREAT, O_RDWR } = constants;
    const file = await ring.open(path, { flags: O_CREAT | O_RDWR, mode: 0o600 });
    await expect(file.write(Buffer.from('hello'))).resolves.toBe(5);
    await expect(file.write(ring.alloc(3), { position: 5 })).resolves.toBe(3);
    await expect(file.writev([Buffer.from('ab'), Buffer.from('cd')], { position: 5 })).resolves.toBe(4);
    const [all, some] = [Buffer.alloc(9), Buffer.alloc(5)];
    await expect(file.read(all, { position: 0 })).resolves.toBe(9);
    expect(all.toString()).toBe('helloabcd');
    await expect(file.readv([some, Buffer.alloc(4)], { position: 0 })).resolves.toBe(9);
    await file.sync();
    await file.datasync();
    expect((await file.stat()).stxSize).toBe(9n);
    await file.truncate(4);
    expect((await file.stat()).stxSize).toBe(4n);
    await file.allocate(0, 4096);
    await file.advise(constants.POSIX_FADV_WILLNEED, { offset: 0, length: 4096 });
    await file.close();
    const again = await ring.open(path, { resolve: constants.RESOLVE_NO_SYMLINKS });
    await again.read(Buffer.alloc(1), { timeout: 5000, signal: new AbortController().signal });
    await again.close();
  });

  test('has sockets', async () => {
    const ring = await open();
    const { listener, near, far } = await pair(ring);
    expect(near.remoteAddress).toEqual(listener.localAddress);
    expect(far.remoteAddress).toEqual(near.localAddress);
    await near.setOption(SOL_SOCKET, SO_KEEPALIVE, true);
    await expect(near.getOption(SOL_SOCKET, SO_KEEPALIVE)).resolves.toBe(1);
    await expect(far.getOption(SOL_SOCKET, SO_KEEPALIVE, { byteLength: 4 })).resolves.toHaveLength(4);
    await expect(near.send(Buffer.from('ping'))).resolves.toBe(4);
    await expect(near.send(Buffer.from('pong'), { flags: MSG_WAITALL })).resolves.toBe(4);
    const buffer = Buffer.alloc(8);
    await expect(far.recv(buffer, { flags: MSG_WAITALL })).resolves.toBe(8);
    expect(buffer.toString()).toBe('pingpong');
    const memory = ring.alloc(4);
    await expect(near.sendZeroCopy(memory)).resolves.toMatchObject({ bytes: 4 });
    await expect(near.sendZeroCopy([memory, ring.alloc(4)])).resolves.toMatchObject({ bytes: 8 });
    await expect(ring.sendZeroCopy({ fd: near, buffer: memory })).resolves.toMatchObject({ bytes: 4 });
    await expect(far.recv(Buffer.alloc(16), { flags: MSG_WAITALL })).resolves.toBe(16);
    await expect(far.recv(buffer, { timeout: 5 })).rejects.toMatchObject({ code: 'ETIME' });
    await near.shutdown();
    await expect(far.recv(buffer)).resolves.toBe(0);
    await far.shutdown(2);
    const datagrams = await ring.connect({ host: '127.0.0.1', port: 9 }, { type: 2 });
    await datagrams.send(Buffer.from('to nobody'));
    await datagrams.close();
  });

  test('has sockets of paths, and streams of connections', async () => {
    const ring = await open();
    const listener = await ring.listen({ path: `\0ringsmith-older-${process.pid}-${kernel}-${encoder}` });
    const connections = listener.connections();
    const near = await ring.connect(listener.localAddress!);
    const far = (await connections.next()).value!;
    await connections.return();
    await Promise.all([near, far, listener].map((handle) => handle.close()));
  });

  test('has streams', async () => {
    const ring = await open();
    const { listener, near, far } = await pair(ring);
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 256 });
    const chunks = ring.multishot.recv({ fd: far, buffers });
    await near.send(Buffer.from('streamed'));
    const { value: chunk } = await chunks.next();
    expect(chunk!.bytes.toString()).toBe('streamed');
    chunk!.release();
    await chunks.return();
    const bundles = ring.multishot.recv({ fd: far, buffers, bundle: true });
    await near.send(Buffer.from('bundle'));
    (await bundles.next()).value!.release();
    await bundles.return();
    await near.send(Buffer.from('single'));
    using lease = await buffers.recv({ fd: far });
    expect(lease.bytes.toString()).toBe('single');
    const messages = ring.multishot.recvMessage({ fd: far, buffers });
    await near.send(Buffer.from('m'));
    (await messages.next()).value!.release();
    await messages.return();
    const accepted = ring.multishot.accept({ fd: listener });
    const [more, { value: fd }] = await Promise.all([ring.connect(listener.localAddress!), accepted.next()]);
    await accepted.return();
    await Promise.all([more.close(), ring.adopt(fd!, 'socket').close()]);
    const poll = ring.multishot.poll({ fd: far, events: POLLOUT });
    expect(((await poll.next()).value ?? 0) & POLLOUT).toBe(POLLOUT);
    await poll.update(POLLIN);
    await near.send(Buffer.from('more'));
    await poll.next();
    await poll.return();
    const clock = ring.multishot.timeout({ every: 1, count: 3 });
    let ticks = 0;
    for await (const times of clock) ticks += times;
    expect(ticks).toBe(3);
    using left = await buffers.recv({ fd: far });
    expect(left.bytes.toString()).toBe('more');
  });

  test('has reads of pipes into rings of buffers', async () => {
    const ring = await open();
    const path = join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [path]);
    const reader = await ring.open(path, { flags: constants.O_RDONLY | constants.O_NONBLOCK });
    const writer = await ring.open(path, { flags: constants.O_WRONLY });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 16 });
    const chunks = ring.multishot.read({ fd: reader, buffers });
    await writer.write(Buffer.from('piped'));
    const { value: chunk } = await chunks.next();
    expect(chunk!.bytes.toString()).toBe('piped');
    chunk!.release();
    await chunks.return();
    await writer.write(Buffer.from('again'));
    using lease = await buffers.read({ fd: reader });
    expect(lease.bytes.toString()).toBe('again');
    await Promise.all([reader.close(), writer.close()]);
  });

  test('has registered buffers and files, and direct descriptors', async () => {
    const ring = await open();
    const path = join(temporaryFolder(), 'file');
    const file = await ring.open(path, { flags: constants.O_CREAT | constants.O_RDWR, mode: 0o600 });
    const buffers = ring.registerBuffers([ring.alloc(64), undefined]);
    buffers.update(1, ring.alloc(64));
    const files = ring.registerFiles({ size: 4 });
    const direct = files.set(0, file);
    const [from, to] = [buffers.buffer(0), buffers.buffer(1)];
    from.bytes.write('fixed');
    const fixed = (opcode: number, addr: typeof from): Promise<number> =>
      ring.submitRaw({ opcode, fd: direct, addr, len: 5, off: 0 });
    await expect(fixed(IORING_OP_WRITE_FIXED, from)).resolves.toBe(5);
    await expect(fixed(IORING_OP_READ_FIXED, to)).resolves.toBe(5);
    expect(to.bytes.toString('utf8', 0, 5)).toBe('fixed');
    await expect(ring.ops.writeFixed({ fd: direct, buffer: from, offset: 0 })).resolves.toBe(64);
    const fd = await direct.install();
    await ring.adopt(fd).close();
    await direct.close();
    const listener = await ring.listen(LOOPBACK);
    const near = await ring.connect(listener.localAddress!);
    const stream = ring.multishot.accept({ fd: listener, direct: files });
    await (await stream.next()).value!.close();
    await stream.return();
    await Promise.all([near.close(), listener.close()]);
    await Promise.all([files.unregister(), buffers.unregister(), file.close()]);
    ring.registerPersonality().unregister();
    ring.limitWorkers({ bounded: 2 });
  });

  test('has messages between rings', async () => {
    const [sender, receiver] = [await open(), await open()];
    const messages: IncomingMessage[] = [];
    const stop = receiver.onMessage((message) => void messages.push(message));
    await sender.send(receiver, { data: 7n, value: 5 });
    receiver.registerFiles({ size: 4 });
    const file = await sender.open('/dev/null');
    await sender.send(receiver, { descriptor: sender.registerFiles([file.fd]).descriptor(0), data: 8 });
    await until(() => messages.length === 2);
    expect(messages).toMatchObject([{ data: 7n, value: 5 }, { data: 8n }]);
    await messages[1]!.descriptor!.close();
    await file.close();
    stop();
  });

  test('has chains, timeouts, cancellations and changes', async () => {
    const ring = await open();
    await ring.chain(() => [
      ring.ops.nop(),
      ring.submitRaw({ opcode: IORING_OP_NOP }),
      ring.ops.timeout({ after: 1 }),
    ]);
    const { near, far } = await pair(ring);
    const received = Buffer.alloc(2);
    const sent = ring.chain(() => [near.send(Buffer.from('a')), near.send(Buffer.from('b'))]);
    await expect(sent).resolves.toEqual([1, 1]);
    await far.recv(received, { flags: MSG_WAITALL });
    const controller = new AbortController();
    const aborted = far.recv(received, { signal: controller.signal });
    const late = far.recv(received, { timeout: 20 });
    setTimeout(() => controller.abort(), 5);
    // Both at once: on a busy machine either may end first, and a rejection must find someone waiting.
    await Promise.all([
      expect(aborted).rejects.toMatchObject({ name: 'AbortError' }),
      expect(late).rejects.toMatchObject({ code: 'ETIME' }),
    ]);
    await ring.ops.nop({}, { drain: true });
    const alarm = ring.ops.timeout({ after: 3_600_000 });
    await ring.update(alarm, { after: 1 });
    await alarm;
    for (const target of ['op', 'fd', 'opcode', 'all'] as const) {
      const op = target === 'opcode' ? ring.ops.timeout({ after: 3_600_000 }) : far.recv(received);
      const ended = expect(op).rejects.toMatchObject({ code: 'ECANCELED' });
      await ring.cancel(
        { op: { op }, fd: { fd: far }, opcode: { opcode: IORING_OP_TIMEOUT }, all: { all: true as const } }[
          target
        ],
      );
      await ended;
    }
  });
});
