/**
 * Results that say in other words that an operation was cancelled: what a worker thread of the kernel was interrupted in,
 * and what was taken back before the kernel saw it.
 */
import { constants } from 'node:os';
import type { Slot } from './slot.js';

const CANCELED = -constants.errno.ECANCELED;
const INTERRUPTED = -constants.errno.EINTR;

/**
 * ERESTARTSYS to ERESTART_RESTARTBLOCK: the kernel's word to itself that a system call is to be started again, which no
 * system call shows a program. An interrupted worker lets them through.
 */
const RESTART_FIRST = -512;
const RESTART_LAST = -516;

/** Whether a result is one of the kernel's numbers for a call to be started again. */
export const isRestart = (res: number): boolean => res <= RESTART_FIRST && res >= RESTART_LAST;

/** `cqe->res` as a program is told it. */
export function interruptedResult(slot: Slot, res: number): number {
  if (slot.withdrawn) return CANCELED;
  if (res >= 0) return res;
  return isRestart(res) || (res === INTERRUPTED && slot.cancelled) ? CANCELED : res;
}
