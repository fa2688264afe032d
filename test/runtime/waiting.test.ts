/** Waiting for others: epoll instances, child processes, futexes, linked timeouts; what comes back is decoded. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  EpollControl,
  EpollEvents,
  Futex2Flags,
  PollEvents,
  PollFlags,
  TimeoutFlags,
  WaitIdType,
  WaitOptions,
} from '../../generated/abi/index.js';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

describe.each(ENCODERS)('waiting, %s encoder', (encoder) => {
  test('POLL_ADD with ADD_MULTI tells of every arrival until it is cancelled', async () => {
    const { ops } = openRing({ encoder });
    const { near, far } = await socketPair();
    let heard = 0;
    const onMore = (): void => {
      heard += 1;
    };
    const poll = ops.pollAdd({ fd: near, events: PollEvents.POLLIN, flags: PollFlags.ADD_MULTI }, { onMore });
    const outcome = poll.catch((error: unknown) => error);
    for (let round = 1; round <= 3; round += 1) {
      await ops.send({ fd: far, buffer: Buffer.from('x') });
      while (heard < round) await ops.nop();
      await ops.recv({ fd: near, buffer: Buffer.alloc(1) });
    }
    await ops.asyncCancel({ fd: near, flags: 2 });
    expect(await outcome).toMatchObject({ code: 'ECANCELED' });
  });

  test('a linked timeout cancels what takes too long, and lets be what does not', async () => {
    const ring = openRing({ encoder });
    const { ops } = ring;
    const { near, far } = await socketPair();
    const linked = (timeout: operations.LinkTimeoutArgs) => {
      const members = [ops.recv({ fd: near, buffer: Buffer.alloc(1) }), ops.linkTimeout(timeout)] as const;
      outcomes = Promise.allSettled(members);
      return members;
    };
    let outcomes: Promise<unknown> | undefined;
    await expect(ring.chain(() => linked({ after: 5 }))).rejects.toThrow('operation 1 of 2');
    expect(await outcomes).toMatchObject([{ reason: { code: 'ECANCELED' } }, { value: 'expired' }]);
    const inTime = ring.chain(() => linked({ after: 60_000, flags: TimeoutFlags.BOOTTIME }));
    await ops.send({ fd: far, buffer: Buffer.from('x') });
    expect(await inTime).toEqual([1, 'inTime']);
  });

  test('a child process stops, and siginfo says how', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.waitid)) return context.skip('the kernel has no IORING_OP_WAITID');
    // Not its end: Node collects that too, and may come first.
    const child = spawn('sh', ['-c', 'read line; kill -STOP $$'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const options = WaitOptions.WSTOPPED;
    const waiting = ring.ops.waitid({ which: WaitIdType.PID, id: child.pid!, options });
    child.stdin.end('\n');
    const { siSigno, siCode, sifields } = await waiting;
    const [SIGCHLD, CLD_STOPPED, SIGSTOP] = [17, 5, 19];
    expect({ siSigno, siCode }).toEqual({ siSigno: SIGCHLD, siCode: CLD_STOPPED });
    expect(sifields.sigchld).toMatchObject({ pid: child.pid, status: SIGSTOP });
    child.kill('SIGKILL');
  });
});

/** Descriptors of this process that are epoll instances. */
const epollDescriptors = (): number[] =>
  readdirSync('/proc/self/fd')
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[eventpoll]';
      } catch {
        return false;
      }
    })
    .map(Number);

/** An epoll instance nobody waits on: that of a worker's event loop, which stands still. */
async function idleEpoll(): Promise<number> {
  const before = new Set(epollDescriptors());
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const program = `const { workerData, parentPort } = require('node:worker_threads');
    parentPort.postMessage(0);
    setTimeout(() => Atomics.wait(workerData, 0, 0), 20);`;
  const worker = new Worker(program, { eval: true, workerData: gate });
  await once(worker, 'message');
  onTestFinished(async () => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await once(worker, 'exit');
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  return epollDescriptors().find((fd) => !before.has(fd))!;
}

describe.each(ENCODERS)('epoll, %s encoder', (encoder) => {
  test('an instance is filled, waited for, and emptied', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.epollWait)) return context.skip('the kernel has no IORING_OP_EPOLL_WAIT');
    const { near, far } = await socketPair();
    const { ops } = ring;
    const epfd = await idleEpoll();
    const event = { events: EpollEvents.EPOLLIN, data: 0x1234_5678_9abc_def0n };
    await ops.epollCtl({ epfd, op: EpollControl.ADD, fd: near, event });
    const again = ops.epollCtl({ epfd, op: EpollControl.ADD, fd: near, event });
    await expect(again).rejects.toMatchObject({ code: 'EEXIST' });
    await ops.send({ fd: far, buffer: Buffer.from('x') });
    await expect(ops.epollWait({ fd: epfd, maxEvents: 8 })).resolves.toContainEqual(event);
    await ops.epollCtl({ epfd, op: EpollControl.DEL, fd: near });
    await expect(ops.epollWait({ fd: epfd, maxEvents: 0 })).rejects.toThrow(
      /maxEvents must be an integer from 1/,
    );
  });
});

describe.each(ENCODERS)('futexes, %s encoder', (encoder) => {
  const flags = Futex2Flags.SIZE_U32 | Futex2Flags.PRIVATE;

  test('a waiter is woken, and one that expects another value is not put to sleep', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.futexWait)) return context.skip('the kernel has no IORING_OP_FUTEX_WAIT');
    const { ops } = ring;
    const futex = ring.alloc(4);
    futex.bytes.writeUInt32LE(5);
    await expect(ops.futexWait({ futex, value: 6, flags })).rejects.toMatchObject({ code: 'EAGAIN' });
    const waiting = ops.futexWait({ futex, value: 5, flags });
    let woken = 0;
    while (woken === 0) woken = await ops.futexWake({ futex, count: 10, flags });
    expect(woken).toBe(1);
    await expect(waiting).resolves.toBeUndefined();
  });

  test('one of several wakes whoever waits for them all', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.futexWaitv)) return context.skip('the kernel has no IORING_OP_FUTEX_WAITV');
    const { ops } = ring;
    const words = [ring.alloc(4), ring.alloc(4), ring.alloc(4)];
    const waiters = words.map((uaddr) => ({ uaddr, val: 0, flags }));
    const waiting = ops.futexWaitv({ waiters });
    while ((await ops.futexWake({ futex: words[2]!, count: 1, flags })) === 0);
    await expect(waiting).resolves.toBe(2);
    const foreign = { uaddr: Buffer.alloc(4) as never, val: 0, flags };
    await expect(ops.futexWaitv({ waiters: [foreign] })).rejects.toThrow(/uaddr/);
  });
});
