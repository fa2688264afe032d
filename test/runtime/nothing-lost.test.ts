/**
 * Nothing that arrived is thrown away: whatever is aborted, cancelled or left at whatever moment, the bytes, connections,
 * messages and descriptors that came are those that were taken, in order. What a stream had when its consumer left goes to
 * whoever asks the same file next; with the file or the ring it is given back.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { connect as connectNode } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { BufferRing, Lease, Listener, Ring, Socket } from '../../generated/index.js';
import { ENCODERS, openRing, turns } from '../support/rings.js';
import {
  closeAll,
  connected,
  descriptorMessage,
  listener as listening,
  losesNoDescriptors,
  until,
} from '../support/streams.js';

const BYTES = 600;

async function connection(ring: Ring): Promise<readonly [Socket, Socket]> {
  await using listener = await ring.listen({ host: '127.0.0.1', port: 0 });
  const connecting = ring.connect(listener.localAddress as { host: string; port: number });
  return [await connecting, await listener.accept()];
}

/** Numbered single bytes and small bursts, with pauses of changing length, and the end. */
async function trickle(
  send: (bytes: Buffer) => Promise<unknown>,
  end: () => Promise<unknown>,
): Promise<void> {
  for (let sent = 0; sent < BYTES; ) {
    const count = Math.min(1 + (sent % 5), BYTES - sent);
    await send(Buffer.from(Array.from({ length: count }, (_, at) => (sent + at) & 255)));
    sent += count;
    if (sent % 3 === 0) await turns(sent % 4);
  }
  await end();
}

/** Takes until the end comes; each round may be aborted. */
type Round = (signal: AbortSignal, take: (bytes: Uint8Array) => void) => Promise<boolean>;

async function collect(rounds: readonly Round[]): Promise<{ got: Buffer; aborted: number }> {
  const got: Buffer[] = [];
  let aborted = 0;
  for (let index = 0; ; index += 1) {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    if (index % 3 === 0) setImmediate(abort);
    else if (index % 3 === 1) setTimeout(abort, 0);
    else setTimeout(abort, 2);
    try {
      const ended = await rounds[index % rounds.length]!(controller.signal, (bytes) => {
        got.push(Buffer.from(bytes));
      });
      if (ended) return { got: Buffer.concat(got), aborted };
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
      aborted += 1;
    }
  }
}

const take = (lease: Lease, taken: (bytes: Uint8Array) => void): boolean => {
  taken(lease.copy());
  return lease.byteLength === 0;
};

/** Streams: left after some chunks, or aborted. */
const streamed =
  (start: (signal: AbortSignal) => AsyncIterable<Lease>): Round =>
  async (signal, taken) => {
    let count = 0;
    for await (const lease of start(signal)) {
      take(lease, taken);
      count += 1;
      if (count === 3) return false;
      // More arrives than is taken.
      await turns(count);
    }
    return !signal.aborted;
  };

