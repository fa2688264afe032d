/**
 * Messages between rings: told from operations by their user_data, delivered in order and complete however full the
 * other ring's queue is, with files on request, and between threads.
 */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import type { IncomingMessage } from '../../runtime/resources/messages.js';
import { resultOfChild, runChild } from '../support/children.js';
import { ENCODERS, openRing, temporaryFolder, turns } from '../support/rings.js';

/** Node has no name for it. */
const EBADFD = 77;

const arrived = async (messages: readonly unknown[], count: number): Promise<void> => {
  while (messages.length < count) await turns(1);
};

describe.each(ENCODERS)('messages, %s encoder', (encoder) => {
  test('carry 64 and 32 bits', async () => {
    const [sender, receiver] = [openRing({ encoder }), openRing({ encoder })];
    const messages: IncomingMessage[] = [];
    receiver.onMessage((message) => void messages.push(message));
    await sender.send(receiver, { data: 0x0123_4567_89ab_cdefn, value: -7 });
    await sender.send(receiver, { data: -1, value: 0xffff_ffff });
    await sender.send(receiver, { data: 42 });
    await sender.send({ fd: receiver.fd }, {});
    await arrived(messages, 4);
    expect(messages).toEqual([
      { data: 0x0123_4567_89ab_cdefn, value: -7 },
      { data: 2n ** 64n - 1n, value: -1 },
      { data: 42n, value: 0 },
      { data: 0n, value: 0 },
    ]);
    expect(receiver.statistics).toMatchObject({ inFlight: 0, staleCompletions: 0 });
  });

  test('reach deferred rings, rings with larger entries, and the sender itself', async () => {
    const sender = openRing({ encoder });
    const receivers = [
      openRing({ encoder, taskWork: 'deferred' }),
      openRing({ encoder, cqe32: true }),
      openRing({ encoder, cqe32: 'mixed' }),
      sender,
    ];
    for (const receiver of receivers) {
      const messages: IncomingMessage[] = [];
      receiver.onMessage((message) => void messages.push(message));
      await sender.send(receiver, { data: 2n ** 63n + 5n, value: 9 });
      await arrived(messages, 1);
      expect(messages).toEqual([{ data: 2n ** 63n + 5n, value: 9 }]);
    }
  });

  test('past the size of the queue are neither lost nor out of order', async () => {
    const sender = openRing({ encoder });
    const receiver = openRing({ encoder, entries: 4, cqEntries: 8 });
    const seen: number[] = [];
    receiver.onMessage(({ value }) => void seen.push(value));
    const count = 5000;
    await Promise.all(Array.from({ length: count }, (_, value) => sender.send(receiver, { value })));
    await arrived(seen, count);
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(receiver.statistics.overflows).toBeGreaterThan(0);
    await expect(receiver.ops.nop()).resolves.toBe(0);
  });

  test('nobody listens to are counted', async () => {
    const [sender, receiver] = [openRing({ encoder }), openRing({ encoder })];
    const messages: IncomingMessage[] = [];
    const stop = receiver.onMessage((message) => void messages.push(message));
    await sender.send(receiver, { value: 1 });
    await arrived(messages, 1);
    stop();
    await sender.send(receiver, { value: 2 });
    while (receiver.statistics.staleCompletions === 0) await turns(1);
    expect(messages).toHaveLength(1);
  });

  test('bring descriptors, which nobody else need close', async () => {
    const [sender, receiver] = [openRing({ encoder }), openRing({ encoder })];
    const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
    const table = sender.registerFiles([fd]);
    closeSync(fd);
    const message = { descriptor: table.descriptor(0), data: 77 };
    // @ts-expect-error: the number of an ordinary descriptor means nothing to the other ring
    await expect(sender.send(receiver, { descriptor: 0 })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
    await expect(sender.send(receiver, message)).rejects.toMatchObject({ op: 'IORING_OP_MSG_RING' });
    const received = receiver.registerFiles({ size: 4 });
    const messages: IncomingMessage[] = [];
    const stop = receiver.onMessage((incoming) => void messages.push(incoming));
    await sender.send(receiver, message);
    await arrived(messages, 1);
    await table.unregister();
    const { descriptor, data } = messages[0]!;
    expect(data).toBe(77n);
    const addr = receiver.alloc(4);
    addr.bytes.write('sent');
    const fields = { opcode: constants.IORING_OP_WRITE, fd: descriptor!, addr, len: 4 };
    await expect(receiver.submitRaw(fields)).resolves.toBe(4);
    await descriptor!.close();
    // One that comes while nobody listens is closed.
    stop();
    const again = sender.registerFiles([openSync('/dev/null', 'r')]);
    for (let round = 0; round < 20; round += 1) {
      await sender.send(receiver, { descriptor: again.descriptor(0) });
      await turns(3);
    }
    while (received.open > 0) await turns(1);
    expect(receiver.statistics.staleCompletions).toBe(20);
  });

  test('of a listener that throws lose nothing', async () => {
    const [sender, receiver] = [openRing({ encoder }), openRing({ encoder })];
    const seen: number[] = [];
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    receiver.onMessage(({ value }) => {
      seen.push(value);
      throw new Error(`listener ${value}`);
    });
    await Promise.all([1, 2, 3].map((value) => sender.send(receiver, { value })));
    await arrived(seen, 3);
    await arrived(thrown, 3);
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('cannot be forged by an operation, nor upset by nonsense', async () => {
    const [sender, receiver] = [openRing({ encoder }), openRing({ encoder })];
    receiver.registerFiles({ size: 2 });
    const messages: IncomingMessage[] = [];
    receiver.onMessage((message) => void messages.push(message));
    const kinds = [0xd1n, 0xd2n, 0xd3n];
    for (const kind of kinds)
      await sender.ops.msgRing({ fd: receiver.fd, data: (kind << 56n) | 3n, result: 9 });
    await arrived(messages, 2);
    expect(messages).toEqual([
      { data: 3n, value: 9 },
      { data: 3n, value: 9 },
    ]);
    while (receiver.statistics.staleCompletions < 1) await turns(1);
    const userData = 0xd1n << 56n;
    await expect(sender.ops.nop({ userData })).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });
});

describe('a target that is no ring, or not enabled', () => {
  test('is refused by the kernel', async () => {
    const sender = openRing();
    const fd = openSync('/dev/null', 'r');
    await expect(sender.send({ fd }, {})).rejects.toMatchObject({ errno: -EBADFD });
    closeSync(fd);
    await expect(sender.send(openRing({ disabled: true }), {})).rejects.toMatchObject({ errno: -EBADFD });
  });
});

const WORKERS = `
  const start = (source, workerData) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(
    "import { Ring } from '" + packageUrl + "'; import { workerData, parentPort } from 'node:worker_threads';" + source)), { workerData });
`;

test('workers exchange messages and files by the rings alone, ten thousand rounds', async () => {
  const before = readdirSync('/proc/self/fd').length;
  const program = `${WORKERS}
    const echo = start(\`
      const ring = new Ring({ taskWork: workerData.taskWork });
      ring.registerFiles({ size: 4 });
      let file;
      const stop = ring.onMessage(async ({ data, value, descriptor }) => {
        if (descriptor !== undefined) file = descriptor;
        else if (value === -1) { stop(); await file.close(); await ring.close(); }
        else ring.send({ fd: Number(data) }, { data: 2n ** 60n + BigInt(value), value });
      });
      parentPort.postMessage(ring.fd);\`, { taskWork: 'deferred' });
    const target = { fd: await new Promise((resolve) => echo.once('message', resolve)) };
    const ring = new Ring();
    const file = ring.registerFiles([fs.openSync('/dev/null', 'r')]).descriptor(0);
    await ring.send(target, { descriptor: file });
    let sum = 0n, round = 0;
    await new Promise((resolve, reject) => {
      const next = () => ring.send(target, { data: ring.fd, value: round }).catch(reject);
      const stop = ring.onMessage(({ data, value }) => {
        sum += data - 2n ** 60n - BigInt(value);
        if (value !== round) reject(new Error(value + ' for ' + round));
        round += 1;
        if (round < 10000) next();
        else { stop(); resolve(); }
      });
      next();
    });
    await ring.send(target, { value: -1 });
    const code = await new Promise((resolve) => echo.once('exit', resolve));
    await ring.close();
    console.log(JSON.stringify({ round, sum: Number(sum), code }));`;
  await expect(resultOfChild(program)).resolves.toEqual({ round: 10_000, sum: 0, code: 0 });
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

test('a listener keeps the process alive until it stops, unless it is told not to', async () => {
  const program = (options: string): string => `
    const ring = new Ring(), other = new Ring();
    const stop = ring.onMessage(({ value }) => { console.log(value); stop(); }, ${options});
    setTimeout(() => other.send(ring, { value: 5 }), 60).unref();`;
  // The sender's timer holds nothing: only the listener can have kept the process until it fired.
  const patient = program('{ keepAlive: true }');
  await expect(resultOfChild(patient)).resolves.toBe(5);
  const hasty = await runChild(program('{ keepAlive: false }'));
  expect([hasty.code, hasty.stdout]).toEqual([0, '']);
});
