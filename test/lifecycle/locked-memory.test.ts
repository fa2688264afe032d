/**
 * Where little memory may be locked, a ring gets as many entries as fit, tells so, and works; where none may be, the error
 * names the limit. The kernel counts rings for processes without CAP_IPC_LOCK, so that is taken from a child.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hasProgram } from '../support/programs.js';

const PACKAGE = new URL('../../dist/generated/index.js', import.meta.url).href;

const PROGRAM = `
  import { Ring } from ${JSON.stringify(PACKAGE)};
  const opened = (options) => {
    try {
      return new Ring(options);
    } catch (error) {
      return { code: error.code, message: error.message, unavailable: error.unavailable };
    }
  };
  const ring = opened({ entries: 4096, cqEntries: 8192 });
  const said = { ...ring, availability: Ring.availability() };
  if (ring instanceof Ring) {
    await Promise.all(Array.from({ length: 20_000 }, () => ring.ops.nop()));
    Object.assign(said, { entries: ring.features.entries, cqEntries: ring.features.cqEntries });
    await ring.close();
  }
  console.log(JSON.stringify(said));`;

async function withLimit(bytes: number): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)('setpriv', [
    ...['--bounding-set=-ipc_lock', 'prlimit', `--memlock=${bytes}:${bytes}`],
    ...[process.execPath, '--input-type=module', '-e', PROGRAM],
  ]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('a ring gets what fits into the memory that may be locked', async (context) => {
  if (process.getuid?.() !== 0 || !['setpriv', 'prlimit'].every(hasProgram)) {
    context.skip('taking CAP_IPC_LOCK from a child needs root, and setpriv and prlimit of util-linux');
  }
  const { entries, cqEntries } = await withLimit(128 * 1024);
  expect(entries).toBeGreaterThanOrEqual(8);
  expect(entries).toBeLessThan(4096);
  expect(cqEntries).toBeGreaterThanOrEqual(2 * (entries as number));
  const none = await withLimit(0);
  expect(none).toMatchObject({
    code: 'ENOMEM',
    message: expect.stringContaining('RLIMIT_MEMLOCK'),
    availability: {
      available: false,
      cause: 'memlock',
      reason: expect.stringMatching(/^RLIMIT_MEMLOCK is 0 KiB/),
      remedy: expect.stringMatching(/^raise it .*LimitMEMLOCK/),
    },
  });
  expect(none['unavailable']).toEqual(none['availability']);
});
