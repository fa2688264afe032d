/**
 * Chains: operations that start one after the other's success, submitted together. A failure or a short transfer
 * cancels what comes behind it; a hard link only orders.
 */
import { inspect } from 'node:util';
import { IOSQE_IO_HARDLINK, IOSQE_IO_LINK } from '../../generated/abi/constants.js';
import { checkSignal } from '../arguments/arguments.js';
import { type Duration, timerMilliseconds } from '../arguments/duration.js';
import { anything, boolean, Shape } from '../arguments/options.js';
import { errnoText } from '../errno.js';
import { type AbortError, abortError, cancelledError, RingError, timeoutError } from '../errors.js';
import { offAbort, onAbort } from './abort-listeners.js';
import type { Cancellation } from './cancellation.js';
import type { InFlight } from './in-flight.js';
import type { AnyOperation } from './operation.js';
import { type Entry, rejectLink } from './slot.js';

export interface ChainOptions {
  /** Go on after a failure too: members are ordered, and each fails by itself. Default false. */
  readonly hard?: boolean;
  /** Cancels what is left of the chain when all of it takes longer, from the call on; at most 24 days. */
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
}

const CHAIN = new Shape({ hard: boolean, timeout: anything, signal: anything });

/** Results of a chain's members, in the order in which `build` returned them. */
export type ChainResults<Members extends readonly unknown[]> = {
  -readonly [Index in keyof Members]: Awaited<Members[Index]>;
};

/** The error by which a timeout tells that its time was up, as it should. */
const TIME_WAS_UP: unknown = 'expired';

/** Why a member that resolved has broken the chain behind it; undefined when it did not resolve. */
function breach(
  result: PromiseSettledResult<unknown> | undefined,
  operation: AnyOperation | undefined,
): string | undefined {
  if (result?.status !== 'fulfilled') return undefined;
  const other = 'or a cancellation was asked for';
  const name = operation?.name ?? 'an operation';
  const answers = operation?.answers;
  if (operation === undefined || answers === undefined || answers.length === 0)
    return `the one before it, ${name}, did less than it was asked to, ${other}`;
  const codes = answers === 'all' ? '' : ` (${answers.map((errno) => errnoText(errno)[0]).join(', ')})`;
  const told = `${name}, answered ${inspect(result.value)}, which the kernel tells as an error${codes}, and so it breaks a chain`;
  const remedy =
    result.value === TIME_WAS_UP
      ? 'give the timeout the flag IORING_TIMEOUT_ETIME_SUCCESS (Linux 5.16), or make the chain hard'
      : 'make the chain hard to go on all the same';
  return `the one before it, ${told}: ${remedy}`;
}

/** A chain did not run to its end. `code` and `errno` are those of the member that ended it. */
export class ChainError extends RingError {
  /**
   * What became of each member, in the order they were started. Those behind the failed one have code `ECANCELED`. What the
   * finished ones made is the program's: descriptors are to be closed, leases to be released.
   */
  declare readonly results: readonly PromiseSettledResult<unknown>[];

  /** @param before the operation in front of the one that failed */
  constructor(
    failed: number,
    reason: RingError,
    results: readonly PromiseSettledResult<unknown>[],
    before?: AnyOperation,
  ) {
    // A member that did less than it was asked to succeeds, and cancels the rest: the first one cancelled shows it.
    const cause = reason.code === 'ECANCELED' ? breach(results[failed - 1], before) : undefined;
    const { code = 'ERR_RING_CHAIN', errno, syscall, op } = reason;
    super(
      code,
      cause === undefined
        ? `operation ${failed + 1} of ${results.length} in the chain failed: ${reason.message}`
        : `operation ${failed + 1} of ${results.length} in the chain was cancelled: ${cause}`,
      {
        target: reason,
        ...(errno === undefined ? {} : { errno }),
        ...(syscall === undefined ? {} : { syscall }),
        ...(op === undefined ? {} : { op }),
      },
    );
    this.cause = reason;
    this.results = results;
  }
}

/** A member: its entry and its promise. */
export interface ChainMember {
  readonly entry: Entry;
  readonly promise: Promise<unknown>;
  /** It can start now: the time it may take begins. */
  readonly begin?: () => void;
}

/** A member's own time runs from the end of the one before it. */
function beginInTurn(members: readonly ChainMember[]): void {
  members[0]!.begin?.();
  for (const [index, { promise }] of members.entries()) {
    const begin = members[index + 1]?.begin;
    if (begin !== undefined) promise.then(begin, begin);
  }
}

/** Links the members into one entry to be submitted whole. */
function link(members: readonly ChainMember[], hard: boolean): Entry {
  const flag = hard ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
  for (const [index, { entry }] of members.entries()) {
    const behind = members[index + 1]?.entry;
    if (behind === undefined) break;
    entry.sqeFlags |= flag;
    entry.next = behind;
  }
  const head = members[0]!.entry;
  head.drain = members.some(({ entry }) => entry.drain === true);
  return head;
}

