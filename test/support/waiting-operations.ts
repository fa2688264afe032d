/**
 * Every operation that can wait for somebody else, each on things of its own where nobody ever comes.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { constants, openSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { O_CREAT } from '../../generated/abi/constants.js';
import { Futex2Flags, WaitIdType, WaitOptions } from '../../generated/abi/flags.js';
import { type OperationOptions, operations, type Ring } from '../../generated/index.js';
import { closeAfterTest, descriptorOf, socketPair, temporaryFolder } from './rings.js';

/** Starts it; `sqeFlags` are IOSQE_* bits for it. */
export type StartWaiting = (options: OperationOptions, sqeFlags: number) => Promise<unknown>;

const POLLIN = 1;
const SIZE = 64 << 10;

/** Both ends of a pipe: an empty one to read from, or with `full` one that takes nothing more. */
async function pipeEnds(full = false): Promise<readonly [number, number]> {
  const path = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const filling = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  if (full) fill(filling);
  // What is opened so may be waited for.
  const [from, to] = [openSync(`/proc/self/fd/${read}`, 'r'), openSync(`/proc/self/fd/${filling}`, 'w')];
  for (const fd of [read, filling, from, to]) closeAfterTest(fd);
  return [from, to];
}

/** Writes until there is no room at all. @returns whether there was any */
function fill(fd: number): boolean {
  let wrote = false;
  for (const piece of [Buffer.alloc(SIZE), Buffer.alloc(1)]) {
    for (;;) {
      try {
        writeSync(fd, piece);
        wrote = true;
      } catch {
        break;
      }
    }
  }
  return wrote;
}

/** One end of a connection that takes nothing more. */
async function fullSocket(): Promise<number> {
  // Of a Unix socket, whose room does not grow with time as that of TCP does.
  const path = join(temporaryFolder(), 'socket');
  const server = createServer({ pauseOnConnect: true }).listen(path);
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const socket = connect(path).pause();
  const far = await accepted;
  onTestFinished(() => {
    for (const one of [socket, far]) one.destroy();
    server.close();
  });
  const near = descriptorOf(socket);
  // What the kernel moves on makes room again, for a while.
  for (let full = 0; full < 3; full = fill(near) ? 0 : full + 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return near;
}

function sleepingChild(): ChildProcess {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function listeningSocket(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** What each needs is made now, so that no more than the operation waits. */
export async function waitingOperations(ring: Ring): Promise<ReadonlyMap<string, StartWaiting>> {
  const { ops } = ring;
  const found = new Map<string, StartWaiting>();
  const add = (name: keyof typeof operations, start: StartWaiting): void => {
    if (ring.supports(operations[name] as { readonly opcode: number })) found.set(name, start);
  };
  const [empty, emptyEnd] = await pipeEnds();
  const [, full] = await pipeEnds(true);
  const [, other] = await pipeEnds();
  const { near } = await socketPair();
  const stuck = await fullSocket();
  const listening = await listeningSocket();
  const fifo = join(temporaryFolder(), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const child = sleepingChild();
  const futex = ring.alloc(4);
  const flags = Futex2Flags.SIZE_U32 | Futex2Flags.PRIVATE;
  const buffer = (): Buffer => Buffer.alloc(8);
  closeAfterTest(emptyEnd);

  add('read', (o, sqeFlags) => ops.read({ fd: empty, buffer: buffer(), sqeFlags }, o));
  add('readv', (o, sqeFlags) => ops.readv({ fd: empty, buffers: [buffer()], sqeFlags }, o));
  add('write', (o, sqeFlags) => ops.write({ fd: full, buffer: buffer(), sqeFlags }, o));
  add('writev', (o, sqeFlags) => ops.writev({ fd: full, buffers: [buffer()], sqeFlags }, o));
  add('recv', (o, sqeFlags) => ops.recv({ fd: near, buffer: buffer(), sqeFlags }, o));
  add('recvmsg', (o, sqeFlags) => ops.recvmsg({ fd: near, message: { buffers: [buffer()] }, sqeFlags }, o));
  add('send', (o, sqeFlags) => ops.send({ fd: stuck, buffer: Buffer.alloc(SIZE), sqeFlags }, o));
  add('sendmsg', (o, sqeFlags) =>
    ops.sendmsg({ fd: stuck, message: { buffers: [Buffer.alloc(SIZE)] }, sqeFlags }, o),
  );
  add('accept', (o, sqeFlags) => ops.accept({ fd: listening, sqeFlags }, o));
  add('pollAdd', (o, sqeFlags) => ops.pollAdd({ fd: near, events: POLLIN, sqeFlags }, o));
  add('timeout', (o, sqeFlags) => ops.timeout({ after: 600_000, sqeFlags }, o));
  add('splice', (o, sqeFlags) => ops.splice({ fdIn: empty, fdOut: other, length: 1, sqeFlags }, o));
  add('tee', (o, sqeFlags) => ops.tee({ fdIn: empty, fdOut: other, length: 1, sqeFlags }, o));
  // Without O_CREAT the kernel tries it at first without blocking, which opens a FIFO at once.
  add('openat', (o, sqeFlags) => ops.openat({ path: fifo, flags: O_CREAT, mode: 0o600, sqeFlags }, o));
  add('openat2', (o, sqeFlags) =>
    ops.openat2({ path: fifo, how: { flags: O_CREAT, mode: 0o600 }, sqeFlags }, o),
  );
  add('futexWait', (o, sqeFlags) => ops.futexWait({ futex, value: 0, flags, sqeFlags }, o));
  add('futexWaitv', (o, sqeFlags) =>
    ops.futexWaitv({ waiters: [{ uaddr: futex, val: 0, flags }], sqeFlags }, o),
  );
  // A thread of the kernel has no children: refused there.
  if (!ring.features.setup.includes('IORING_SETUP_SQPOLL')) {
    const waited = { which: WaitIdType.PID, id: child.pid!, options: WaitOptions.WEXITED };
    add('waitid', (o, sqeFlags) => ops.waitid({ ...waited, sqeFlags }, o));
  }
  return found;
}
