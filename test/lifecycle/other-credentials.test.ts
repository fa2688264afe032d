/**
 * Proves that a ring with a kernel thread of its own, which keeps the rights of whoever made it, submits nothing once the
 * process has others; that it can be closed all the same; and that it works again for who has them back.
 */
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

const CHANGES = {
  setuid: 'process.setuid(65534)',
  setgid: 'process.setgid(65534)',
  seteuid: 'process.seteuid(65534)',
  setegid: 'process.setegid(65534)',
  setgroups: 'process.setgroups([65534, 65533])',
};

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot).each(ENCODERS)('%s encoder', (encoder) => {
  test.each(Object.entries(CHANGES))('after %s nothing is submitted', async (_name, change) => {
    const { stdout } = await runChild(
      `
      fs.writeFileSync('/tmp/of-root-' + process.pid, 'x', { mode: 0o600 });
      const file = '/tmp/of-root-' + process.pid;
      process.on('exit', () => { try { fs.unlinkSync(file); } catch {} });
      const ring = new Ring({ sqpoll: { idleMs: 20 }, encoder: '${encoder}' });
      const sync = new SyncRing({ sqpoll: { idleMs: 20 }, encoder: '${encoder}' });
      const [reader] = await ring.ops.pipe({});
      const waits = ring.ops.read({ fd: reader, buffer: Buffer.alloc(1) }).catch((error) => error.code);
      await sleep(50);
      ${change};
      const codes = [];
      for (const start of [() => ring.ops.openat({ path: file }), () => ring.open(file), () => ring.ops.nop(), () => ring.open(file, { timeout: 1000 })])
        codes.push(await start().then(() => 'done', (error) => error.code));
      sync.push(operations.nop, {});
      try { sync.submit(); codes.push('done'); } catch (error) { codes.push(error.code); }
      await ring.close();
      sync.close();
      console.log(codes.join(), await waits);
      `,
      { timeoutMs: 10_000 },
    );
    expect(stdout).toBe(`${Array(5).fill('ERR_RING_CREDENTIALS').join()} ECANCELED\n`);
  });

  test('it goes on for who has them back', async () => {
    const { stdout } = await runChild(
      `
      const ring = new Ring({ sqpoll: { idleMs: 20 }, encoder: '${encoder}' });
      process.seteuid(65534);
      const refused = await ring.ops.nop().catch((error) => error.code);
      process.seteuid(0);
      console.log(refused, await ring.ops.nop());
      await ring.close();
      `,
      { timeoutMs: 10_000 },
    );
    expect(stdout).toBe('ERR_RING_CREDENTIALS 0\n');
  });
});
