/**
 * A handle keeps the order of its calls on a stream, in each direction, also where none of them is awaited: what was told as
 * sent arrives in the order of the calls, and what arrives is told in the order in which it was asked for. Calls that are
 * aborted, timed out, cancelled or refused leave the others their order.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MSG_WAITALL, O_NONBLOCK, O_RDWR } from '../../generated/abi/index.js';
import type { Ring, RingBuffer, Socket } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

/** Both ends of a connection over loopback. */
async function connection(ring: Ring): Promise<readonly [Socket, Socket]> {
  await using listener = await ring.listen({ host: '127.0.0.1', port: 0 });
  const connecting = ring.connect(listener.localAddress as { host: string; port: number });
  return [await connecting, await listener.accept()];
}

/** Numbered words, so that every byte that is out of place shows. */
function part(index: number, bytes: number): Buffer {
  const words = Uint32Array.from({ length: bytes / 4 }, (_, at) => index * (bytes / 4) + at);
  return Buffer.from(words.buffer);
}

/** Everything until the end, slowly at first. */
async function everything(read: (into: Buffer) => Promise<number>, delay = 50): Promise<Buffer> {
  await new Promise((resolve) => setTimeout(resolve, delay));
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(1 << 18);
    const count = await read(chunk);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

/** What was told as sent of each part. */
const told = (parts: readonly Buffer[], ends: readonly PromiseSettledResult<number>[]): Buffer =>
  Buffer.concat(
    parts.map((one, at) => {
      const end = ends[at]!;
      return one.subarray(0, end.status === 'fulfilled' ? end.value : 0);
    }),
  );

const same = (a: Buffer, b: Buffer): void => {
  expect(a.byteLength).toBe(b.byteLength);
  expect(a.equals(b)).toBe(true);
};

describe.each(ENCODERS)('un-awaited calls, %s encoder', (encoder) => {
  test.each([
    ['', 0],
    [' with MSG_WAITALL', MSG_WAITALL],
  ] as const)(
    'sends%s arrive whole and in order, and the end of sending after them',
    async (_name, flags) => {
      const ring = openRing({ encoder });
      const [near, far] = await connection(ring);
      const parts = Array.from({ length: 200 }, (_, at) => part(at, 65536));
      const arriving = everything((into) => far.recv(into));
      const sending = parts.map((one) => {
        const own = Buffer.from(one);
        const sent = near.send(own, { flags });
        // Copied at the call, also where it waits.
        own.fill(255);
        return sent;
      });
      const ending = near.shutdown();
      const ends = await Promise.allSettled(sending);
      await ending;
      expect(new Set(ends.map((end) => (end as { value?: number }).value))).toEqual(new Set([65536]));
      same(await arriving, Buffer.concat(parts));
      await Promise.all([near.close(), far.close()]);
    },
  );

  test('sends mixed with zero-copy sends', async () => {
    const ring = openRing({ encoder });
    const [near, far] = await connection(ring);
    const parts = Array.from({ length: 80 }, (_, at) => part(at, 65536));
    const arriving = everything((into) => far.recv(into));
    const sending = parts.map(async (one, at) => {
      if (at % 3 !== 0) return near.send(one, { flags: MSG_WAITALL });
      const memory: RingBuffer = ring.alloc(one.byteLength);
      memory.bytes.set(one);
      return (await near.sendZeroCopy(memory, { flags: MSG_WAITALL })).bytes;
    });
    const ends = await Promise.allSettled(sending);
    await near.shutdown();
    same(await arriving, told(parts, ends));
    expect(told(parts, ends).byteLength).toBe(80 * 65536);
    await Promise.all([near.close(), far.close()]);
  });

  test('writes to a pipe, of one buffer and of several, with short ones made whole', async () => {
    const ring = openRing({ encoder });
    const [from, to] = await ring.ops.pipe({});
    const source = ring.adopt(from);
    const sink = ring.adopt(to);
    const parts = Array.from({ length: 60 }, (_, at) => part(at, 24_000));
    const arriving = everything((into) => source.read(into));
    const writing = parts.map((one, at) =>
      at % 2 === 0 ? sink.write(one) : sink.writev([one.subarray(0, 10_000), one.subarray(10_000)]),
    );
    const ends = await Promise.allSettled(writing);
    await sink.close();
    const whole = told(parts, ends);
    expect(whole.byteLength).toBeGreaterThanOrEqual(59 * 24_000);
    same(await arriving, whole);
    await source.close();
  });

  test('receives and reads get what arrives in the order in which they were called', async () => {
    const ring = openRing({ encoder });
    const [near, far] = await connection(ring);
    const path = join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [path]);
    const fifo = await ring.open(path, { flags: O_RDWR | O_NONBLOCK });
    const calls = [
      [(into: Buffer) => far.recv(into, { flags: MSG_WAITALL }), (data: Buffer) => near.send(data)],
      [(into: Buffer) => fifo.read(into), (data: Buffer) => fifo.write(data)],
      [(into: Buffer) => fifo.readv([into]), (data: Buffer) => fifo.write(data)],
    ] as const;
    for (const [receive, give] of calls) {
      const rooms = Array.from({ length: 100 }, () => Buffer.alloc(64));
      const receiving = rooms.map(receive);
      for (let at = 0; at < 100; at += 1) {
        await give(part(at, 64));
        if (at % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await Promise.all(receiving)).toEqual(Array<number>(100).fill(64));
      same(Buffer.concat(rooms), Buffer.concat(rooms.map((_, at) => part(at, 64))));
    }
    await Promise.all([near.close(), far.close(), fifo.close()]);
  });
});

describe.each(ENCODERS)('a call that waits for others, %s encoder', (encoder) => {
  /** A socket on which receives wait: the first with the kernel, the others for it. */
  async function waiting() {
    const ring = openRing({ encoder });
    const [near, far] = await connection(ring);
    const first = Buffer.alloc(8);
    return { ring, near, far, first, receiving: near.recv(first) };
  }

  test('is aborted, timed out or cancelled at once, and the others go on', async () => {
    const { ring, near, far, first, receiving } = await waiting();
    const controller = new AbortController();
    const rooms = [Buffer.alloc(8), Buffer.alloc(8)] as const;
    const aborted = near.recv(Buffer.alloc(8), { signal: controller.signal });
    const second = near.recv(rooms[0]);
    const late = near.recv(Buffer.alloc(8), { timeout: 20 });
    const cancelled = near.recv(Buffer.alloc(8));
    const third = near.recv(rooms[1], { timeout: 60_000 });
    controller.abort();
    await Promise.all([
      expect(aborted).rejects.toMatchObject({ name: 'AbortError' }),
      expect(late).rejects.toMatchObject({ code: 'ETIME', syscall: 'recv' }),
    ]);
    expect(await ring.cancel({ op: cancelled })).toBe(1);
    await expect(cancelled).rejects.toMatchObject({ code: 'ECANCELED', syscall: 'recv' });
    await expect(near.recv(Buffer.alloc(8), { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    for (const [text, pending, room] of [
      ['first', receiving, first],
      ['second', second, rooms[0]],
      ['third', third, rooms[1]],
    ] as const) {
      await far.send(Buffer.from(text));
      expect(room.toString('latin1', 0, await pending)).toBe(text);
    }
    await Promise.all([near.close(), far.close()]);
  });

  test('ends in its turn by its signal, its time, and ring.cancel', async () => {
    const { ring, near, far, receiving } = await waiting();
    const controller = new AbortController();
    const aborted = near.recv(Buffer.alloc(8), { signal: controller.signal });
    const late = expect(near.recv(Buffer.alloc(8), { timeout: 80 })).rejects.toMatchObject({ code: 'ETIME' });
    const cancelled = near.recv(Buffer.alloc(8));
    await far.send(Buffer.from('x'));
    expect(await receiving).toBe(1);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await late;
    await new Promise((resolve) => setImmediate(resolve));
    const found = ring.cancel({ op: cancelled });
    await expect(cancelled).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(await found).toBe(1);
    await Promise.all([near.close(), far.close()]);
  });

  test('is refused by the close of its handle and of its ring', async () => {
    const { ring, near, far, receiving } = await waiting();
    const behind = near.recv(Buffer.alloc(8));
    const [ended, refused] = [receiving, behind].map((one) => one.catch((error: unknown) => error));
    await near.close();
    expect(await ended).toMatchObject({ code: 'ECANCELED' });
    expect(await refused).toMatchObject({ code: 'ERR_RING_RESOURCE' });
    const [one, other] = await connection(ring);
    const others = [one.recv(Buffer.alloc(8)), one.recv(Buffer.alloc(8))].map((waits) =>
      waits.catch(() => 'over'),
    );
    await ring.cancel({ fd: one });
    expect(await Promise.all(others)).toEqual(['over', 'over']);
    const last = [one.recv(Buffer.alloc(8)), one.recv(Buffer.alloc(8))].map((waits) =>
      waits.catch((error: unknown) => (error as { code: string }).code),
    );
    await ring.close();
    expect(await Promise.all(last)).toEqual(['ECANCELED', 'ERR_RING_CLOSED']);
    await Promise.all([far.close(), one.close(), other.close()]);
  });

  test('fails by itself when the one before it failed', async () => {
    const ring = openRing({ encoder });
    const [near, far] = await connection(ring);
    await near.shutdown();
    const sends = [near.send(Buffer.from('a')), near.send(Buffer.from('b')), near.send(Buffer.from('c'))];
    const codes = await Promise.all(sends.map((one) => one.catch((error: { code: string }) => error.code)));
    expect(codes).toEqual(['EPIPE', 'EPIPE', 'EPIPE']);
    await Promise.all([near.close(), far.close()]);
  });

  test('does not wait as a member of a chain', async () => {
    const { ring, near, far, receiving } = await waiting();
    const chained = ring.chain(() => [near.send(Buffer.from('ab')), near.send(Buffer.from('cd'))]);
    expect(await chained).toEqual([2, 2]);
    const room = Buffer.alloc(4);
    expect(await far.recv(room, { flags: MSG_WAITALL })).toBe(4);
    expect(room.toString()).toBe('abcd');
    const ended = expect(receiving).rejects.toMatchObject({ code: 'ECANCELED' });
    await near.close();
    await ended;
    await far.close();
  });

  test('does not wait on datagram sockets and files with positions', async () => {
    const ring = openRing({ encoder });
    const socket = await ring.connect({ host: '127.0.0.1', port: 9 }, { type: 2 });
    const receiving = Promise.allSettled([socket.recv(Buffer.alloc(8)), socket.recv(Buffer.alloc(8))]);
    expect(ring.statistics.inFlight).toBe(2);
    await socket.close();
    for (const one of await receiving) expect(one.status).toBe('rejected');
    const file = await ring.open(join(temporaryFolder(), 'file'), { flags: O_RDWR | 0o100 });
    const writing = [
      file.write(Buffer.from('a'), { position: 0 }),
      file.write(Buffer.from('b'), { position: 1 }),
    ];
    expect(ring.statistics.inFlight).toBe(2);
    expect(await Promise.all(writing)).toEqual([1, 1]);
    await file.close();
  });
});
