/**
 * Proves that closing a handle is bounded where the kernel does not let go of what was cancelled: a splice from a disk that
 * gives a byte a second into a pipe. The close rejects and says why, and the descriptor is closed when the splice is over.
 */
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';
import { lackingForSlowDisk, slowDisk } from '../support/slow-disk.js';

describe.each(ENCODERS)('a splice that nothing ends, %s encoder', (encoder) => {
  test('does not keep its pipe from being closed', { timeout: 60_000 }, async (context) => {
    const lack = lackingForSlowDisk();
    if (lack !== undefined) return context.skip(lack);
    const { device, group } = slowDisk();
    const { code, stdout } = await runChild(
      `
      const [device, group, encoder] = process.argv.slice(-3);
      fs.writeFileSync(path.join(group, 'cgroup.procs'), String(process.pid));
      const fd = fs.openSync(device, 'r');
      const ring = new Ring({ encoder });
      const [, input] = await ring.ops.pipe();
      const pipe = ring.adopt(input);
      const splicing = ring.ops.splice({ fdIn: fd, fdOut: pipe, length: 4096, offsetIn: 0 }).then(() => 'done', (error) => error.code);
      await ring.ops.nop();
      await sleep(100);
      const start = performance.now();
      const { code, message } = await pipe.close().then(() => ({ code: 'closed' }), (error) => error);
      const after = performance.now() - start;
      const open = () => { try { fs.fstatSync(input); return true; } catch { return false; } };
      const stillOpen = open();
      await splicing;
      await sleep(50);
      console.log(JSON.stringify({ code, message, after, stillOpen, openAtLast: open() }));
      await ring.close();
    `,
      { args: [device, group, encoder], timeoutMs: 50_000 },
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).toMatchObject({
      code: 'ERR_RING_CLOSED',
      message: expect.stringContaining('within 10 s of its cancellation'),
      stillOpen: true,
      openAtLast: false,
    });
    expect(result['after']).toBeLessThan(12_000);
  });
});
