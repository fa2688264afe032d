/** Credentials, workers, busy polling and clocks: what is set is in force, and what was set before comes back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { openRing, temporaryFolder } from '../support/rings.js';

test('operations act with registered credentials, until these are unregistered', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can take on other credentials');
  const secret = join(temporaryFolder(), 'secret');
  writeFileSync(secret, 'x', { mode: 0o600 });
  const program = `
    const ring = new Ring();
    process.setegid(65534);
    process.seteuid(65534);
    const nobody = ring.registerPersonality();
    process.seteuid(0);
    const secret = ${JSON.stringify(secret)};
    const outcome = (personality) => ring.ops.openat({ path: secret, personality }).then(() => 'opened', ({ code }) => code);
    const results = [await outcome(undefined), await outcome(nobody.id)];
    nobody.unregister();
    nobody.unregister();
    results.push(await outcome(nobody.id));
    await ring.close();
    console.log(JSON.stringify(results));`;
  expect(await resultOfChild(program)).toEqual(['opened', 'EACCES', 'EINVAL']);
});

describe('settings', () => {
  test('of workers', () => {
    const ring = openRing();
    const before = ring.limitWorkers({ bounded: 2, unbounded: 5 });
    expect(before.bounded).toBeGreaterThan(0);
    expect(ring.limitWorkers()).toEqual({ bounded: 2, unbounded: 5 });
    ring.bindWorkers([0]);
    ring.bindWorkers(undefined);
  });

  test('of busy polling', (context) => {
    const ring = openRing();
    if (ring.supports('IORING_REGISTER_NAPI') === false)
      return context.skip('the kernel has no IORING_REGISTER_NAPI');
    try {
      expect(ring.setBusyPolling({ timeoutUs: 40, prefer: true })).toMatchObject({ timeoutUs: 0 });
    } catch (error) {
      // A kernel built without network busy polling.
      expect(error).toMatchObject({ code: 'EOPNOTSUPP' });
      return context.skip('the kernel is built without CONFIG_NET_RX_BUSY_POLL');
    }
    expect(ring.setBusyPolling({ timeoutUs: 0 })).toEqual({ timeoutUs: 40, prefer: true });
    expect(ring.setBusyPolling(undefined)).toMatchObject({ timeoutUs: 0 });
  });

  test('of the clock', (context) => {
    const ring = openRing();
    if (ring.supports('IORING_REGISTER_CLOCK') === false)
      return context.skip('the kernel has no IORING_REGISTER_CLOCK');
    ring.setClock('boottime');
    ring.setClock('monotonic');
    expect(() => ring.setClock('sundial' as 'monotonic')).toThrow('clock must be monotonic or boottime');
  });
});
