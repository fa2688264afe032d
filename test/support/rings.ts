/**
 * What the tests of the runtime share: both ways of driving a ring, scratch folders, and sockets that libuv leaves alone.
 */
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Operation, Ring, type RingOptions, SyncRing } from '../../generated/index.js';

/** JavaScript writes into the ring's memory, or the C++ encoders do and data is copied. */
export const ENCODERS = ['mapped', 'native'] as const;
export type Encoder = (typeof ENCODERS)[number];

/** A ring that is closed, and shown to have given everything back, when the test is over. */
export function openRing(options: RingOptions = {}): Ring {
  const ring = new Ring(options);
  onTestFinished(async () => {
    await ring.close();
    expect(ring.statistics).toMatchObject({ inFlight: 0, waiting: 0, scratchInUse: 0 });
  });
  return ring;
}

/**
 * Lets everything that is started on the ring from now on wait: behind a drain, which waits for an operation of no end.
 * One operation is in flight then, and one waits.
 * @returns lets it go on
 */
export function holdBack(ring: Ring): () => Promise<void> {
  const endless = ring.ops.timeout({ after: 3_600_000 });
  const drained = ring.ops.nop({}, { drain: true });
  const ended = endless.catch(() => undefined);
  drained.catch(() => undefined);
  return async () => {
    await ring.cancel({ op: endless });
    await ended;
    await drained;
  };
}

/** A synchronous ring that is closed when the test is over. */
export function openSyncRing(options: RingOptions = {}): SyncRing {
  const ring = new SyncRing(options);
  onTestFinished(() => ring.close());
  return ring;
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Closes a descriptor when the test is over. */
export function closeAfterTest(fd: number): void {
  onTestFinished(() => {
    try {
      closeSync(fd);
    } catch {
      // Closed by the test itself.
    }
  });
}

/** The descriptor of a Node socket. */
export function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

export interface SocketPair {
  readonly near: number;
  readonly far: number;
  readonly nearSocket: Socket;
  readonly farSocket: Socket;
}

/** Two ends of a TCP connection over loopback. libuv reads from neither, so that the ring has them to itself. */
export async function socketPair(): Promise<SocketPair> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const nearSocket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  nearSocket.pause();
  const [farSocket] = await Promise.all([
    accepted,
    new Promise<void>((resolve) => nearSocket.once('connect', resolve)),
  ]);
  server.close();
  onTestFinished(() => {
    nearSocket.destroy();
    farSocket.destroy();
  });
  return { near: descriptorOf(nearSocket), far: descriptorOf(farSocket), nearSocket, farSocket };
}

/** An operation that no kernel has, or any other that only needs a number. */
export function madeUpOperation(opcode: number): Operation<object, number> {
  return {
    name: `made up ${opcode}`,
    constant: `IORING_OP_MADE_UP_${opcode}`,
    opcode,
    sqeBytes: 64,
    encode(words, at) {
      words.fill(0, at, at + 16);
      words[at] = opcode;
      return undefined;
    },
    ready: (_pins, args) => args,
  };
}

/** Runs and reports the time, in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}

/** Lets the event loop turn `times` times. */
export async function turns(times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
