/**
 * What the generated package says of one opcode, and what the runtime needs to run it.
 */
import {
  IORING_OP_PROVIDE_BUFFERS,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG_ZC,
} from '../../generated/abi/constants.js';
import type { IosqeFlags } from '../../generated/abi/flags.js';
import type { Duration, Pins } from '../arguments/pins.js';
import type { OperationRules } from '../contract/rules.js';
import type { RingBuffer } from '../memory/memory.js';
import type { ExtraWords } from '../port/extra-words.js';
import type { About } from './about.js';
import type { CreatedDescriptor } from './created-descriptors.js';

/** Everything an SQE refers to: kept until the operation's terminal completion. */
export type Held = RingBuffer | readonly RingBuffer[] | undefined;

/** SQE fields that every operation has. */
export interface CommonArgs {
  /**
   * `sqe->flags`: IOSQE_* bits, except IOSQE_CQE_SKIP_SUCCESS: an operation without completion could not be counted. The
   * promise level refuses links and drains too, for which it has `ring.chain` and the option `drain`.
   */
  readonly sqeFlags?: IosqeFlags | 0;
  /** `sqe->personality`: credentials registered with the ring. */
  readonly personality?: number;
  /** `sqe->user_data`: comes back in the completion. The promise level uses it itself. */
  readonly userData?: number | bigint;
}

/** What a port needs of an operation. */
export interface Encodable<Ready extends object> {
  /** As the program calls it, e.g. `openat`. */
  readonly name: string;
  readonly opcode: number;
  /** Exists in JavaScript only, so that the native encoders are not asked for it. */
  readonly raw?: true;
  /** Writes the whole SQE at `words[at]`; returns what must be kept. Throws before anything is submitted. */
  readonly encode: (words: Uint32Array, at: number, ready: Ready) => Held;
}

/**
 * One opcode.
 * @typeParam Args what a program passes to the promise level
 * @typeParam Result what the promise resolves with
 * @typeParam Ready the same arguments with everything the kernel will touch in kernel-visible memory: what builders take
 * @typeParam Constant,Opcode its identity, in the type so that coverage can be read off a package's declarations
 */
export interface Operation<
  Args extends object,
  Result,
  Ready extends object = Args,
  Constant extends string = string,
  Opcode extends number = number,
> extends Encodable<Ready> {
  /** As the header calls it, e.g. `IORING_OP_OPENAT`. */
  readonly constant: Constant;
  readonly opcode: Opcode;
  /** Bytes of its SQE: 64, or 128 for the opcodes that carry a large command. */
  readonly sqeBytes: number;
  /** The release of Linux that brought it, e.g. `6.7`; `7.2 or earlier` where only an upper bound is known. */
  readonly since?: string;
  /** Refuses what is no argument of it, by name: at the promise level, */
  readonly checkArgs?: (args: object) => void;
  /** and at the level of builders, where that has other names. */
  readonly checkReady?: (ready: object) => void;
  /** Brings arguments into kernel-visible memory. */
  readonly ready: (pins: Pins, args: Args) => Ready;
  /** Negative results that are answers and not failures, e.g. -ETIME of a timeout; `'all'` leaves it to `result`. */
  readonly answers?: readonly number[] | 'all';
  /** The descriptors it made, to be closed when nobody is left to own them; absent when it makes none. */
  readonly created?: (res: number, ready: Ready) => readonly CreatedDescriptor[];
  /**
   * Turns `cqe->res` into the result; absent when the result is `res` itself.
   * @param flags `cqe->flags` of the terminal completion
   * @param last `cqe->res` of the terminal completion: the notification of a zero-copy send
   */
  readonly result?: ((res: number, ready: Ready, flags: number, last: number) => Result) | undefined;
  /** Which of its arguments name what it is about, for errors. */
  readonly about?: About;
  /** What the kernel's contract says of it; made when first asked for, to explain an error. */
  readonly contract?: () => OperationRules;
}

/** Any operation, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where operations of all types meet in a table
export type AnyOperation = Operation<any, any, any>;

/** Whether a negative result is none of a failure. */
export function isAnswer({ answers }: AnyOperation, res: number): boolean {
  return answers === 'all' || answers?.includes(res) === true;
}

/**
 * Whether the kernel keeps the memory an operation names beyond its completion: buffers provided to a group are written
 * to by later operations, which do not name them. Such memory is held as long as the ring.
 */
export function outlives(operation: { readonly opcode: number }): boolean {
  return operation.opcode === IORING_OP_PROVIDE_BUFFERS;
}

/** Whether the network reads the operation's memory until a notification, its last completion, says that it is done. */
export function isZeroCopy({ opcode }: { readonly opcode: number }): boolean {
  return opcode === IORING_OP_SEND_ZC || opcode === IORING_OP_SENDMSG_ZC;
}

/** Options of every operation at the promise level. */
export interface OperationOptions {
  /**
   * Cancels the operation when it is aborted. The promise then rejects with an AbortError once the kernel has let go of
   * the operation's memory. An operation that had succeeded by then resolves all the same: what it received, accepted or
   * opened is the program's.
   */
  readonly signal?: AbortSignal;
  /**
   * Cancels the operation when it takes longer, from the call on; of a member of a chain, from the end of the one before
   * it. In milliseconds, or seconds and nanoseconds; at least one millisecond. The promise then rejects with code `ETIME`,
   * unless the operation had succeeded by then.
   */
  readonly timeout?: Duration;
  /**
   * Start only after everything started before is over, operations of many completions included, and nothing started
   * later before it is over. The ring holds it back by itself, and does not use IOSQE_IO_DRAIN: whatever waits can be
   * aborted, cancelled and timed.
   */
  readonly drain?: boolean;
  /**
   * Called for every completion before the terminal one (`IORING_CQE_F_MORE`), with `cqe->res` and `cqe->flags`.
   * The promise settles on the terminal completion only.
   */
  readonly onMore?: (res: number, flags: number) => void;
  /** How many completions it may have in the queue at a time, counted against the ring's capacity. Default 1. */
  readonly weight?: number;
}

/** Options of operations whose completion may have two more words. */
export interface ExtraOptions<Extra extends boolean> extends Omit<OperationOptions, 'onMore'> {
  /**
   * Resolve with the two more words of the completion beside the result, and tell `onMore` those of the ones before it;
   * on rings with `cqe32`.
   */
  readonly extra?: Extra;
  /** See {@link OperationOptions.onMore}. */
  readonly onMore?: Extra extends true
    ? (res: number, flags: number, extra: ExtraWords) => void
    : (res: number, flags: number) => void;
}

/** A result, and the two more words of the completion it came with: zeros where the operation gave none. */
export interface WithExtra<Result> {
  readonly result: Result;
  readonly extra: ExtraWords;
}

/** What an operation resolves with that may have been asked for {@link ExtraOptions.extra}. */
export type Completed<Result, Extra extends boolean> = Extra extends true ? WithExtra<Result> : Result;

/** What generated operation methods call. */
export interface Starter {
  start<Args extends object, Result, Ready extends object, Extra extends boolean = false>(
    operation: Operation<Args, Result, Ready>,
    args: Args,
    options?: ExtraOptions<Extra>,
  ): Promise<Completed<Result, Extra>>;
}
