/**
 * Looks at everything that decides whether a ring can run here: the kernel, its switches, filters and limits, the addon.
 */
import { release } from 'node:os';
import { examine } from '../availability/availability.js';
import type { RingUnavailable, UnavailableCause } from '../availability/cause.js';
import {
  CALLS,
  type Evidence,
  KILLED,
  lockLimit,
  mayLock,
  readSwitches,
  readSystemFile,
  type Switches,
} from '../availability/evidence.js';
import { filterCause } from '../availability/judge.js';
import { errnoText } from '../errno.js';
import { native } from '../port/native.js';
import type { Diagnosis, Finding } from './finding.js';
import { remediesFor } from './remedies.js';
import { SETUP_FLAGS } from './setup-flags.js';

type Causes = readonly RingUnavailable[];

/** What is in the way, where it is this. */
function failure(
  causes: Causes,
  cause: UnavailableCause,
): Pick<Finding, 'status' | 'detail' | 'remedy'> | undefined {
  const found = causes.find((one) => one.cause === cause);
  return found === undefined ? undefined : { status: 'failed', detail: found.reason, remedy: found.remedy };
}

function kernel(causes: Causes): Finding {
  const about = { code: 'kernel', subject: 'kernel' };
  return {
    ...about,
    status: 'info',
    detail: `${release()} (what it can do is asked of it, never read off this)`,
    ...failure(causes, 'kernel'),
  };
}

/** Why a sysctl that could keep processes out lets this one pass. */
function passing({ disabled, group, inGroup }: Switches): string {
  if (disabled === '0') return '0: everybody may use io_uring';
  return `1: only CAP_SYS_ADMIN and group ${group} may use io_uring, and this process has ${inGroup ? 'the group' : 'CAP_SYS_ADMIN'}`;
}

function sysctl(causes: Causes, switches: Switches): Finding {
  const about = { code: 'sysctl', subject: 'sysctl kernel.io_uring_disabled' };
  if (switches.disabled === undefined)
    return { ...about, status: 'info', detail: 'not there (it came with Linux 6.6)' };
  const refused = failure(causes, 'sysctl');
  if (refused !== undefined) return { ...about, ...refused };
  if (switches.letsPass) return { ...about, status: 'ok', detail: passing(switches) };
  return { ...about, status: 'info', detail: `${switches.disabled}, group ${switches.group}` };
}

/** What each of the three calls answered, e.g. `io_uring_setup EPERM`. */
function answersOf({ answers }: Evidence): string {
  if (answers === undefined) return 'no child process could be made to ask';
  return CALLS.map((call) => {
    const errno = answers[call];
    return `${call} ${errno === KILLED ? 'killed' : errnoText(-errno)[0]}`;
  }).join(', ');
}

function seccomp(causes: Causes, evidence: Evidence | undefined): Finding {
  const about = { code: 'seccomp', subject: 'seccomp' };
  const refused = failure(causes, 'seccomp');
  if (refused !== undefined) return { ...about, ...refused };
  const filtered = evidence?.filtered ?? /^Seccomp:\s*2/m.test(readSystemFile('/proc/self/status') ?? '');
  if (!filtered) return { ...about, status: 'ok', detail: 'no filter' };
  const half = evidence === undefined ? undefined : filterCause(evidence);
  if (half !== undefined && causes.length === 0)
    return {
      ...about,
      status: 'warning',
      detail: `${half.reason}: rings run, and nothing can be registered with them`,
      remedy: half.remedy,
    };
  if (evidence === undefined || causes.length > 0) {
    const asked = evidence === undefined ? '' : ` (${answersOf(evidence)})`;
    return {
      ...about,
      status: 'info',
      detail: `a filter is active; it is not what refuses the ring${asked}`,
    };
  }
  return { ...about, status: 'ok', detail: 'a filter is active, and lets io_uring pass' };
}

function lsm(causes: Causes, evidence: Evidence | undefined): Finding {
  const about = { code: 'lsm', subject: 'security modules' };
  const refused = failure(causes, 'lsm');
  if (refused !== undefined) return { ...about, ...refused };
  const modules = evidence?.modules?.join(', ') ?? 'not told (securityfs is not mounted)';
  const label = evidence?.label ?? '';
  return {
    ...about,
    status: 'info',
    detail: label === '' ? modules : `${modules}; this process is ${label}`,
  };
}

const SMALL = 1 << 20;

function memlock(causes: Causes): Finding {
  const about = { code: 'memlock', subject: 'locked memory (RLIMIT_MEMLOCK)' };
  const refused = failure(causes, 'memlock');
  if (refused !== undefined) return { ...about, ...refused };
  const limit = lockLimit() ?? 'unknown';
  const said = limit === 'unlimited' || limit === 'unknown' ? limit : `${limit} bytes`;
  if (mayLock()) return { ...about, status: 'ok', detail: `${said}; does not count, by CAP_IPC_LOCK` };
  if (!(Number(limit) < SMALL)) return { ...about, status: 'ok', detail: said };
  return {
    ...about,
    status: 'warning',
    detail: `${said}: enough for small rings and few registered buffers only`,
    remedy: 'raise it: ulimit -l, LimitMEMLOCK= of the systemd unit, or /etc/security/limits.conf',
  };
}

const ELSEWHERE: readonly UnavailableCause[] = ['platform', 'architecture', 'addon'];

function addon(causes: Causes): Finding {
  const about = { code: 'addon', subject: 'native addon' };
  const found = causes.find(({ cause }) => ELSEWHERE.includes(cause));
  if (found === undefined) return { ...about, status: 'ok', detail: 'loaded' };
  return { ...about, status: 'failed', detail: found.reason, remedy: found.remedy };
}

function ring(causes: Causes): Finding {
  const about = { code: 'ring', subject: 'ring' };
  if (causes.length === 0) return { ...about, status: 'ok', detail: 'set up, and completed a NOP' };
  const detail = causes.map(({ reason }) => reason).join('; ');
  // What stands above has its remedy there.
  const [first] = causes;
  const isAbove = first!.cause !== 'unknown' && first!.cause !== 'descriptors';
  return {
    ...about,
    status: 'failed',
    detail: isAbove ? `refused: ${first!.cause}` : detail,
    ...(isAbove ? {} : { remedy: first!.remedy }),
  };
}

const setupFlags = (): Finding[] =>
  SETUP_FLAGS.map(({ name, flags, gain, without }): Finding => {
    const works = native().trySetup(8, flags).errno === 0;
    return {
      code: name,
      subject: name,
      status: works ? 'ok' : 'info',
      detail: works ? gain : `not here: ${without}`,
    };
  });

/** All that is found. */
export function diagnosis(): Diagnosis {
  const { causes, evidence } = examine();
  const hasAddon = evidence !== undefined;
  const findings = [
    kernel(causes),
    sysctl(causes, evidence?.switches ?? readSwitches()),
    seccomp(causes, evidence),
    lsm(causes, evidence),
    memlock(causes),
    addon(causes),
    ...(hasAddon ? [ring(causes)] : []),
    ...(causes.length === 0 ? setupFlags() : []),
  ];
  // A filter may be in the way of a part only.
  const half = causes.length > 0 || evidence === undefined ? undefined : filterCause(evidence);
  return { findings, causes, remedies: remediesFor(half === undefined ? causes : [half], evidence) };
}
