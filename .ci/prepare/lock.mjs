/**
 * One prepare at a time. The lock is a file that names its holder; a holder that no longer runs (its pid is gone, or
 * belongs to a process started at another time) holds nothing.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { STATE } from './paths.mjs';

const LOCK = join(STATE, 'lock');
const POLL_MS = 200;
const PATIENCE_MS = 15 * 60_000;

export async function withLock(action) {
  mkdirSync(STATE, { recursive: true });
  const self = `${process.pid} ${startTimeOf(process.pid)}`;
  await acquire(self);
  const release = () => {
    if (holder() === self) rmSync(LOCK, { force: true });
  };
  process.once('exit', release);
  try {
    await action();
  } finally {
    release();
    process.off('exit', release);
  }
}

async function acquire(self) {
  const start = performance.now();
  let announced = false;
  while (!tryAcquire(self)) {
    const owner = holder();
    if (owner === undefined) continue;
    if (!isRunning(owner)) {
      // Looked at once more: another waiter may have replaced it by its own.
      if (holder() === owner) rmSync(LOCK, { force: true });
      continue;
    }
    if (!announced) process.stderr.write(`prepare: waiting for another prepare (pid ${pidOf(owner)})\n`);
    announced = true;
    if (performance.now() - start > PATIENCE_MS) throw tooLong(owner);
    await sleep(POLL_MS);
  }
}

/** A link appears with its contents at once, so no one reads a lock that does not name its holder yet. */
function tryAcquire(self) {
  const own = `${LOCK}.${process.pid}`;
  writeFileSync(own, self);
  try {
    linkSync(own, LOCK);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function holder() {
  try {
    return readFileSync(LOCK, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isRunning(owner) {
  const [, startTime] = owner.split(' ');
  return startTime !== undefined && startTimeOf(pidOf(owner)) === startTime;
}

function pidOf(owner) {
  return Number.parseInt(owner, 10);
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot; undefined when there is no such process. */
function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses, which may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function tooLong(owner) {
  return new Failure({
    what: `another prepare (pid ${pidOf(owner)}) has been running for ${PATIENCE_MS / 60_000} minutes`,
    consequence: 'nothing was done.',
    remedy: 'Wait for it or end it, then run this again.',
  });
}
