/**
 * Proves that a ring closes in bounded time although the kernel does not let go of an operation: a direct read of a disk that
 * gives a byte a second. What waited for it is told, the process is warned, and the memory stays until the read is over.
 */
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';
import { lackingForSlowDisk, slowDisk } from '../support/slow-disk.js';

describe.each(ENCODERS)('a read that nothing ends, %s encoder', (encoder) => {
  test('is given up when the ring closes', { timeout: 60_000 }, async (context) => {
    const lack = lackingForSlowDisk();
    if (lack !== undefined) return context.skip(lack);
    const { device, group } = slowDisk();
    const { code, stdout, stderr } = await runChild(
      `
      const [device, group, encoder] = process.argv.slice(-3);
      fs.writeFileSync(path.join(group, 'cgroup.procs'), String(process.pid));
      const warnings = [];
      process.on('warning', ({ code }) => warnings.push(code));
      const fd = fs.openSync(device, fs.constants.O_RDONLY | fs.constants.O_DIRECT);
      const ring = new Ring({ encoder });
      const reading = ring.ops.read({ fd, buffer: ring.alloc(65536), offset: 0 }).catch((error) => error);
      const other = ring.ops.timeout({ after: 600_000 }).catch((error) => error.code);
      await ring.ops.nop();
      const start = performance.now();
      await ring.close();
      const closedAfter = performance.now() - start;
      const { code, message } = await reading;
      await sleep(20);
      console.log(JSON.stringify({ code, message, other: await other, closedAfter, warnings, addon: native().statistics() }));
    `,
      { args: [device, group, encoder], timeoutMs: 50_000 },
    );
    expect(stderr).toContain('held 1 of its operations for more than 10 s (read)');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).toMatchObject({
      code: 'ERR_RING_CLOSED',
      message: expect.stringContaining('the kernel did not let go of the operation within 10 s'),
      other: 'ECANCELED',
      warnings: ['RINGSMITH_ABANDONED'],
      addon: { rings: 0 },
    });
    expect(result['closedAfter']).toBeLessThan(14_000);
  });
});
