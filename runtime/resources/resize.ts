/**
 * Queues of another size under a running ring. The kernel makes new ones and takes over what is in the old; this
 * process maps them anew, after its views of the old have been taken away.
 */

import { IORING_SETUP_NO_MMAP, IORING_SETUP_NO_SQARRAY } from '../../generated/abi/constants.js';
import { anything, Shape } from '../arguments/options.js';
import { enterError, RingError, systemError } from '../errors.js';
import { deferredTaskWork } from '../port/features.js';
import type { Port } from '../port/port.js';

const OPCODE = 'IORING_REGISTER_RESIZE_RINGS';

export interface QueueSizes {
  /** Entries of the submission queue, rounded up to a power of two. */
  readonly entries: number;
  /** Entries of the completion queue. Default: 4 times `entries`. */
  readonly cqEntries?: number;
}

const SIZES = new Shape({ entries: anything, cqEntries: anything });

/** Of either queue; the kernel's limit for the completion queue. */
export const MOST_ENTRIES = 65_536;

function checked(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= MOST_ENTRIES) return value;
  throw Object.assign(new RangeError(`${name} must be an integer from 1 to ${MOST_ENTRIES}; got ${value}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}

function refuse(reason: string): never {
  throw new RingError('ERR_RING_UNSUPPORTED', `${reason}; the ring stays as it is`, {
    syscall: 'io_uring_register',
    op: OPCODE,
  });
}

/** Submits what is prepared: the kernel takes over what it knows of, and nothing else. */
function submitAll(port: Port): void {
  const errno = port.flush(0, -1);
  if (errno < 0) throw enterError(errno);
}

/**
 * Must not be called during a reap, nor while arguments are being read.
 * @param reap hands on the completions that are there
 */
export function resizeQueues(port: Port, sizes: QueueSizes, reap: () => void): void {
  SIZES.required(sizes, 'resize');
  const entries = checked(sizes.entries, 'entries');
  const wanted = checked(sizes.cqEntries ?? Math.min(entries * 4, MOST_ENTRIES), 'cqEntries');
  const cqEntries = Math.max(wanted, entries);
  const { native } = port;
  if (!deferredTaskWork(native)) refuse("only a ring opened with taskWork: 'deferred' can be resized");
  if ((native.setupFlags & IORING_SETUP_NO_MMAP) !== 0)
    refuse("queues in the process's own memory stay there");
  // Kernels do not say where the new array of positions is.
  if ((native.setupFlags & IORING_SETUP_NO_SQARRAY) === 0) refuse('resizing needs IORING_SETUP_NO_SQARRAY');
  submitAll(port);
  while (port.waiting > cqEntries) {
    // Completions that would not fit. What waited for them is submitted in turn.
    reap();
    submitAll(port);
  }
  const { errno, lost } = native.resize(entries, cqEntries);
  if (lost) {
    throw new RingError(
      'ERR_RING_LOST',
      'the resized queues could not be mapped; all that is left is close()',
      {
        errno,
        syscall: 'mmap',
        op: OPCODE,
      },
    );
  }
  if (errno < 0) throw systemError(errno, 'io_uring_register', OPCODE);
  port.remap();
}
