/**
 * Proves that waiting for a child through the ring leaves its exit to Node, at both levels and whatever is waited for, unless
 * the ring was opened to take it; and that a ring with a kernel thread of its own says why it refuses.
 */
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

const ALL = 0;
const ONE = 1;

const program = (encoder: string, which: number, start: string): string => `
  import { spawn } from 'node:child_process';
  const encoder = '${encoder}';
  const child = spawn('/bin/sh', ['-c', 'sleep 0.1; exit 7']);
  const exit = new Promise((resolve) => child.once('exit', resolve));
  const args = { which: ${which}, id: ${which} === 0 ? 0 : child.pid, options: 4 };
  ${start}
  console.log(await Promise.race([exit, sleep(2000).then(() => 'lost')]));
`;

describe.each(ENCODERS)('%s encoder', (encoder) => {
  test.each([ALL, ONE])('the promise level, which %s', async (which) => {
    const start =
      'const ring = new Ring({ encoder }); await ring.ops.waitid(args).catch(() => 0); await ring.close();';
    const { stdout } = await runChild(program(encoder, which, start), { timeoutMs: 10_000 });
    expect(stdout).toBe('7\n');
  });

  test('the synchronous level', async () => {
    const start = `const ring = new SyncRing({ encoder });
      ring.push(operations.waitid, { ...args, info: ring.alloc(128) }); ring.wait(1, 5000); ring.drain(() => {}); ring.close();`;
    const { stdout } = await runChild(program(encoder, ONE, start), { timeoutMs: 10_000 });
    expect(stdout).toBe('7\n');
  });

  test('a ring with a thread refuses, with the reason', async () => {
    const start = `const ring = new Ring({ encoder, sqpoll: true });
      console.log((await ring.ops.waitid(args).catch((error) => error.code + ' ' + error.message))); await ring.close();`;
    const { stdout } = await runChild(program(encoder, ONE, start), { timeoutMs: 10_000 });
    expect(stdout).toMatch(/^ERR_RING_UNSUPPORTED .*sqpoll.*ECHILD.*\n7\n$/);
  });
});
