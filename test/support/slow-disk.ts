/**
 * A disk that gives a byte a second: a loop device, throttled for a control group of processes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { hasProgram } from './programs.js';
import { temporaryFolder } from './rings.js';

const CONTROLLER = '/sys/fs/cgroup/blkio';

export interface SlowDisk {
  readonly device: string;
  /** Of the processes for which it is slow. */
  readonly group: string;
}

/** Why there can be none here; undefined when there can. */
export function lackingForSlowDisk(): string | undefined {
  if (process.getuid?.() !== 0) return 'that takes root';
  if (!existsSync(join(CONTROLLER, 'tasks')))
    return 'there is no blkio controller of control groups (version 1)';
  if (!hasProgram('losetup')) return 'there is no losetup';
  return existsSync('/dev/loop-control') ? undefined : 'there are no loop devices';
}

/** One that is there until the test is over; nothing waits for it longer than 16 s. */
export function slowDisk(): SlowDisk {
  const image = join(temporaryFolder(), 'disk');
  writeFileSync(image, '');
  truncateSync(image, 1 << 20);
  const device = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
  const number = readFileSync(`/sys/block/${basename(device)}/dev`, 'utf8').trim();
  const group = join(CONTROLLER, `ringsmith-${process.pid}-${basename(device)}`);
  mkdirSync(group);
  const limit = (bytes: number): void =>
    writeFileSync(join(group, 'blkio.throttle.read_bps_device'), `${number} ${bytes}`);
  limit(1);
  // The child cannot end before its read has.
  const free = setTimeout(() => limit(0), 16_000);
  onTestFinished(() => {
    clearTimeout(free);
    limit(0);
    rmdirSync(group);
    execFileSync('losetup', ['-d', device]);
  });
  return { device, group };
}
