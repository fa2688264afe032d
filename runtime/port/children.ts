/**
 * Waiting for children without taking them from Node. Whoever waits for the exit of a child makes the kernel forget it,
 * and Node, which waits for the children of node:child_process by their numbers, never hears of it.
 */
import { IORING_OP_WAITID, IORING_SETUP_SQPOLL, WEXITED, WNOWAIT } from '../../generated/abi/constants.js';
import { RingError } from '../errors.js';

export { IORING_OP_WAITID };

/** Where `sqe->file_index`, which has the options of waitid, lies among the words of an SQE. */
const OPTIONS_WORD = 11;

/**
 * Has a waitid leave the child as it is.
 * @param at where the SQE begins
 * @param name what the operation is called
 * @throws where it cannot work
 */
export function leaveChild(words: Uint32Array, at: number, setupFlags: number, name: string): void {
  if ((setupFlags & IORING_SETUP_SQPOLL) !== 0) {
    throw new RingError(
      'ERR_RING_UNSUPPORTED',
      `${name}: on a ring with sqpoll the kernel's thread waits, which sees a child of this process too late (ECHILD), or takes its exit from node:child_process; nothing was submitted. Use a ring without sqpoll, or open it with {reapChildren: true} to wait all the same`,
      { syscall: name, op: 'IORING_OP_WAITID' },
    );
  }
  if ((words[at + OPTIONS_WORD]! & WEXITED) !== 0) words[at + OPTIONS_WORD]! |= WNOWAIT;
}
