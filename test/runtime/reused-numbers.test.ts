/**
 * Proves that a number which a handle gave back and the process uses again is hit by nothing that was meant for the
 * handle: not by what waited for room, not by what comes later, on any ring. The same with bare numbers does hit it.
 */
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

const QUEUES = { entries: 2, cqEntries: 4 };
const WRITES = 64;
const CREATED = constants.O_CREAT | constants.O_RDWR;

/** Opens files until one has the number; returns those that are to be closed. */
function takeNumber(fd: number, path: string): number[] {
  const opened: number[] = [];
  do opened.push(openSync(path, 'r+'));
  while (opened.at(-1) !== fd && opened.length < 64);
  return opened;
}

const codes = async (writes: readonly Promise<number>[]): Promise<string[]> =>
  (await Promise.allSettled(writes)).map((one) =>
    one.status === 'fulfilled' ? 'written' : (one.reason as { code: string }).code,
  );

describe.each(ENCODERS)('a number that is used again, %s encoder', (encoder) => {
  test('control: writes to a bare number that waited for room hit the file that has it by then', async () => {
    const ring = openRing({ encoder, ...QUEUES });
    const folder = temporaryFolder();
    const other = join(folder, 'other');
    writeFileSync(other, '');
    const fd = openSync(join(folder, 'mine'), 'w+');
    const writes = Array.from({ length: WRITES }, () => ring.ops.write({ fd, buffer: Buffer.from('x') }));
    closeSync(fd);
    const opened = takeNumber(fd, other);
    expect(opened).toContain(fd);
    expect(await codes(writes)).toContain('written');
    expect(readFileSync(other, 'utf8')).not.toBe('');
    for (const one of opened) closeSync(one);
  });

  test('is not hit by writes through the handle that waited for room', async () => {
    const ring = openRing({ encoder, ...QUEUES });
    const folder = temporaryFolder();
    const [mine, other] = [join(folder, 'mine'), join(folder, 'other')];
    writeFileSync(other, '');
    const file = await ring.open(mine, { flags: CREATED });
    const { fd } = file;
    const writes = Array.from({ length: WRITES }, () => file.write(Buffer.from('x')));
    const settled = codes(writes);
    const elsewhere = Array.from({ length: WRITES }, () => ring.ops.nop());
    await file.close();
    const opened = takeNumber(fd, other);
    expect(opened).toContain(fd);
    const outcome = await settled;
    const written = outcome.filter((one) => one === 'written').length;
    expect(written).toBeGreaterThan(0);
    expect(outcome.filter((one) => one === 'ERR_RING_RESOURCE').length).toBe(WRITES - written);
    expect(readFileSync(mine, 'utf8')).toBe('x'.repeat(written));
    expect(readFileSync(other, 'utf8')).toBe('');
    await Promise.all(elsewhere);
    for (const one of opened) closeSync(one);
  });

  test('is not hit by any operation that takes the handle, wherever the kernel looks for its number', async () => {
    const ring = openRing({ encoder });
    const other = openRing({ encoder });
    const folder = temporaryFolder();
    const file = await ring.open(join(folder, 'mine'), { flags: CREATED });
    await file.close();
    const buffer = Buffer.from('x');
    const late = [
      file.write(buffer),
      file.stat(),
      file.truncate(),
      other.ops.write({ fd: file, buffer }),
      ring.submitRaw({ opcode: constants.IORING_OP_FSYNC, fd: file }),
      ring.ops.openat({ path: 'x', dirfd: file }),
      ring.ops.splice({ fdIn: file, fdOut: 1, length: 1 }),
      ring.ops.epollCtl({ epfd: 1, fd: file, op: constants.EPOLL_CTL_ADD }),
      ring.ops.uringCmd({ fd: file, cmdOp: 0 }),
      ring.ops.filesUpdate({ descriptors: [file] }),
      ring.cancel({ fd: file }),
      ring.multishot.poll({ fd: file, events: 1 }).next(),
    ];
    const outcome = await Promise.allSettled(late);
    const refused = { status: 'rejected', reason: { code: 'ERR_RING_RESOURCE' } };
    expect(outcome).toMatchObject(late.map(() => refused));
  });

  test('is free only when what is in flight on every ring is over', async () => {
    const [ring, second] = [openRing({ encoder }), openRing({ encoder })];
    const [reading, writing] = await ring.ops.pipe();
    const pipe = ring.adopt(reading);
    const received = [pipe.read(Buffer.alloc(1)), second.ops.read({ fd: pipe, buffer: Buffer.alloc(1) })];
    await ring.ops.nop();
    await second.ops.nop();
    const order: string[] = [];
    const ends = received.map((one) =>
      one.catch((error: { readonly code: string }) => {
        // The number is not given back while any ring may mean it.
        expect(fstatSync(reading).isFIFO()).toBe(true);
        order.push(error.code);
      }),
    );
    await pipe.close();
    order.push('closed');
    await Promise.all(ends);
    expect(order).toEqual(['ECANCELED', 'ECANCELED', 'closed']);
    expect(() => fstatSync(reading)).toThrow('EBADF');
    closeSync(writing);
  });
});
