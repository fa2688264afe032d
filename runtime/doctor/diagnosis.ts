/**
 * Looks at everything that decides whether a ring can run here: the kernel, its switches, filters and limits, the addon.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type NativeAddon, native } from '../port/native.js';
import type { Finding } from './finding.js';
import { SETUP_FLAGS } from './setup-flags.js';

/** A file of /proc or /sys, trimmed; undefined when it is not there. */
function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function sysctl(): Finding {
  const subject = 'sysctl kernel.io_uring_disabled';
  const value = readSystemFile('/proc/sys/kernel/io_uring_disabled');
  if (value === undefined) return { subject, status: 'info', detail: 'not there (it came with Linux 6.6)' };
  if (value === '0') return { subject, status: 'ok', detail: '0: everybody may use io_uring' };
  const group = readSystemFile('/proc/sys/kernel/io_uring_group') ?? '-1';
  const detail =
    value === '1'
      ? `1: only CAP_SYS_ADMIN and group ${group} may use io_uring`
      : `${value}: nobody may use io_uring`;
  return {
    subject,
    status: 'warning',
    detail,
    remedy: 'sysctl kernel.io_uring_disabled=0, or join the group of kernel.io_uring_group',
  };
}

function seccomp(): Finding {
  const subject = 'seccomp';
  const mode = /^Seccomp:\s*(\d)/m.exec(readSystemFile('/proc/self/status') ?? '')?.[1];
  if (mode !== '2') return { subject, status: 'ok', detail: 'no filter' };
  return {
    subject,
    status: 'info',
    detail: 'a filter is active; the ring check below shows whether it lets io_uring pass',
  };
}

function memlock(): Finding {
  const subject = 'locked memory (RLIMIT_MEMLOCK)';
  const line =
    /^Max locked memory\s+(\S+)/m.exec(readSystemFile('/proc/self/limits') ?? '')?.[1] ?? 'unknown';
  const bytes = Number(line);
  if (!(bytes < 1 << 20))
    return { subject, status: 'ok', detail: line === 'unlimited' ? line : `${line} bytes` };
  return {
    subject,
    status: 'warning',
    detail: `${line} bytes: enough for small rings only, unless the process has CAP_IPC_LOCK`,
    remedy: 'raise it: ulimit -l, LimitMEMLOCK= of the systemd unit, or /etc/security/limits.conf',
  };
}

const REFUSALS: Readonly<Record<number, string>> = {
  1: 'io_uring is switched off for this process: set sysctl kernel.io_uring_disabled=0, or change the seccomp profile of the container',
  12: 'raise the locked-memory limit (ulimit -l)',
  22: 'this kernel is too old for ringsmith: use Linux 5.10 or newer',
  38: 'this kernel has no io_uring, or a seccomp filter hides it: use Linux 5.10 or newer, and allow io_uring_setup, io_uring_enter and io_uring_register',
};

function ringChecks(): Finding[] {
  let addon: NativeAddon;
  try {
    addon = native();
  } catch (error) {
    return [{ subject: 'native addon', status: 'failed', detail: (error as Error).message }];
  }
  const outcome = addon.trySetup(8, 0);
  const refusal = REFUSALS[outcome.errno] ?? `${outcome.call} failed with error ${outcome.errno}`;
  const ring: Finding =
    outcome.errno === 0
      ? { subject: 'ring', status: 'ok', detail: 'set up, and completed a NOP' }
      : {
          subject: 'ring',
          status: 'failed',
          detail: `${outcome.call}: error ${outcome.errno}`,
          remedy: refusal,
        };
  if (outcome.errno !== 0) return [{ subject: 'native addon', status: 'ok', detail: 'loaded' }, ring];
  const flags = SETUP_FLAGS.map((flag): Finding => {
    const works = addon.trySetup(8, flag.flags).errno === 0;
    return {
      subject: flag.name,
      status: works ? 'ok' : 'info',
      detail: works ? flag.gain : `not here: ${flag.without}`,
    };
  });
  return [{ subject: 'native addon', status: 'ok', detail: 'loaded' }, ring, ...flags];
}

/** All that is found, in the order in which a person would look. */
export const diagnosis = (): Finding[] => [
  {
    subject: 'kernel',
    status: 'info',
    detail: `${release()} (what it can do is asked of it, never read off this)`,
  },
  sysctl(),
  seccomp(),
  memlock(),
  ...ringChecks(),
];
