/** Why no ring can be had, as programs are told. */

/**
 * - `platform`: not Linux
 * - `architecture`: a machine that ringsmith is not built for
 * - `addon`: the native addon is not installed, or does not load
 * - `sysctl`: `kernel.io_uring_disabled` keeps this process out
 * - `seccomp`: a filter refuses one of the three system calls, or kills for it: the default of most container runtimes
 * - `lsm`: a security module refuses it (SELinux, AppArmor, a BPF program)
 * - `kernel`: too old, built without io_uring, or not Linux's own (gVisor)
 * - `memlock`: RLIMIT_MEMLOCK leaves no room
 * - `descriptors`: too many open descriptors
 * - `unknown`: something else; the reason has the error
 */
export type UnavailableCause =
  | 'platform'
  | 'architecture'
  | 'addon'
  | 'sysctl'
  | 'seccomp'
  | 'lsm'
  | 'kernel'
  | 'memlock'
  | 'descriptors'
  | 'unknown';

export interface RingUnavailable {
  readonly available: false;
  /** A stable code. Where several things are in the way it is the first; `ringsmith doctor` lists all. */
  readonly cause: UnavailableCause;
  /** What is in the way, as a clause for people. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Whether a ring can be had. */
export type RingAvailability = { readonly available: true } | RingUnavailable;
