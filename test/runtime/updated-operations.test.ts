/** A pending timeout is made longer or shorter and a poll waits for something else, by their promises, wherever they are. */
import { describe, expect, test } from 'vitest';
import { ENCODERS, holdBack, openRing, timed } from '../support/rings.js';

const [POLLIN, POLLOUT] = [1, 4];

describe.each(ENCODERS)('updated operations, %s encoder', (encoder) => {
  test('are timeouts that end later, or earlier', async () => {
    const ring = openRing({ encoder });
    const { ms: longer } = await timed(async () => {
      const alarm = ring.ops.timeout({ after: 50 });
      await ring.update(alarm, { after: 300 });
      await alarm;
    });
    expect(longer).toBeGreaterThan(250);
    const { ms: shorter } = await timed(async () => {
      const alarm = ring.ops.timeout({ after: 3_600_000 }, { timeout: 60_000 });
      await ring.update(alarm, { after: { seconds: 0, nanoseconds: 2e7 } });
      await alarm;
    });
    expect(shorter).toBeLessThan(5000);
  });

  test('are timeouts and polls that wait for their turn', async () => {
    const ring = openRing({ encoder });
    const [reader, writer] = await ring.ops.pipe({});
    const letGo = holdBack(ring);
    const alarm = ring.ops.timeout({ after: 3_600_000 });
    const poll = ring.ops.pollAdd({ fd: writer, events: POLLIN });
    await ring.update(alarm, { after: 10 });
    await ring.update(poll, { events: POLLOUT });
    await letGo();
    await alarm;
    await expect(poll).resolves.toBe(POLLOUT);
    await Promise.all([ring.ops.close({ fd: reader }), ring.ops.close({ fd: writer })]);
  });

  test('are polls of a file that is ready for something else', async () => {
    const ring = openRing({ encoder });
    const [reader, writer] = await ring.ops.pipe({});
    const poll = ring.ops.pollAdd({ fd: writer, events: POLLIN });
    await ring.ops.nop();
    await ring.update(poll, { events: POLLOUT });
    await expect(poll).resolves.toBe(POLLOUT);
    await Promise.all([ring.ops.close({ fd: reader }), ring.ops.close({ fd: writer })]);
  });

  test('are none that are over, or of another kind', async () => {
    const ring = openRing({ encoder });
    const over = ring.ops.timeout({ after: 1 });
    await over;
    await expect(ring.update(over, { after: 5 })).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'update',
    });
    const poll = ring.ops.timeout({ after: 3_600_000 });
    await expect(ring.update(poll, { events: 1 })).rejects.toThrow(/is for a poll/);
    await expect(ring.update(poll, {} as never)).rejects.toThrow(/either/);
    await expect(ring.update(1 as never, { after: 1 })).rejects.toThrow(/promise/);
    await ring.cancel({ op: poll });
    await expect(poll).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});