describe.each(ENCODERS)('bytes, %s encoder', (encoder) => {
  const whole = Buffer.from(Array.from({ length: BYTES }, (_, at) => at & 255));

  type Source = {
    ring: Ring;
    fd: number;
    handle: Socket;
    buffers: BufferRing;
  };
  const rounds: Record<string, (source: Source) => readonly Round[]> = {
    'ops.recv': ({ ring, handle }) => [
      async (signal, taken) => {
        const room = Buffer.alloc(7);
        const count = await ring.ops.recv({ fd: handle, buffer: room }, { signal });
        taken(room.subarray(0, count));
        return count === 0;
      },
    ],
    'socket.recv': ({ handle }) => [
      async (signal, taken) => {
        const room = Buffer.alloc(7);
        const count = await handle.recv(room, { signal });
        taken(room.subarray(0, count));
        return count === 0;
      },
    ],
    'buffers.recv': ({ handle, buffers }) => [
      async (signal, taken) => take(await buffers.recv({ fd: handle }, { signal }), taken),
    ],
    'multishot.recv': ({ ring, handle, buffers }) => [
      streamed((signal) => ring.multishot.recv({ fd: handle, buffers }, { signal })),
    ],
  };
  const all = Object.entries(rounds);
  const cases: [string, (source: Source) => readonly Round[]][] = [
    ...all,
    ['all of them by turns', (source) => all.flatMap(([, make]) => make(source))],
  ];

  test.each(cases)('of a socket, by %s', { timeout: 20_000 }, async (_name, make) => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const [near, far] = await connection(ring);
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 16 });
    const sending = trickle(
      (bytes) => far.send(bytes),
      () => far.shutdown(),
    );
    const { got, aborted } = await collect(make({ ring, fd: near.fd, handle: near, buffers }));
    await sending;
    expect(got.equals(whole), got.toString('hex')).toBe(true);
    expect(aborted).toBeGreaterThan(0);
    expect(buffers.statistics).toMatchObject({ available: 16, leased: 0 });
    await Promise.all([near.close(), far.close()]);
  });

  test('of a pipe by its number, by streams, buffers.recv and reads', { timeout: 20_000 }, async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const [from, to] = await ring.ops.pipe({});
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 16 });
    const sending = trickle(
      (buffer) => ring.ops.write({ fd: to, buffer }),
      () => ring.ops.close({ fd: to }),
    );
    const { got } = await collect([
      streamed((signal) => ring.multishot.read({ fd: from, buffers }, { signal })),
      async (signal, taken) => take(await buffers.read({ fd: from }, { signal }), taken),
      async (signal, taken) => {
        const rooms = [Buffer.alloc(3), Buffer.alloc(4)];
        const count = await ring.ops.readv({ fd: from, buffers: rooms }, { signal });
        taken(Buffer.concat(rooms).subarray(0, count));
        return count === 0;
      },
    ]);
    await sending;
    expect(got.equals(whole), got.toString('hex')).toBe(true);
    await ring.ops.close({ fd: from });
  });

  test('that ring.cancel, an error and an iteration left behind a MSG_WAITALL receive', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 4 });
    await ring.ops.send({ fd: far, buffer: Buffer.from('abcdefghijklmnopqrst') });
    const stream = ring.multishot.recv({ fd: near, buffers }, { highWaterMark: 8 });
    expect((await stream.next()).value!.copy().toString()).toBe('abcd');
    await until(() => buffers.statistics.leased === 4);
    await stream.return();
    expect(buffers.statistics).toMatchObject({ available: 8, leased: 0 });
    const room = Buffer.alloc(22);
    expect(await ring.ops.recv({ fd: near, buffer: room.subarray(0, 2), flags: 2 /* MSG_PEEK */ })).toBe(2);
    const receiving = ring.ops.recv({ fd: near, buffer: room, flags: 0x100 /* MSG_WAITALL */ });
    await turns(3);
    await ring.ops.send({ fd: far, buffer: Buffer.from('uvwxyz') });
    expect(await receiving).toBe(22);
    expect(room.toString()).toBe('efghijklmnopqrstuvwxyz');
    await closeAll(ring, near, far);
  });

  test('are no others’ when the number is another file’s, and go with the file', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 4 });
    await ring.ops.send({ fd: far, buffer: Buffer.from('abcdefgh') });
    const stream = ring.multishot.recv({ fd: near, buffers });
    (await stream.next()).value!.release();
    await stream.return();
    await closeAll(ring, near, far);
    const pipes: number[] = [];
    let [from, to] = await ring.ops.pipe({});
    for (pipes.push(from, to); from !== near && pipes.length < 8; pipes.push(from, to))
      [from, to] = await ring.ops.pipe({});
    expect(from).toBe(near);
    await ring.ops.write({ fd: to, buffer: Buffer.from('other') });
    const room = Buffer.alloc(8);
    expect(room.toString('latin1', 0, await ring.ops.read({ fd: from, buffer: room }))).toBe('other');
    await closeAll(ring, ...pipes);
  });
});

