/**
 * Proves that what waits for a peer that never reads or writes ends within three seconds, however it is ended: sends,
 * receives, streams, splices, and reads and writes of pipes × abort, timeout, `handle.close()`, `ring.close()` and
 * `stream.return()`, at once and after a while, on rings of every kind; nothing stays in flight, but the notification of a
 * zero-copy send. Regular files are waited for all the same.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { O_CREAT, O_RDWR } from '../../generated/abi/constants.js';
import { ENCODERS, openRing, temporaryFolder } from '../support/rings.js';

const PROGRAM = fileURLToPath(new URL('../support/endings.mjs', import.meta.url));
const PACKAGE = pathToFileURL(fileURLToPath(new URL('../../dist/generated/index.js', import.meta.url))).href;
const BOUND_MS = 100_000;

const RINGS = { default: {}, SQPOLL: { sqpoll: true }, deferred: { taskWork: 'deferred' } } as const;

describe.each(ENCODERS)('endings, %s encoder', (encoder) => {
  test.each(Object.entries(RINGS))('%s ring', { timeout: BOUND_MS + 10_000 }, async (_name, options) => {
    const setup = JSON.stringify({ ...options, encoder });
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, PACKAGE, setup], {
      timeout: BOUND_MS,
      killSignal: 'SIGKILL',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '112 runs\n', stderr: '' });
  });

  test('a write to a regular file is waited for', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    const file = await ring.open(path, { flags: O_CREAT | O_RDWR });
    const length = 8 * 1024 * 1024;
    const writing = [0, 1, 2, 3].map((at) => file.write(Buffer.alloc(length, at), { position: at * length }));
    await file.close();
    expect(await Promise.all(writing)).toEqual([length, length, length, length]);
    expect(readFileSync(path).byteLength).toBe(4 * length);
  });
});
