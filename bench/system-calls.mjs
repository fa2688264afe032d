/**
 * System calls that a piece of work makes, as strace sees them from outside: what a program says of itself is no proof.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds that strace gets for attaching to every thread after it has told of the first. */
const ATTACH_MS = 200;

const started = (strace) =>
  new Promise((resolve, reject) => {
    strace.once('error', reject);
    strace.once('exit', (code) => reject(new Error(`strace ended with exit code ${code}`)));
    strace.stderr.once('data', resolve);
  });

const ended = (strace) => new Promise((resolve) => strace.once('exit', resolve));

/**
 * Counts calls of this process's threads while `work` runs; by name, and all of them together.
 * @returns undefined where there is no strace, or it may not look
 */
export async function countSystemCalls(work) {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-strace-'));
  const log = join(folder, 'log');
  try {
    const strace = spawn('strace', ['-f', '-ttt', '-o', log, '-p', String(process.pid)]);
    try {
      await started(strace);
    } catch {
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, ATTACH_MS));
    const window = await work(() => Date.now() / 1000);
    strace.kill('SIGINT');
    await ended(strace);
    return countLines(readFileSync(log, 'utf8'), window);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts calls that began within a window; strace writes: thread, time, call. */
function countLines(text, { from, to }) {
  const counts = { all: 0 };
  for (const line of text.split('\n')) {
    const [, time, name] = /^\d+\s+([\d.]+) (\w+)\(/.exec(line) ?? [];
    if (name === undefined || Number(time) < from || Number(time) > to) continue;
    counts.all += 1;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
