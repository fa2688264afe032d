/**
 * Results that say in other words that an operation was cancelled: what a worker thread of the kernel was interrupted in,
 * and what was taken back before the kernel saw it.
 */
import { constants } from 'node:os';
import { isRestart } from '../errno.js';
import type { Slot } from './slot.js';

const CANCELED = -constants.errno.ECANCELED;
const INTERRUPTED = -constants.errno.EINTR;

/** `cqe->res` as a program is told it. */
export function interruptedResult(slot: Slot, res: number): number {
  if (slot.withdrawn) return CANCELED;
  return res >= 0 ? res : ofWorker(slot, res);
}

function ofWorker(slot: Slot, res: number): number {
  return isRestart(res) || (res === INTERRUPTED && slot.cancelled) ? CANCELED : res;
}
