/** Starting other processes (fork and exec) while a ring is open and busy disturbs neither. */
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { ENCODERS, openRing, socketPair, temporaryFolder } from '../support/rings.js';

describe.each(ENCODERS)('child processes, %s encoder', (encoder) => {
  test('run while operations are in flight, which then complete', async () => {
    const ring = openRing({ encoder });
    const { near, far } = await socketPair();
    const buffers = Array.from({ length: 8 }, () => ring.alloc(4096));
    const receiving = buffers.map((buffer) => ring.ops.recv({ fd: near, buffer, flags: 0x100 }));
    await ring.ops.nop();
    for (let round = 0; round < 5; round += 1) {
      const child = spawn('/bin/sh', ['-c', 'ls /proc/self/fd | wc -l; exit 3']);
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(code).toBe(3);
      // Written after the fork: must reach the parent's pages.
      for (const { bytes } of buffers) bytes.fill(round);
    }
    expect(execFileSync('/bin/echo', ['synchronous'], { encoding: 'utf8' })).toBe('synchronous\n');
    await ring.ops.send({ fd: far, buffer: Buffer.alloc(8 * 4096, 0xee) });
    expect(await Promise.all(receiving)).toEqual(Array<number>(8).fill(4096));
    expect(buffers.every(({ bytes }) => bytes.every((byte) => byte === 0xee))).toBe(true);
  });

  test('inherit no ring', async () => {
    const ring = openRing({ encoder });
    await ring.ops.nop();
    const list = execFileSync('/bin/ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    expect(list).not.toContain('io_uring');
  });

  test('made by fork() of node talk to their parent', async () => {
    const program = `
      import { fork } from 'node:child_process';
      const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
      const ticking = ring.ops.timeout({ after: 300 });
      fs.writeFileSync(process.argv.at(-1), 'process.send(42); process.disconnect();');
      const child = fork(process.argv.at(-1), { execArgv: [] });
      const message = await new Promise((resolve) => child.once('message', resolve));
      console.log(JSON.stringify([message, await ticking]));`;
    const script = join(temporaryFolder(), 'child.cjs');
    expect(await resultOfChild(program, { args: [script] })).toEqual([42, 'expired']);
  });
});
