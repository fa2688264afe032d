/**
 * An operation that makes descriptors again and again while the program hears of the last one only: it is ended, and what
 * it made is closed, because nobody would own it.
 */

import { RingError } from '../errors.js';
import { rejectWithCaller } from './caller-stack.js';
import type { Cancellation } from './cancellation.js';
import { closeCreated } from './closing.js';
import type { InFlight } from './in-flight.js';
import type { AnyOperation } from './operation.js';
import type { Slot } from './slot.js';

const unheardError = ({ name, constant }: AnyOperation): RingError =>
  new RingError(
    'ERR_RING_MULTISHOT',
    `${name} (${constant}) was to complete again and again, and nobody takes what it makes: it was cancelled, and what it ` +
      `had made was closed. Use ring.multishot.${name}(), or give {onMore}`,
    { syscall: name, op: constant },
  );

/** Takes a completion before the last of an operation without listener. */
export function endUnheard(inFlight: InFlight, cancellation: Cancellation, slot: Slot, res: number): void {
  const operation = slot.operation!;
  if (operation.created === undefined || res < 0) return;
  const close = (result: number, ready: object): void => {
    for (const made of operation.created!(result, ready)) void closeCreated(inFlight, made);
  };
  close(res, slot.ready!);
  const { resolve } = slot;
  const reject = slot.reject ?? ((error: unknown) => rejectWithCaller(resolve!, error));
  slot.reject = () => reject(unheardError(operation));
  slot.resolve = (_value, result, ready) => {
    close(result, ready);
    reject(unheardError(operation));
  };
  void cancellation.insist(slot);
}
