/**
 * In the guest, as root: what the doctor and a program say while the machine's sysctls and limits are in the way. Puts
 * everything back, and prints what was said as JSON.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';

const DISABLED = '/proc/sys/kernel/io_uring_disabled';
const GROUP = '/proc/sys/kernel/io_uring_group';
/** Somebody without capabilities. */
const SOMEBODY = { uid: 1000, gid: 1000 };

const PROGRAM = `
import { Ring } from 'ringsmith';
const availability = Ring.availability();
let error;
try {
  await new Ring().close();
} catch ({ code, errno, syscall, message, unavailable }) {
  error = { code, errno, syscall, message, unavailable };
}
console.log(JSON.stringify({ availability, error }));`;

/** @param limit of locked memory, in KiB */
function said(who = {}, limit = undefined) {
  const node = (...args) => {
    const command = limit === undefined ? 'exec "$@"' : `ulimit -l ${limit} && exec "$@"`;
    const words = ['-c', command, 'sh', process.execPath, ...args];
    return spawnSync('/bin/sh', words, { ...who, cwd: '/ringsmith', encoding: 'utf8' });
  };
  const program = node('--input-type=module', '-e', PROGRAM);
  if (program.status !== 0) throw new Error(`the program ended with ${program.status}: ${program.stderr}`);
  const report = node('dist/runtime/main.js', 'doctor', '--json');
  const text = node('dist/runtime/main.js', 'doctor').stdout;
  return { ...JSON.parse(program.stdout), code: report.status, report: JSON.parse(report.stdout), text };
}

const result = { free: said(SOMEBODY), unlockable: said(SOMEBODY, 0) };
if (existsSync(DISABLED)) {
  const set = (disabled, group) => {
    writeFileSync(DISABLED, String(disabled));
    writeFileSync(GROUP, String(group));
  };
  try {
    set(2, -1);
    result.off = said();
    set(1, -1);
    result.administrator = said();
    result.noGroup = said(SOMEBODY);
    set(1, 4242);
    result.otherGroup = said(SOMEBODY);
    set(1, SOMEBODY.gid);
    result.group = said(SOMEBODY);
  } finally {
    set(0, -1);
  }
}
console.log(JSON.stringify(result));
