/**
 * What to write where, for each cause: the line for docker run, a Compose file, a pod, a unit of systemd, or the host. Only
 * what was found to be in the way has any.
 */
import type { RingUnavailable, UnavailableCause } from '../availability/cause.js';
import type { Evidence } from '../availability/evidence.js';

export type RemedyPlace = 'host' | 'docker' | 'compose' | 'kubernetes' | 'systemd';

export interface Remedy {
  /** Stable: the cause and the place, e.g. `seccomp-docker`. */
  readonly code: `${UnavailableCause}-${RemedyPlace}`;
  readonly cause: UnavailableCause;
  readonly place: RemedyPlace;
  /** What to do there. */
  readonly text: string;
}

type Texts = Partial<Record<RemedyPlace, string>>;

/** Enough for rings and registered buffers of a busy server. */
const LOCKED_MIB = 64;
const LOCKED_BYTES = LOCKED_MIB << 20;

const SECCOMP: Texts = {
  host: 'npx ringsmith doctor --seccomp-profile [FILE] > seccomp.json   # the default profile of Podman, or that in FILE, with io_uring',
  docker: 'docker run --security-opt seccomp=seccomp.json …   # podman run takes the same',
  compose: 'security_opt: ["seccomp=seccomp.json"]',
  kubernetes:
    'npx ringsmith doctor --seccomp-profile [FILE] --flat > /var/lib/kubelet/seccomp/io_uring.json on each node; in the pod ' +
    'securityContext: { seccompProfile: { type: Localhost, localhostProfile: io_uring.json } }',
  systemd: 'SystemCallFilter=io_uring_setup io_uring_enter io_uring_register',
};

function sysctlTexts({ switches }: Evidence): Texts {
  const { disabled, group } = switches;
  if (disabled !== '1')
    return {
      host: "sysctl -w kernel.io_uring_disabled=0   # for good: a file in /etc/sysctl.d; it is the whole machine's, so not to be set from a container",
    };
  const gid = group >= 0 ? String(group) : 'GID';
  const own = process.getegid?.() ?? 'GID';
  return {
    ...(group >= 0
      ? {}
      : { host: `sysctl -w kernel.io_uring_group=${own}   # for good: a file in /etc/sysctl.d` }),
    docker: `docker run --group-add ${gid} …`,
    compose: `group_add: ["${gid}"]`,
    kubernetes: `securityContext: { supplementalGroups: [${gid}] }`,
    systemd: `SupplementaryGroups=${gid}`,
  };
}

function lsmTexts({ modules }: Evidence): Texts {
  if (modules?.includes('selinux') === true)
    return {
      host: 'ausearch -m avc -ts recent | audit2allow -M io_uring && semodule -i io_uring.pp',
      docker: 'docker run --security-opt label=type:TYPE …   # a type whose policy allows io_uring',
      compose: 'security_opt: ["label=type:TYPE"]',
      kubernetes: 'securityContext: { seLinuxOptions: { type: TYPE } }',
      systemd: 'SELinuxContext=CONTEXT',
    };
  if (modules?.includes('apparmor') === true)
    return {
      host: 'add the rule `io_uring,` to the profile, and load it with apparmor_parser -r',
      docker: 'docker run --security-opt apparmor=PROFILE …   # one that allows io_uring',
      compose: 'security_opt: ["apparmor=PROFILE"]',
      kubernetes: 'securityContext: { appArmorProfile: { type: Localhost, localhostProfile: PROFILE } }',
      systemd: 'AppArmorProfile=PROFILE',
    };
  return {
    host: 'see dmesg and the audit log for who refused it (a BPF program can, too: bpftool prog list)',
  };
}

const MEMLOCK: Texts = {
  host: `ulimit -l ${LOCKED_BYTES >> 10}   # for good: memlock in /etc/security/limits.conf`,
  docker: `docker run --ulimit memlock=${LOCKED_BYTES} …`,
  compose: `ulimits: { memlock: ${LOCKED_BYTES} }`,
  kubernetes:
    `LimitMEMLOCK=${LOCKED_MIB}M in the unit of the container runtime on each node (pods have no field for it), or ` +
    'securityContext: { capabilities: { add: [IPC_LOCK] } }',
  systemd: `LimitMEMLOCK=${LOCKED_MIB}M`,
};

function kernelTexts({ isGvisor }: Evidence): Texts {
  if (!isGvisor) return { host: 'a kernel from 5.10 on, with CONFIG_IO_URING=y' };
  return {
    docker: 'docker run --runtime=runc …',
    compose: 'runtime: runc',
    kubernetes: 'leave the runtimeClassName of gVisor out of the pod',
  };
}

function textsOf(cause: UnavailableCause, evidence: Evidence): Texts {
  switch (cause) {
    case 'seccomp':
      return SECCOMP;
    case 'sysctl':
      return sysctlTexts(evidence);
    case 'lsm':
      return lsmTexts(evidence);
    case 'memlock':
      return MEMLOCK;
    case 'kernel':
      return kernelTexts(evidence);
    default:
      return {};
  }
}

/** What to write where, for what was found. */
export const remediesFor = (causes: readonly RingUnavailable[], evidence: Evidence | undefined): Remedy[] =>
  evidence === undefined
    ? []
    : causes.flatMap(({ cause }) =>
        Object.entries(textsOf(cause, evidence)).map(([place, text]): Remedy => {
          const where = place as RemedyPlace;
          return { code: `${cause}-${where}`, cause, place: where, text };
        }),
      );
