/** What a look at the machine finds, and what to do about it. */
import type { RingUnavailable } from '../availability/cause.js';
import type { Remedy } from './remedies.js';

/** `failed`: no ring can run; `warning` costs something; `info` is only told. */
export interface Finding {
  /** Stable, e.g. `seccomp`, `IORING_SETUP_SQPOLL`. */
  readonly code: string;
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'info';
  readonly detail: string;
  readonly remedy?: string;
}

export interface Diagnosis {
  /** In the order in which a person would look. */
  readonly findings: readonly Finding[];
  /** All that is in the way of a ring; nothing when one can be had. */
  readonly causes: readonly RingUnavailable[];
  readonly remedies: readonly Remedy[];
}
