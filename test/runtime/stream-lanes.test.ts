/**
 * A multishot stream that takes in what arrives on a handle has a turn among the handle's calls: it waits for receives that
 * were called before it, nothing else receives beside it, and what comes after its end goes on where it ended. What it left
 * reaches whoever asks next, in the order in which it arrived: messages too, by whatever call they are asked for.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { AF_UNIX, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM } from '../../generated/abi/index.js';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';
import { descriptorMessage } from '../support/streams.js';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

async function connection(ring: Ring) {
  await using listener = await ring.listen({ host: '127.0.0.1', port: 0 });
  const connecting = ring.connect(listener.localAddress as { host: string; port: number });
  const both = [await connecting, await listener.accept()] as const;
  open.push(...both);
  return both;
}

const into = (ring: Ring, bytes: number) => ring.alloc(bytes);

describe.each(ENCODERS)('streams in their turn, %s encoder', (encoder) => {
  test('a stream begins when the receives before it are over', async () => {
    const ring = openRing({ encoder });
    const [far, near] = await connection(ring);
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 64 });
    const memory = [into(ring, 4), into(ring, 4)];
    const received = memory.map((buffer) => near.recv(buffer));
    const stream = ring.multishot.recv({ fd: near, buffers });
    const first = stream.next();
    for (const text of ['aaaa', 'bbbb', 'cccc']) {
      await far.send(Buffer.from(text));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await Promise.all(received)).toEqual([4, 4]);
    expect(memory.map((buffer) => buffer.bytes.toString())).toEqual(['aaaa', 'bbbb']);
    expect((await first).value?.copy().toString()).toBe('cccc');
    await stream.return();
  });

  test('receives and other streams beside an open one are refused, and say why', async () => {
    const ring = openRing({ encoder });
    const [far, near] = await connection(ring);
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 64 });
    const stream = ring.multishot.recv({ fd: near, buffers });
    const first = stream.next();
    const why = {
      code: 'ERR_RING_RESOURCE',
      message: expect.stringMatching(/multishot stream \(recv\).*no order.*end it/),
    };
    await expect(near.recv(into(ring, 4))).rejects.toMatchObject(why);
    await expect(buffers.recv({ fd: near })).rejects.toMatchObject(why);
    await expect(ring.multishot.recv({ fd: near, buffers }).next()).rejects.toMatchObject(why);
    await expect(
      ring.multishot
        .recvMessage({ fd: near, buffers: ring.bufferRing({ entries: 2, bufferBytes: 512 }) })
        .next(),
    ).rejects.toMatchObject(why);
    await far.send(Buffer.from('one'));
    expect((await first).value?.copy().toString()).toBe('one');
    // Sending is another direction.
    expect(await near.send(Buffer.from('x'))).toBe(1);
    await stream.return();
    await far.send(Buffer.from('two'));
    const buffer = into(ring, 8);
    expect(await near.recv(buffer)).toBe(3);
    await buffers.close();
  });

  test('a receive called while a stream ends goes on where it ended', async () => {
    const ring = openRing({ encoder });
    const [far, near] = await connection(ring);
    const buffers = ring.bufferRing({ entries: 64, bufferBytes: 16 });
    const words = Buffer.from(Uint32Array.from({ length: 40_000 }, (_, at) => at).buffer);
    const sending = far.send(words, { flags: 0x100 }).then(() => far.shutdown());
    const got: Buffer[] = [];
    for (;;) {
      const stream = ring.multishot.recv({ fd: near, buffers });
      for (let taken = 0; taken < 3; taken += 1) {
        const { value } = await stream.next();
        if (value !== undefined) got.push(value.copy());
      }
      const ending = stream.return();
      const memory = [into(ring, 100), into(ring, 3000)];
      const counts = await Promise.all(memory.map((buffer) => near.recv(buffer)));
      await ending;
      for (const [at, count] of counts.entries()) got.push(Buffer.from(memory[at]!.bytes.subarray(0, count)));
      if (counts[1] === 0) break;
    }
    await sending;
    expect(Buffer.concat(got).equals(words)).toBe(true);
  });

  test('a stream that is ended before its turn leaves the others theirs; so does a closed handle', async () => {
    const ring = openRing({ encoder });
    const [far, near] = await connection(ring);
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 64 });
    const buffer = into(ring, 4);
    const receiving = near.recv(buffer);
    const stream = ring.multishot.recv({ fd: near, buffers });
    const none = stream.next();
    await stream.return();
    expect(await none).toEqual({ value: undefined, done: true });
    const second = near.recv(into(ring, 4));
    await far.send(Buffer.from('aaaabbbb'));
    expect(await Promise.all([receiving, second])).toEqual([4, 4]);
    const pending = near.recv(into(ring, 4)).catch((error: unknown) => error);
    const waiting = ring.multishot.recv({ fd: near, buffers }).next();
    await Promise.all([near.close(), expect(waiting).rejects.toMatchObject({ code: expect.any(String) })]);
    expect(await pending).toMatchObject({ code: 'ECANCELED' });
  });

  test('a stream on a pipe has its turn as well', async () => {
    const ring = openRing({ encoder });
    const [from, to] = await ring.ops.pipe({});
    const [reading, writing] = [ring.adopt(from), ring.adopt(to)];
    open.push(reading, writing);
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 64 });
    const stream = ring.multishot.read({ fd: reading, buffers });
    const first = stream.next();
    await expect(reading.read(into(ring, 4))).rejects.toMatchObject({ code: 'ERR_RING_RESOURCE' });
    await writing.write(Buffer.from('abc'));
    expect((await first).value?.copy().toString()).toBe('abc');
    await stream.return();
    await writing.write(Buffer.from('def'));
    expect(await reading.read(into(ring, 4))).toBe(3);
  });

  async function leftMessages(texts: readonly string[], control?: () => Buffer) {
    const ring = openRing({ encoder });
    const path = `${temporaryFolder()}/s`;
    const [fd, sender] = (await Promise.all(
      [0, 1].map(() => ring.ops.socket({ domain: AF_UNIX, type: SOCK_DGRAM })),
    )) as [number, number];
    await ring.ops.bind({ fd, address: { path } });
    await ring.ops.bind({ fd: sender, address: { path: `${path}2` } });
    await ring.ops.connect({ fd: sender, address: { path } });
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 512 });
    const send = (text: string) =>
      ring.ops.sendmsg({
        fd: sender,
        message: { buffers: [Buffer.from(text)], ...(control === undefined ? {} : { control: control() }) },
      });
    await send('first');
    for (const text of texts) await send(text);
    for await (const message of ring.multishot.recvMessage({ fd, buffers, controlBytes: 64 })) {
      for (const part of message.control.byteLength > 0 ? [message.control] : [])
        closeSync(Buffer.from(part).readInt32LE(16));
      message.release();
      await new Promise((resolve) => setTimeout(resolve, 20));
      break;
    }
    open.push({
      [Symbol.asyncDispose]: async () => {
        closeSync(fd);
        closeSync(sender);
      },
    });
    return { ring, fd, buffers, send, sender: { path: `${path}2` } };
  }

  test('messages that a stream left go to a single recvmsg, with their sender', async () => {
    const { ring, fd, send, sender } = await leftMessages(['m0', 'm1', '', 'long one']);
    await send('new');
    const receive = async (bytes = 16, flags = 0) => {
      const buffer = Buffer.alloc(bytes);
      const message = await ring.ops.recvmsg({ fd, message: { buffers: buffer }, flags });
      return { ...message, text: buffer.subarray(0, Math.min(message.bytes, bytes)).toString() };
    };
    expect(await receive(16, MSG_PEEK)).toMatchObject({ text: 'm0', from: sender });
    expect(await receive()).toMatchObject({ bytes: 2, text: 'm0', from: sender, flags: 0 });
    expect(await receive()).toMatchObject({ text: 'm1' });
    expect(await receive()).toMatchObject({ bytes: 0 });
    expect(await receive(4, MSG_TRUNC)).toMatchObject({ bytes: 8, text: 'long', flags: MSG_TRUNC });
    expect(await receive()).toMatchObject({ text: 'new' });
  });

  test('they go to recv, leased receives and streams of data as well, each one by itself', async () => {
    const { ring, fd, buffers, send } = await leftMessages(['m0', 'm1', 'm2', 'm3']);
    const buffer = ring.alloc(16);
    expect(await ring.ops.recv({ fd, buffer, flags: MSG_PEEK })).toBe(2);
    expect(await ring.ops.recv({ fd, buffer })).toBe(2);
    expect(buffer.bytes.toString('latin1', 0, 2)).toBe('m0');
    expect((await buffers.recv({ fd })).copy().toString()).toBe('m1');
    await send('m4');
    const got: string[] = [];
    for await (const lease of ring.multishot.recv({ fd, buffers })) {
      got.push(lease.copy().toString());
      if (got.length === 1) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    for await (const message of ring.multishot.recvMessage({ fd, buffers })) {
      got.push(message.copy().toString());
      if (got.length === 3) break;
    }
    expect(got).toEqual(['m2', 'm3', 'm4']);
  });

  test('descriptors that came with them are handed on, or closed where there is no room', async () => {
    const passed = openSync('/dev/zero', 'r');
    const { ino } = fstatSync(passed);
    const { ring, fd } = await leftMessages(['m0', 'm1', 'm2'], () => descriptorMessage(passed));
    const buffers = [Buffer.alloc(8)];
    const whole = await ring.ops.recvmsg({ fd, message: { buffers, controlBytes: 64 } });
    const number = Buffer.from(whole.control).readInt32LE(16);
    expect(fstatSync(number).ino).toBe(ino);
    closeSync(number);
    const cut = await ring.ops.recvmsg({ fd, message: { buffers } });
    expect(cut).toMatchObject({ bytes: 2, control: new Uint8Array(), flags: 8 });
    expect(await ring.ops.recv({ fd, buffer: ring.alloc(8) })).toBe(2);
    closeSync(passed);
  });
});
