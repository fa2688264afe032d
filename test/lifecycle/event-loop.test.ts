/** The ring as a guest of the event loop: it keeps nobody waiting, and the process alive only while it has to. */
import { describe, expect, test } from 'vitest';
import { resultOfChild, runChild } from '../support/children.js';
import { ENCODERS, openRing } from '../support/rings.js';

describe.each(ENCODERS)('the event loop, %s encoder', (encoder) => {
  const open = `const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });`;

  test('timers fire while operations follow one another without pause', async () => {
    const ring = openRing({ encoder });
    let stop = false;
    const load = Array.from({ length: 64 }, async () => {
      while (!stop) await ring.ops.nop();
    });
    let fired = 0;
    let worst = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      worst = Math.max(worst, now - last);
      last = now;
      fired += 1;
    }, 5);
    await new Promise((resolve) => setTimeout(resolve, 500));
    stop = true;
    clearInterval(timer);
    await Promise.all(load);
    // A loop that is starved fires none of its hundred, or only the last; a busy machine alone costs it some.
    expect(fired).toBeGreaterThan(8);
    expect(worst).toBeLessThan(400);
  });

  test('an idle ring does not keep the process alive, used or not', async () => {
    const unused = await runChild(`${open} console.log('open');`, { timeoutMs: 10_000 });
    expect(unused).toMatchObject({ code: 0, stdout: 'open\n', stderr: '' });
    const used = await runChild(
      `${open} await ring.ops.nop(); await ring.ops.timeout({ after: 5 }); console.log('used');`,
      { timeoutMs: 10_000 },
    );
    expect(used).toMatchObject({ code: 0, stdout: 'used\n', stderr: '' });
  });

  test('an operation in flight does keep it alive, also one after the other', async () => {
    const program = `${open}
      ring.ops.timeout({ after: 100 }).then(() => {
        console.log('first');
        setTimeout(() => ring.ops.timeout({ after: 50 }).then(() => console.log('second')), 20);
      });`;
    const { code, stdout, ms } = await runChild(program, { timeoutMs: 10_000 });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'first\nsecond\n' });
    expect(ms).toBeGreaterThan(150);
  });

  test('an operation that was refused does not', async () => {
    const program = `${open}
      ring.ops.read({ fd: 1.5, buffer: Buffer.alloc(1) }).catch(() => console.log('refused'));`;
    const { code, stdout } = await runChild(program, { timeoutMs: 10_000 });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'refused\n' });
  });

  test('a message from another ring neither holds the process nor lets it go', async () => {
    const program = `${open}
      const other = new Ring();
      const pending = ring.ops.timeout({ after: 150 });
      await ring.ops.nop();
      for (let i = 0; i < 5; i++) await other.ops.msgRing({ fd: ring.fd, data: 99n, result: 1 });
      pending.then((how) => console.log(how, ring.statistics.staleCompletions));`;
    const { code, stdout } = await runChild(program, { timeoutMs: 10_000 });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'expired 5\n' });
  });

  test('the process waits for nothing after close()', async () => {
    const program = `${open}
      const { near, sockets } = await socketPair();
      const pending = ring.ops.recv({ fd: near, buffer: ring.alloc(16) }).catch((error) => error.code);
      await ring.ops.nop();
      await ring.close();
      for (const socket of sockets) socket.destroy();
      console.log(JSON.stringify(await pending));`;
    expect(await resultOfChild(program, { timeoutMs: 10_000 })).toBe('ECANCELED');
  });
});