/** Ends a chain early: what waits is dropped, what runs is cancelled, and what was to follow is so too. */
function endEarly(
  members: readonly ChainMember[],
  head: Entry,
  inFlight: InFlight,
  cancellation: Cancellation,
): void {
  if (head.slot === undefined) {
    inFlight.waiters.drop(head, cancelledError);
    return;
  }
  for (const { entry } of members) {
    if (inFlight.isCurrent(entry.slot!, entry.generation!)) void cancellation.insist(entry.slot!, true);
  }
}

/** Arguments that are refused fail their chain as a whole: the kernel knows of none of it. */
function submit(head: Entry, inFlight: InFlight): void {
  try {
    inFlight.waiters.start(head);
  } catch (error) {
    rejectLink(head, cancelledError);
    throw error;
  }
}

/**
 * The results of members, where the program made something else of a member's promise, a handle above all: that. A number
 * beside the handle that owns it would be closed twice.
 */
async function withOwners(
  outcomes: readonly PromiseSettledResult<unknown>[],
  members: readonly ChainMember[],
  built: readonly unknown[],
): Promise<readonly PromiseSettledResult<unknown>[]> {
  if (built.length !== members.length || built.every((one, at) => one === members[at]!.promise))
    return outcomes;
  const results = [...outcomes];
  for (const [at, one] of built.entries()) {
    if (outcomes[at]!.status !== 'fulfilled') continue;
    Promise.resolve(one).then(
      (value) => {
        results[at] = { status: 'fulfilled', value };
      },
      () => undefined,
    );
  }
  // What is made of a result at once has been made by then; nothing else is waited for.
  await new Promise((resolve) => setImmediate(resolve));
  return results;
}

/** Which member ended a chain: the first that failed by itself, or else the first that was cancelled; -1 for none. */
function failedMember(results: readonly PromiseSettledResult<unknown>[]): number {
  const failed = (result: PromiseSettledResult<unknown>): boolean => result.status === 'rejected';
  const byItself = (result: PromiseSettledResult<unknown>): boolean =>
    result.status === 'rejected' && (result.reason as RingError).code !== 'ECANCELED';
  // A member that the kernel refuses outright cancels those before it as well.
  const first = results.findIndex(byItself);
  return first >= 0 ? first : results.findIndex(failed);
}

/** Refuses options of a chain before any of it is built. */
export function checkChain(options: ChainOptions): void {
  CHAIN.check(options, 'chain');
  const { timeout, signal } = options;
  checkSignal(signal);
  if (timeout !== undefined) timerMilliseconds(timeout, 'chain: timeout');
  if (signal?.aborted === true) throw abortError(signal, 'chain', 'IOSQE_IO_LINK');
}

/**
 * Submits a chain and waits until each member is over.
 * @param built what the program made of the members' promises
 * @returns when all succeeded
 * @throws ChainError, or the error of the signal or the timeout that ended it
 */
export async function runChain(
  members: readonly ChainMember[],
  built: readonly unknown[],
  options: ChainOptions,
  inFlight: InFlight,
  cancellation: Cancellation,
): Promise<void> {
  const { hard = false, timeout, signal } = options;
  const head = link(members, hard);
  let ended: AbortError | RingError | undefined;
  const end = (error: AbortError | RingError): void => {
    ended ??= error;
    endEarly(members, head, inFlight, cancellation);
  };
  const abort = (): void => end(abortError(signal!, 'chain', 'IOSQE_IO_LINK'));
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(
          () => end(timeoutError('chain', 'IOSQE_IO_LINK')),
          timerMilliseconds(timeout, 'chain: timeout'),
        );
  onAbort(signal, abort);
  try {
    if (signal?.aborted === true) abort();
    beginInTurn(members);
    submit(head, inFlight);
    const outcomes = await Promise.allSettled(members.map(({ promise }) => promise));
    const failed = failedMember(outcomes);
    if (failed < 0) return;
    const results = await withOwners(outcomes, members, built);
    if (ended !== undefined) {
      // Before it started nothing of it was made.
      if (head.slot !== undefined) ended.results = results;
      throw ended;
    }
    const { reason } = results[failed] as PromiseRejectedResult;
    // Never submitted, so it is no member that failed: the ring was closed, or the arguments were refused.
    const before = members[failed - 1]?.entry.operation;
    throw head.slot === undefined ? reason : new ChainError(failed, reason, results, before);
  } finally {
    clearTimeout(timer);
    offAbort(signal, abort);
  }
}

/** The refusal of what `build` must not be: most likely an async function, whose members would start one by one. */
export function notAnArray(): Error {
  const message =
    'chain: build must return an array of the promises of its operations, and must not be async; nothing was submitted';
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_RETURN_VALUE' });
}
