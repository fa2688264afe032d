/**
 * Chains: operations that start one after the other's success, submitted together. A failure or a short transfer
 * cancels what comes behind it; a hard link only orders.
 */
import { IOSQE_IO_HARDLINK, IOSQE_IO_LINK } from '../generated/abi/constants.js';
import type { Cancellation } from './cancellation.js';
import { abortError, cancelledError, RingError, timeoutError } from './errors.js';
import { type InFlight, rejectLink } from './in-flight.js';
import type { Entry } from './slot.js';

export interface ChainOptions {
  /** Go on after a failure too: members are ordered, and each fails by itself. Default false. */
  readonly hard?: boolean;
  /** Cancels what is left of the chain when all of it takes longer; in milliseconds. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Results of a chain's members, in the order in which `build` returned them. */
export type ChainResults<Members extends readonly unknown[]> = {
  -readonly [Index in keyof Members]: Awaited<Members[Index]>;
};

/** A chain did not run to its end. `code` and `errno` are those of the member that ended it. */
export class ChainError extends RingError {
  /** What became of each member, in the order they were started. Those behind the failed one have code `ECANCELED`. */
  readonly results: readonly PromiseSettledResult<unknown>[];

  constructor(failed: number, reason: RingError, results: readonly PromiseSettledResult<unknown>[]) {
    // A member that did less than it was asked to succeeds, and cancels the rest: the first one cancelled shows it.
    const short = reason.code === 'ECANCELED' && failed > 0 && results[failed - 1]?.status === 'fulfilled';
    const { errno, syscall, op } = reason;
    super(
      reason.code,
      short
        ? `operation ${failed} of ${results.length} in the chain did less than it was asked to, which cancelled the rest`
        : `operation ${failed + 1} of ${results.length} in the chain failed: ${reason.message}`,
      {
        ...(errno === undefined ? {} : { errno }),
        ...(syscall === undefined ? {} : { syscall }),
        ...(op === undefined ? {} : { op }),
      },
    );
    this.cause = reason;
    this.results = results;
  }
}

/** A member: its own entry, with the timeout behind it if it has one, and its promise. */
export interface ChainMember {
  readonly entry: Entry;
  readonly promise: Promise<unknown>;
}

/** Links the members into one entry to be submitted whole. */
function link(members: readonly ChainMember[], hard: boolean): Entry {
  for (const [index, { entry }] of members.entries()) {
    const behind = members[index + 1]?.entry;
    if (behind === undefined) break;
    const last = entry.next ?? entry;
    // A member with a timeout is linked to that, and the timeout to the next member.
    last.sqeFlags |= hard ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
    last.next = behind;
  }
  return members[0]!.entry;
}

/** Ends a chain early: what waits is dropped, what runs is cancelled, and what was to follow is so too. */
function endEarly(
  members: readonly ChainMember[],
  head: Entry,
  inFlight: InFlight,
  cancellation: Cancellation,
): void {
  if (head.slot === undefined) {
    head.dropped = true;
    rejectLink(head, cancelledError);
    return;
  }
  for (const { entry } of members) {
    if (inFlight.isCurrent(entry.slot!, entry.generation!)) void cancellation.insist(entry.slot!);
  }
}

/** Arguments that are refused fail their chain as a whole: the kernel knows of none of it. */
function submit(head: Entry, inFlight: InFlight): void {
  try {
    inFlight.start(head);
  } catch (error) {
    rejectLink(head, cancelledError);
    throw error;
  }
}

/**
 * Submits a chain and waits until each member is over.
 * @returns when all succeeded
 * @throws ChainError, or the error of the signal or the timeout that ended it
 */
export async function runChain(
  members: readonly ChainMember[],
  options: ChainOptions,
  inFlight: InFlight,
  cancellation: Cancellation,
): Promise<void> {
  const { hard = false, timeout, signal } = options;
  const head = link(members, hard);
  let ended: Error | undefined;
  const end = (error: Error): void => {
    ended ??= error;
    endEarly(members, head, inFlight, cancellation);
  };
  const onAbort = (): void => end(abortError(signal!, 'chain', 'IOSQE_IO_LINK'));
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => end(timeoutError('chain', 'IOSQE_IO_LINK')), timeout);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    submit(head, inFlight);
    const results = await Promise.allSettled(members.map(({ promise }) => promise));
    const failed = results.findIndex(({ status }) => status === 'rejected');
    if (ended !== undefined && failed >= 0) throw ended;
    if (failed >= 0) throw new ChainError(failed, (results[failed] as PromiseRejectedResult).reason, results);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
