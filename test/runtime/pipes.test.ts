/** Pipes: made by the ring, and data moved and copied between them without a buffer. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OpenFlags } from '../../generated/abi/index.js';
import { operations, type Ring } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

/** What waits in a pipe, as text. */
async function contents({ ops }: Ring, fd: number): Promise<string> {
  const buffer = Buffer.alloc(64);
  const length = await ops.read({ fd, buffer });
  return buffer.toString('utf8', 0, length);
}

describe.each(ENCODERS)('pipes, %s encoder', (encoder) => {
  test('have an end to read from and one to write to', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.pipe)) return context.skip('the kernel has no IORING_OP_PIPE');
    const [from, to] = await ring.ops.pipe({ flags: OpenFlags.NONBLOCK | OpenFlags.CLOEXEC });
    await ring.ops.write({ fd: to, buffer: Buffer.from('through') });
    expect(await contents(ring, from)).toBe('through');
    for (const fd of [from, to]) await ring.ops.close({ fd });
  });

  test('data is spliced from a file into a pipe, teed to another, and spliced into a file', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.pipe)) return context.skip('the kernel has no IORING_OP_PIPE');
    const { ops } = ring;
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'source'), 'take this');
    const source = openSync(join(folder, 'source'), 'r');
    const target = openSync(join(folder, 'target'), 'w');
    const [first, second] = [await ops.pipe(), await ops.pipe()];
    const spliced = ops.splice({ fdIn: source, offsetIn: 5, fdOut: first[1], length: 100 });
    await expect(spliced).resolves.toBe(4);
    await expect(ops.tee({ fdIn: first[0], fdOut: second[1], length: 100 })).resolves.toBe(4);
    expect(await contents(ring, second[0])).toBe('this');
    await expect(ops.splice({ fdIn: first[0], fdOut: target, offsetOut: 3n, length: 4 })).resolves.toBe(4);
    expect(readFileSync(join(folder, 'target'), 'latin1')).toBe('\0\0\0this');
    for (const fd of [source, target]) closeSync(fd);
    for (const fd of [...first, ...second]) await ops.close({ fd });
  });
});