describe.each(ENCODERS)('datagrams, %s encoder', (encoder) => {
  test('that are empty end no stream, and what a stream left of them keeps its bounds', async () => {
    const ring = openRing({ encoder });
    const receiver = await ring.connect({ host: '127.0.0.1', port: 9 }, { type: 2 });
    const address = receiver.localAddress as { host: string; port: number };
    const sender = await ring.connect(address, { type: 2 });
    await ring.ops.connect({ fd: receiver, address: sender.localAddress! });
    const buffers = ring.bufferRing({ entries: 8, bufferBytes: 16 });
    const stream = ring.multishot.recv({ fd: receiver, buffers });
    for (const text of ['a', '', 'bc', 'left', '', 'over', 'z']) await sender.send(Buffer.from(text));
    const got: string[] = [];
    for await (const lease of stream) if (got.push(lease.copy().toString()) === 3) break;
    expect(got).toEqual(['a', '', 'bc']);
    const room = Buffer.alloc(3);
    const next = async () => room.toString('latin1', 0, await receiver.recv(room));
    expect([await next(), await next(), await next(), await next()]).toEqual(['lef', '', 'ove', 'z']);
    await Promise.all([receiver.close(), sender.close()]);
  });

  test('of a Unix socket without a name, empty ones too, and the descriptors they bring', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const [near, far] = await connection(ring);
    await Promise.all([near.close(), far.close()]);
    const path = `\0ringsmith-lost-${process.pid}-${encoder}`;
    const fd = await ring.ops.socket({ domain: 1, type: 2 });
    const sender = await ring.ops.socket({ domain: 1, type: 2 });
    await ring.ops.bind({ fd, address: { path } });
    await ring.ops.connect({ fd: sender, address: { path } });
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 256 });
    const passed = openSync('/dev/zero', 'r');
    const { ino } = fstatSync(passed);
    const send = (text: string, control?: Buffer) =>
      ring.ops.sendmsg({
        fd: sender,
        message: { buffers: [Buffer.from(text)], ...(control === undefined ? {} : { control }) },
      });
    await send('');
    for (let at = 0; at < 5; at += 1) await send(`m${at}`, descriptorMessage(passed));
    closeSync(passed);
    const got: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for await (const message of ring.multishot.recvMessage({ fd, buffers, controlBytes: 24 })) {
        got.push(message.bytes.toString());
        if (message.control.byteLength > 0) {
          const descriptor = Buffer.from(message.control).readInt32LE(16);
          expect(fstatSync(descriptor).ino).toBe(ino);
          closeSync(descriptor);
        }
        message.release();
        await turns(2);
        if (round < 2 || got.length === 5) break;
      }
    }
    expect(got).toEqual(['', 'm0', 'm1', 'm2', 'm3']);
    // The last one's descriptor is closed with the ring.
    await closeAll(ring, fd, sender);
  });
});

describe.each(ENCODERS)('connections, %s encoder', (encoder) => {
  /** So many connections to a listener, each of which says its number. */
  function clients(listener: Listener, count: number) {
    const { port } = listener.localAddress as { port: number };
    const made = Array.from({ length: count }, (_, at) => {
      const socket = connectNode(port, '127.0.0.1', () => socket.write(String.fromCharCode(at)));
      return socket.on('error', () => undefined);
    });
    return {
      closed: () => made.filter((socket) => socket.readableEnded || socket.closed).length,
      end: () => made.map((one) => one.destroy()),
    };
  }

  test('that nobody took of an iteration go to accept, to the next one, and to ops.accept', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    const { end } = clients(listener, 40);
    const taken: number[] = [];
    const took = async (socket: Socket): Promise<void> => {
      const room = Buffer.alloc(1);
      await socket.recv(room);
      taken.push(room[0]!);
      await socket.close();
    };
    for (let round = 0; taken.length < 40; round += 1) {
      const controller = new AbortController();
      if (round % 4 === 0) {
        await took(await listener.accept());
      } else if (round % 4 === 1) {
        await took(ring.adopt(await ring.ops.accept({ fd: listener }), 'socket'));
      } else {
        let count = 0;
        try {
          for await (const socket of listener.connections({ signal: controller.signal })) {
            await took(socket);
            count += 1;
            if (taken.length === 40) break;
            if (count === 3 && round % 4 === 2) break;
            if (count === 3) controller.abort();
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'AbortError' });
        }
      }
    }
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(ring.statistics.openHandles).toBe(1);
    await listener.close();
    end();
  });

  test.each(['listener', 'ring'] as const)(
    'that nobody can take any more are closed: with the %s',
    async (what) => {
      losesNoDescriptors();
      const ring = openRing({ encoder });
      const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
      const { closed, end } = clients(listener, 8);
      const stream = listener.connections();
      await (await stream.next()).value!.close();
      await turns(20);
      await stream.return();
      await turns(10);
      if (what === 'listener') await listener.close();
      else await ring.close();
      await until(() => closed() === 8);
      expect(closed()).toBe(8);
      await listener.close();
      end();
    },
  );

  test('by number, and those of a listener that the program closed by itself', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const { fd, connect } = await listening(ring);
    const made = await Promise.all(Array.from({ length: 6 }, connect));
    const stream = ring.multishot.accept({ fd });
    const first = (await stream.next()).value!;
    await turns(5);
    await stream.return();
    const another = ring.multishot.accept({ fd });
    const second = (await another.next()).value!;
    await another.return();
    const third = await ring.ops.accept({ fd });
    await closeAll(ring, first, second, third, fd, ...made);
  });
});
