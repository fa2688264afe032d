/**
 * Setup flags worth knowing about on a machine: what each brings, and what it is like without.
 */
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
} from '../../generated/abi/constants.js';

export interface SetupFlagRow {
  readonly name: string;
  /** The bits to try, prerequisites included. */
  readonly flags: number;
  readonly gain: string;
  readonly without: string;
}

export const SETUP_FLAGS: readonly SetupFlagRow[] = [
  {
    name: 'IORING_SETUP_COOP_TASKRUN',
    flags: IORING_SETUP_COOP_TASKRUN,
    gain: 'completions without interrupts',
    without: 'completions interrupt the thread (came with 5.19)',
  },
  {
    name: 'IORING_SETUP_SINGLE_ISSUER',
    flags: IORING_SETUP_SINGLE_ISSUER,
    gain: 'cheaper locking',
    without: 'a little more locking (came with 6.0)',
  },
  {
    name: 'IORING_SETUP_DEFER_TASKRUN',
    flags: IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    gain: 'completion work when asked for',
    without: 'not available (came with 6.1)',
  },
  {
    name: 'IORING_SETUP_NO_SQARRAY',
    flags: IORING_SETUP_NO_SQARRAY,
    gain: 'one indirection less',
    without: 'one more indirection (came with 6.6)',
  },
  {
    name: 'IORING_SETUP_SQPOLL',
    flags: IORING_SETUP_SQPOLL,
    gain: 'submission without system calls',
    without: 'refused (before 5.11 it needed privileges)',
  },
];
