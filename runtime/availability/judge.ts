/**
 * From what was refused, and the evidence, to the causes. Nothing is blamed that the evidence clears: a sysctl that lets the
 * process pass is never among them.
 */
import { constants, release } from 'node:os';
import { errnoText } from '../errno.js';
import { memlockRemedy } from '../memlock.js';
import type { RingUnavailable, UnavailableCause } from './cause.js';
import { CALLS, type Call, type Evidence, KILLED, type Switches } from './evidence.js';

const { EACCES, EBADF, EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM } = constants.errno;

/** What the kernel answers to senseless arguments, once it was asked. */
const PASSED: Readonly<Record<Call, number>> = {
  io_uring_setup: EFAULT,
  io_uring_enter: EBADF,
  io_uring_register: EBADF,
};

/** The attempt that failed. */
export interface Refusal {
  /** Positive. */
  readonly errno: number;
  readonly call: string;
}

const because = (cause: UnavailableCause, reason: string, remedy: string): RingUnavailable => ({
  available: false,
  cause,
  reason,
  remedy,
});

const wordOf = (errno: number): string => errnoText(-errno)[0];

/** Calls by what became of them: `io_uring_setup and io_uring_enter with EPERM, and kills for io_uring_register`. */
function listed(calls: readonly (readonly [name: string, errno: number])[]): string {
  const byAnswer = new Map<number, string[]>();
  for (const [name, errno] of calls) byAnswer.set(errno, [...(byAnswer.get(errno) ?? []), name]);
  return [...byAnswer]
    .map(([errno, group]) => {
      const names = group.join(', ').replace(/, ([^,]*)$/, ' and $1');
      return errno === KILLED ? `kills the process for ${names}` : `refuses ${names} with ${wordOf(errno)}`;
    })
    .join(', and ');
}

function sysctlCause({ disabled, group }: Switches): RingUnavailable {
  const named = group >= 0;
  if (disabled === '1')
    return because(
      'sysctl',
      `the sysctl kernel.io_uring_disabled is 1, which leaves io_uring to processes with CAP_SYS_ADMIN${named ? ` and to group ${group}, and this process has neither` : ', and this process has it not (kernel.io_uring_group is -1: no group may use it either)'}`,
      named
        ? `give the process the group ${group}`
        : "set the sysctl kernel.io_uring_group to one of the process's groups",
    );
  return because(
    'sysctl',
    `the sysctl kernel.io_uring_disabled is ${disabled}, which keeps everybody out`,
    'set the sysctl kernel.io_uring_disabled to 0 on the host, or to 1 with a group in kernel.io_uring_group',
  );
}

const seccompCause = (what: string): RingUnavailable =>
  because(
    'seccomp',
    `a seccomp filter ${what}`,
    "allow io_uring_setup, io_uring_enter and io_uring_register in the container's seccomp profile, or the unit's SystemCallFilter; `ringsmith doctor --seccomp-profile` makes a profile",
  );

function kernelCause({ isGvisor, built }: Evidence): RingUnavailable {
  if (isGvisor)
    return because('kernel', 'this is gVisor, which has no io_uring', 'run the container with runc or crun');
  const what =
    built === false
      ? 'was built without io_uring'
      : 'has no io_uring that ringsmith can use, or was built without it';
  return because(
    'kernel',
    `this kernel (${release()}) ${what}`,
    'use Linux 5.10 or newer, with CONFIG_IO_URING',
  );
}

/** Names of modules that can refuse a ring. */
const REFUSING = ['selinux', 'apparmor', 'smack', 'tomoyo', 'bpf'];

function lsmCause({ modules, label }: Evidence, errno: number): RingUnavailable {
  const able = modules?.filter((name) => REFUSING.includes(name)) ?? [];
  const which =
    able.length === 0
      ? 'a security module of the kernel'
      : `a security module of the kernel (${able.join(', ')})`;
  const named = label === undefined || label === '' ? '' : `; this process is ${label}`;
  return because(
    'lsm',
    `${which} refuses io_uring with ${wordOf(errno)}: neither a sysctl nor a seccomp filter does${named}`,
    "allow io_uring in the module's policy; its audit log (ausearch -m avc, dmesg) has the refusal",
  );
}

/** What a filter does to calls, where it can be told from the kernel's own answers. */
function filteredCalls({ answers, filtered, built, switches }: Evidence): [Call, number][] {
  if (answers === undefined) return [];
  const strange = CALLS.filter((name) => answers[name] !== PASSED[name]).map((name): [Call, number] => [
    name,
    answers[name],
  ]);
  if (!filtered) return strange.filter(([, errno]) => errno === KILLED);
  // A kernel without them answers ENOSYS to all three.
  if (built === false) return strange.filter(([, errno]) => errno !== ENOSYS);
  return strange.filter(([name, errno]) => {
    if (name !== 'io_uring_setup') return true;
    if (errno === EPERM) return switches.letsPass;
    // Security modules answer so, and they are asked in this call only.
    return errno !== EACCES || answers.io_uring_enter === EACCES;
  });
}

/** What a filter is in the way of, whether or not a ring can do without it. */
export function filterCause(evidence: Evidence): RingUnavailable | undefined {
  const calls = filteredCalls(evidence);
  return calls.length === 0 ? undefined : seccompCause(listed(calls));
}

function refusedSetup(errno: number, evidence: Evidence): RingUnavailable | undefined {
  switch (errno) {
    case EPERM:
      if (evidence.answers === undefined && evidence.filtered)
        return seccompCause('refuses io_uring with EPERM');
      return lsmCause(evidence, errno);
    case EACCES:
      return lsmCause(evidence, errno);
    case ENOSYS:
    case EINVAL:
      return kernelCause(evidence);
    case EMFILE:
    case ENFILE:
      return because(
        'descriptors',
        `${errno === EMFILE ? 'this process' : 'the machine'} has too many open descriptors (${wordOf(errno)})`,
        'close some, or raise RLIMIT_NOFILE (ulimit -n)',
      );
    case ENOMEM: {
      const remedy = memlockRemedy('io_uring_setup', undefined);
      if (remedy === undefined) return undefined;
      const [limit = remedy, what = ''] = remedy.split(/: (?=raise )/);
      return because('memlock', limit, what);
    }
    default:
      return undefined;
  }
}

/**
 * Why a ring was refused, the first to be mended in front.
 * @param refusal of an attempt to open and use one; undefined when a filter kills for it, so that none was made
 * @returns at least one
 */
export function causesOf(refusal: Refusal | undefined, evidence: Evidence): RingUnavailable[] {
  const causes: RingUnavailable[] = [];
  const setup = evidence.answers?.io_uring_setup ?? refusal?.errno;
  if (!evidence.switches.letsPass && (setup === EPERM || setup === KILLED))
    causes.push(sysctlCause(evidence.switches));
  const filter = filterCause(evidence);
  if (filter !== undefined) causes.push(filter);
  if (causes.length > 0) return causes;
  const known = refusal === undefined ? undefined : refusedSetup(refusal.errno, evidence);
  if (known !== undefined) return [known];
  if (refusal === undefined)
    return [
      because(
        'unknown',
        'a seccomp filter is active, and no child process could be made to try whether it kills for io_uring',
        'let the process make child processes (the limit of the cgroup, or ulimit -u)',
      ),
    ];
  return [
    because(
      'unknown',
      `${refusal.call} failed with ${wordOf(refusal.errno)} (${errnoText(-refusal.errno)[1]})`,
      '`ringsmith doctor` says what this machine supports',
    ),
  ];
}
