/**
 * Keeps zero-copy sends away from drains at the synchronous level, where the program sets IOSQE_IO_DRAIN itself. Linux 6.18
 * never counts the notification of such a send as over: one that is submitted while a drain waits, as the first after a
 * drain, or with a drain of its own never completes, nor does anything after it. (The promise level holds drains back
 * itself, and needs no guard.)
 */
import { IOSQE_IO_DRAIN } from '../../generated/abi/constants.js';
import { RingError } from '../errors.js';
import { type AnyOperation, isZeroCopy } from './operation.js';

function refuse({ name, constant }: AnyOperation): never {
  throw new RingError(
    'ERR_RING_DRAIN',
    `${name}: the kernel would never complete a zero-copy send behind a drain (IOSQE_IO_DRAIN), nor anything after it; nothing ` +
      'was submitted. Drain all completions and push another operation first, or send with a copy',
    { syscall: name, op: constant },
  );
}

/** Arguments that may have IOSQE_* bits. */
export interface Flagged {
  readonly sqeFlags?: number;
}

export class DrainGuard {
  /** A drain was pushed, and nothing since that made the kernel forget of it. */
  drained = false;

  /**
   * Called before an operation is pushed that has IOSQE_* bits, or comes when {@link drained} is set.
   * @param port tells how many operations' completions have not been drained
   * @throws RingError for a zero-copy send that would not complete
   */
  check(operation: AnyOperation, ready: Flagged, port: { readonly inFlight: number }): void {
    const { sqeFlags } = ready;
    const drains = sqeFlags !== undefined && (Number(sqeFlags) & IOSQE_IO_DRAIN) !== 0;
    if (!drains && !this.drained) return;
    if (isZeroCopy(operation)) refuse(operation);
    // An ordinary operation that finds nothing in flight ends the kernel's draining.
    this.drained = drains || port.inFlight > 0;
  }
}
