/**
 * The contract: what the kernel's own source says about each opcode. Which fields of the SQE it reads and under what
 * name and type, what it refuses, what it turns into a pointer. Plain JSON, one per kernel, kept in the snapshots.
 * Fields are named as the kernel reads them (`fsync_flags`, not the union's first member), errors as errno names.
 * 64-bit values are decimal strings.
 */
import type { Condition, Rule } from '../../runtime/contract/rules.js';

export type {
  BinaryOperator,
  Condition,
  Expression,
  Rule,
  RuleBase,
} from '../../runtime/contract/rules.js';

export interface PointerContract {
  /** What the kernel's type points to, without qualifiers: `char`, `void`, `struct statx`. */
  readonly pointee: string;
  /** What the kernel does with the memory; absent: the source of io_uring/ does not say. */
  readonly direction?: 'in' | 'out' | 'inout';
  /**
   * Memory of a known use: a NUL-terminated path or other string, or an array of iovecs; `direction` is then that of the
   * buffers, and `length` their number.
   */
  readonly use?: 'path' | 'string' | 'iovec';
  /** The SQE field that is handed on together with the pointer, as its length. */
  readonly length?: string;
  /** Under which the field is a pointer at all; absent: whenever it is read. */
  readonly when?: readonly Condition[];
}

export interface FieldContract {
  /** The leaf of `struct io_uring_sqe` that is read. */
  readonly field: string;
  /** The kernel's name for it, e.g. `mask` for STATX's `len`; absent when it has no other. */
  readonly name?: string;
  /** The kernel's type for it, e.g. `unsigned int`; absent for a pointer. */
  readonly type?: string;
  readonly pointer?: PointerContract;
  /** Under which it is read; empty: always. */
  readonly when: readonly Condition[];
}

export interface OperationContract {
  /** e.g. `IORING_OP_STATX`. */
  readonly opcode: string;
  readonly prep: string;
  readonly issue: string;
  /** Where prep stands, e.g. `io_uring/statx.c:21`. */
  readonly at: string;
  /** Of the opcode's row in the kernel's tables, by the kernel's names: `needs_file`, `buffer_select`, `pollin`, ... */
  readonly attributes: Readonly<Record<string, number>>;
  /** The whole SQE is handed to a driver: other fields than these may be read. */
  readonly open?: true;
  /** Fields that mean something, in the order the kernel reads them; fields that are only checked for zero are not here. */
  readonly fields: readonly FieldContract[];
  /** Broken rules in the order the kernel checks them. */
  readonly rules: readonly Rule[];
  /** Ways to make it post more than one completion; each under its conditions, none meaning always. */
  readonly multishot: readonly { readonly when: readonly Condition[] }[];
}

export interface KernelContract {
  readonly schema: 1;
  /** e.g. `linux-source-7.3 7.3.4-1~bpo13+1`, and the digest of what was read. */
  readonly source: { readonly package: string; readonly version: string; readonly sha256: string };
  /** What holds for every operation: the dispatcher's own checks. */
  readonly common: readonly Rule[];
  /** By opcode number. */
  readonly operations: readonly OperationContract[];
}
