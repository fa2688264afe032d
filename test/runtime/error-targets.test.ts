/**
 * Proves that an operation that fails tells what it was about as node:fs and node:net do, with a stack that leads to the
 * program that awaits it, at every level and with both encoders.
 */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { OpenFlags } from '../../generated/abi/flags.js';
import { ChainError, operations, type RingError } from '../../generated/index.js';
import { errnoText } from '../../runtime/errno.js';
import { ENCODERS, openRing, openSyncRing, temporaryFolder } from '../support/rings.js';

const failure = async (promise: Promise<unknown>): Promise<RingError> =>
  (await promise.then(
    () => undefined,
    (error: unknown) => error,
  )) as RingError;

/** O_RDWR | O_CREAT. */
const CREATE = 0o102 as OpenFlags;
const NOWHERE = '/nowhere/at-all';

describe.each(ENCODERS)('%s encoder', (encoder) => {
  test('every operation on paths tells them', async () => {
    const { ops } = openRing({ encoder });
    const one = { code: 'ENOENT', path: NOWHERE };
    const two = { ...one, dest: `${NOWHERE}2` };
    const from = { oldPath: NOWHERE, newPath: two.dest };
    expect(await failure(ops.openat({ path: NOWHERE }))).toMatchObject(one);
    expect(await failure(ops.openat({ path: Buffer.from(NOWHERE) }))).toMatchObject(one);
    expect(await failure(ops.mkdirat({ path: NOWHERE }))).toMatchObject(one);
    expect(await failure(ops.unlinkat({ path: NOWHERE }))).toMatchObject(one);
    expect(await failure(ops.statx({ path: NOWHERE, mask: 0 }))).toMatchObject(one);
    expect(await failure(ops.renameat(from))).toMatchObject(two);
    expect(await failure(ops.linkat(from))).toMatchObject(two);
    expect(await failure(ops.symlinkat({ target: NOWHERE, path: two.dest }))).toMatchObject(two);
    const attribute = await failure(ops.getxattr({ path: NOWHERE, name: 'user.x' }));
    expect(attribute).toMatchObject(one);
    expect(attribute.dest).toBeUndefined();
  });

  test('an error of a handle names the target in its message', async () => {
    const ring = openRing({ encoder });
    const unix = await failure(ring.connect({ path: `${NOWHERE}.sock` }));
    expect(unix).toMatchObject({ code: 'ENOENT', address: `${NOWHERE}.sock` });
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    const { port } = listener.localAddress as { port: number };
    const used = await failure(ring.listen({ host: '127.0.0.1', port }, { reuseAddress: false }));
    expect(used).toMatchObject({ code: 'EADDRINUSE', address: '127.0.0.1', port });
    expect(used.message).toContain(`127.0.0.1:${port}`);
    await listener.close();
  });

  test('the stack of an awaited operation leads to the program', async () => {
    const ring = openRing({ encoder });
    async function theProgram(start: () => Promise<unknown>): Promise<unknown> {
      return await start();
    }
    const chained = () => ring.chain(() => [ring.ops.openat({ path: NOWHERE }), ring.ops.nop()]);
    for (const start of [
      () => ring.ops.openat({ path: NOWHERE }),
      () => ring.ops.openat({ path: NOWHERE }, { timeout: 5000 }),
      () => ring.open(NOWHERE),
      () => ring.connect({ path: NOWHERE }),
      () => Promise.all([ring.ops.nop(), ring.open(NOWHERE)]),
      () => ring.multishot.accept({ fd: 0 }).next(),
      chained,
    ]) {
      expect((await failure(theProgram(start))).stack, String(start)).toContain('theProgram');
    }
  });

  test('a completion at the synchronous level becomes the same error', () => {
    const ring = openSyncRing({ encoder });
    const path = ring.alloc(64);
    path.bytes.write(`${NOWHERE}\0`);
    path.toKernel();
    ring.push(operations.openat, { path });
    ring.wait();
    let error: RingError | undefined;
    ring.drain((completion) => {
      error = ring.error(operations.openat, completion, { path });
    });
    expect(error).toMatchObject({ code: 'ENOENT', path: NOWHERE, syscall: 'openat' });
  });

  test('more buffers than the kernel takes are refused by the rule', async () => {
    const ring = openRing({ encoder });
    const file = await ring.open(`${temporaryFolder()}/file`, { flags: CREATE });
    const parts = Array.from({ length: 1025 }, () => Buffer.from('x'));
    for (const refused of [
      file.writev(parts),
      file.readv(parts),
      ring.ops.sendmsg({ fd: 0, message: { buffers: parts } }),
      ring.ops.recvmsg({ fd: 0, message: { buffers: parts } }),
    ])
      expect(await failure(refused)).toMatchObject({ code: 'ERR_OUT_OF_RANGE', message: /1024 .*IOV_MAX/ });
    expect(await file.writev(parts.slice(1))).toBe(1024);
    await file.close();
  });

  test('a chain broken by a timeout that expired is told as that', async () => {
    const ring = openRing({ encoder });
    const error = await failure(ring.chain(() => [ring.ops.timeout({ after: 5 }), ring.ops.nop()]));
    expect(error).toBeInstanceOf(ChainError);
    expect(error.message).toMatch(/timeout.*ETIME/);
  });

  test('what is handed out shows itself', async () => {
    const ring = openRing({ encoder });
    const path = `${temporaryFolder()}/file`;
    const file = await ring.open(path, { flags: CREATE });
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 512 });
    expect(inspect(file)).toMatch(new RegExp(`File .*fd: ${file.fd}, path: '${path}'`, 's'));
    expect(inspect(listener)).toMatch(/Listener .*localAddress: .*127\.0\.0\.1/s);
    expect(inspect(ring)).toMatch(/Ring .*state: 'open',.*fd: \d+/s);
    expect(inspect(buffers)).toMatch(/BufferRing .*available: 4/s);
    expect(inspect(ring.alloc(10))).toMatch(/RingBuffer .*byteLength: 10/s);
    await Promise.all([file.close(), listener.close(), buffers.close()]);
    expect(inspect(file)).toContain('closed: true');
  });
});

test('every number of the kernel has its name', () => {
  const named = Array.from({ length: 133 }, (_, index) => index + 1).filter(
    (number) => number !== 41 && number !== 58,
  );
  for (const number of [...named, 512, 513, 514, 516, 517, 524, 530])
    expect(errnoText(-number)[0], String(number)).not.toMatch(/^E\d+$/);
});
