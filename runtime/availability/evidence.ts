/**
 * What tells why the kernel refuses a ring: its switches, the filters and modules in the way, and what each of io_uring's
 * three system calls answers. Gathered only once something was refused, or when it is asked for.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { native } from '../port/native.js';

/** io_uring's system calls, in the order of the addon's answers. */
export const CALLS = ['io_uring_setup', 'io_uring_enter', 'io_uring_register'] as const;
export type Call = (typeof CALLS)[number];

/** What a call answers whose caller was killed for it. */
export const KILLED = -1;

/** The sysctls, and whether this process is among those they let pass. */
export interface Switches {
  /** `kernel.io_uring_disabled`; undefined before Linux 6.6. */
  readonly disabled: string | undefined;
  /** `kernel.io_uring_group`, -1 for none. */
  readonly group: number;
  readonly inGroup: boolean;
  readonly isAdministrator: boolean;
  readonly letsPass: boolean;
}

export interface Evidence {
  readonly switches: Switches;
  /** Whether a seccomp filter is active. */
  readonly filtered: boolean;
  /** The errno of each call with senseless arguments, or {@link KILLED}; undefined where no child process could ask. */
  readonly answers: Readonly<Record<Call, number>> | undefined;
  /** Whether the kernel was built with io_uring; undefined when it does not tell. */
  readonly built: boolean | undefined;
  /** Security modules by name, e.g. `apparmor`; undefined when the kernel does not tell. */
  readonly modules: readonly string[] | undefined;
  /** What SELinux or AppArmor calls this process. */
  readonly label: string | undefined;
  readonly isGvisor: boolean;
}

/** A file of /proc or /sys, trimmed; undefined when it is not there. */
export function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\0/g, '').trim();
  } catch {
    return undefined;
  }
}

/** Bits of capabilities, see capabilities(7). */
const CAP_SYS_ADMIN = 21n;
const CAP_IPC_LOCK = 14n;
/** The map of the first user namespace; capabilities in another are none to the sysctl. */
const WHOLE_MAP = /^0\s+0\s+4294967295$/;

function hasCapability(bit: bigint): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(readSystemFile('/proc/self/status') ?? '')?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
}

/** Whether locked memory is not limited for this process. */
export const mayLock = (): boolean => hasCapability(CAP_IPC_LOCK);

/** RLIMIT_MEMLOCK as the kernel shows it: bytes, or `unlimited`. */
export const lockLimit = (): string | undefined =>
  /^Max locked memory\s+(\S+)/m.exec(readSystemFile('/proc/self/limits') ?? '')?.[1];

export function readSwitches(): Switches {
  const disabled = readSystemFile('/proc/sys/kernel/io_uring_disabled');
  const group = Number(readSystemFile('/proc/sys/kernel/io_uring_group') ?? '-1');
  const inGroup = group >= 0 && [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(group);
  const isAdministrator =
    hasCapability(CAP_SYS_ADMIN) && WHOLE_MAP.test(readSystemFile('/proc/self/uid_map') ?? '');
  const letsPass =
    disabled === undefined || disabled === '0' || (disabled === '1' && (inGroup || isAdministrator));
  return { disabled, group, inGroup, isAdministrator, letsPass };
}

/** Symbols are listed to everybody, only their addresses are not. */
function wasBuiltWithIt(switches: Switches): boolean | undefined {
  if (switches.disabled !== undefined) return true;
  const symbols = readSystemFile('/proc/kallsyms');
  if (symbols !== undefined && symbols !== '')
    return /\bsys_io_uring_setup$|_sys_io_uring_setup$/m.test(symbols);
  const config = readSystemFile(`/boot/config-${release()}`);
  return config === undefined ? undefined : /^CONFIG_IO_URING=y$/m.test(config);
}

/** gVisor tells programs this, whatever it runs on. */
const GVISOR = /gvisor|Linux version 4\.4\.0 #1 SMP Sun Jan 10 15:06:54 PST 2016/i;

/** Whether a seccomp filter is active. */
export const isFiltered = (): boolean => native().seccompMode() === 2;

/** Asks the machine; takes a few milliseconds, since child processes make the calls: a filter may kill whoever does. */
export function gatherEvidence(): Evidence {
  const { fork, answers } = native().probeCalls();
  const switches = readSwitches();
  return {
    switches,
    filtered: isFiltered(),
    answers:
      fork === 0
        ? { io_uring_setup: answers[0]!, io_uring_enter: answers[1]!, io_uring_register: answers[2]! }
        : undefined,
    built: wasBuiltWithIt(switches),
    modules: readSystemFile('/sys/kernel/security/lsm')?.split(','),
    label: readSystemFile('/proc/self/attr/current'),
    isGvisor: GVISOR.test(readSystemFile('/proc/version') ?? ''),
  };
}
