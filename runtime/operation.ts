/**
 * What the generated package says of one opcode, and what the runtime needs to run it.
 */
import { IORING_OP_PROVIDE_BUFFERS } from '../generated/abi/constants.js';
import type { OperationRules } from './contract/rules.js';
import type { RingBuffer } from './memory.js';
import type { Pins } from './pins.js';

/** Everything an SQE refers to: kept until the operation's terminal completion. */
export type Held = RingBuffer | readonly RingBuffer[] | undefined;

/** SQE fields that every operation has. */
export interface CommonArgs {
  /** `sqe->flags`: IOSQE_* bits, except IOSQE_CQE_SKIP_SUCCESS: an operation without completion could not be counted. */
  readonly sqeFlags?: number;
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
  /** The oldest kernel known to have it, when the snapshots tell. */
  readonly since?: string;
  /** Brings arguments into kernel-visible memory. */
  readonly ready: (pins: Pins, args: Args) => Ready;
  /** Negative results that are answers and not failures, e.g. -ETIME of a timeout. */
  readonly answers?: readonly number[];
  /** Turns `cqe->res` into the result; absent when the result is `res` itself. */
  readonly result?: ((res: number, ready: Ready) => Result) | undefined;
  /** What the kernel's contract says of it; made when first asked for, to explain an error. */
  readonly contract?: () => OperationRules;
}

/** Any operation, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where operations of all types meet in a table
export type AnyOperation = Operation<any, any, any>;

/**
 * Whether the kernel keeps the memory an operation names beyond its completion: buffers provided to a group are written
 * to by later operations, which do not name them. Such memory is held as long as the ring.
 */
export function outlives(operation: { readonly opcode: number }): boolean {
  return operation.opcode === IORING_OP_PROVIDE_BUFFERS;
}

/** Options of every operation at the promise level. */
export interface OperationOptions {
  /**
   * Called for every completion before the terminal one (`IORING_CQE_F_MORE`), with `cqe->res` and `cqe->flags`.
   * The promise settles on the terminal completion only.
   */
  readonly onMore?: (res: number, flags: number) => void;
}

/** What generated operation methods call. */
export interface Starter {
  start<Args extends object, Result, Ready extends object>(
    operation: Operation<Args, Result, Ready>,
    args: Args,
    options?: OperationOptions,
  ): Promise<Result>;
}
