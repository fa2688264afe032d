/**
 * The end of a ring: everything in flight is cancelled and waited for, with a bound. What the kernel does not let go of in
 * that time is told, and its memory given up.
 */
import { constants } from 'node:os';
import { RingError } from '../errors.js';
import { abandon } from '../memory/abandoned.js';
import { fail } from './caller-stack.js';
import type { Cancellation } from './cancellation.js';
import type { InFlight } from './in-flight.js';
import type { AnyOperation } from './operation.js';
import { PATIENCE_MS } from './patience.js';

/** How often cancellation is asked for again: a request can miss an operation on its way to a worker. */
const CANCEL_AGAIN_MS = 20;
/** How long to wait for the notifications of zero-copy sends that are settled: the network holds its own reference to the pages. */
const NOTIFICATION_MS = 200;

const leftError = ({ name, constant }: AnyOperation): RingError =>
  new RingError(
    'ERR_RING_CLOSED',
    `${name}: the ring was closed, and the kernel did not let go of the operation within ${PATIENCE_MS / 1000} s; ` +
      'whether it takes place is not known, and its memory is given up',
    { syscall: name, op: constant },
  );

/** Resolves when nothing is in flight, or after `timeoutMs` so that cancellation can be asked for again. */
function untilDrained(inFlight: InFlight, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      inFlight.drained = undefined;
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    inFlight.drained = done;
    if (!inFlight.busy) done();
  });
}

/**
 * The ring will be closed without what is still in flight: the kernel may write to its memory at any later time.
 * @returns the names of operations that were not settled until now
 */
function giveUp(inFlight: InFlight): string[] {
  const names: string[] = [];
  for (const slot of inFlight.each()) {
    // The network holds what a zero-copy send has sent.
    if (slot.told) inFlight.unpin(slot.pinned);
    if (slot.told) continue;
    abandon(slot.held, slot.ready, slot.pinned);
    names.push(slot.operation!.name);
    fail(slot.resolve!, slot.reject, leftError(slot.operation!));
    slot.clear();
  }
  return names;
}

/** Cancels what is in flight and waits for it. @returns what is left, by name; empty but for operations that nothing ends */
export async function endInFlight(inFlight: InFlight, cancellation: Cancellation): Promise<string[]> {
  const { port } = inFlight;
  const start = performance.now();
  while (inFlight.busy) {
    // Whether the program has still to be told of anything.
    const unsettled = inFlight.unsettledCount > 0 || inFlight.waiters.urgent;
    const patience = unsettled ? PATIENCE_MS : NOTIFICATION_MS;
    if (performance.now() - start >= patience) return giveUp(inFlight);
    inFlight.waiters.admitUrgent();
    const errno = port.flush(0, -1);
    if (errno < 0 && errno !== -constants.errno.EBUSY && errno !== -constants.errno.EAGAIN) {
      inFlight.failUnsubmitted(errno);
    }
    inFlight.ending();
    if (port.native.cancelAll() < 0) {
      // A kernel that refuses (5.10 on a ring with iopoll) leaves it to the operations to end by themselves.
      cancellation.each(inFlight.each()).catch(() => undefined);
    }
    await untilDrained(inFlight, CANCEL_AGAIN_MS);
  }
  return [];
}

/** Tells what a closed ring had to leave to the kernel. */
export function warnOfLeft(left: readonly string[]): void {
  if (left.length === 0) return;
  const names = [...new Set(left)].join(', ');
  process.emitWarning(
    `A ring was closed while the kernel held ${left.length} of its operations for more than ${PATIENCE_MS / 1000} s (${names}); their memory is never freed`,
    { code: 'RINGSMITH_ABANDONED' },
  );
}
