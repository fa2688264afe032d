/**
 * Errors of the ring, shaped as Node shapes its own: `code`, `errno` (negative), `syscall`; plus the operation.
 */
import { constants } from 'node:os';
import type { RingUnavailable } from './availability/cause.js';
import { errnoText } from './errno.js';
import { type ContractExplanation, explanationText } from './explanation.js';
import { memlockRemedy } from './memlock.js';

/** What an error is about, by the names that node:fs and node:net use. */
export interface ErrorTarget {
  readonly path?: string;
  readonly dest?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Why an operation or a ring call failed. */
export class RingError extends Error {
  override readonly name = 'RingError';
  /** e.g. `ENOENT`, or `ERR_RING_…` for ringsmith's own refusals. */
  readonly code: string;
  /** Negative, as in Node; absent for ringsmith's own refusals. */
  readonly errno?: number;
  /** The system call or operation that failed, e.g. `openat`, `io_uring_setup`. */
  readonly syscall?: string;
  /** The opcode's name in the kernel header, e.g. `IORING_OP_OPENAT`. */
  readonly op?: string;
  /**
   * What the kernel objected to: the rules of its contract that the submission broke. Absent when the contract does not
   * explain the error, or when the place of the submission in the queue has been used again since.
   */
  readonly contract?: ContractExplanation;
  /**
   * What the operation had achieved all the same: what a zero-copy send that was cancelled or took too long has sent. The
   * network may still read its memory then.
   */
  result?: unknown;
  /**
   * Of a chain that its timeout ended: what became of each member, in the order they were started. What the finished ones
   * made is the program's: descriptors are to be closed, leases to be released.
   */
  declare results?: readonly PromiseSettledResult<unknown>[];
  /** The path that the operation was given; of two the first. As in node:fs. */
  readonly path?: string;
  /** The second of two paths, e.g. the new name. As in node:fs. */
  readonly dest?: string;
  /** The address that the operation was given: of IP, or the path of a Unix socket. As in node:net. */
  readonly address?: string;
  /** The port of an IP address. As in node:net. */
  readonly port?: number;
  /** Of a ring that could not be opened for what the machine is like: the cause and the remedy, as `Ring.availability()` has them. */
  declare readonly unavailable?: RingUnavailable;

  constructor(
    code: string,
    message: string,
    details: {
      errno?: number;
      syscall?: string;
      op?: string;
      contract?: ContractExplanation | undefined;
      target?: ErrorTarget | undefined;
      unavailable?: RingUnavailable | undefined;
    } = {},
  ) {
    super(message);
    this.code = code;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.syscall !== undefined) this.syscall = details.syscall;
    if (details.op !== undefined) this.op = details.op;
    if (details.contract !== undefined) this.contract = details.contract;
    if (details.unavailable !== undefined) this.unavailable = details.unavailable;
    const { path, dest, address, port } = details.target ?? {};
    if (path !== undefined) this.path = path;
    if (dest !== undefined) this.dest = dest;
    if (address !== undefined) this.address = address;
    if (port !== undefined) this.port = port;
  }
}

/** What an error is about, for its message: ` 'from' -> 'to'`, ` 127.0.0.1:80`. */
function targetText({ path, dest, address, port }: ErrorTarget): string {
  const paths = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  const host = address?.includes(':') === true && port !== undefined ? `[${address}]` : address;
  return `${paths}${host === undefined ? '' : ` ${host}${port === undefined ? '' : `:${port}`}`}`;
}

/**
 * The error for a negative result of the kernel.
 * @param errno negative error number, as in `cqe->res`
 * @param syscall what failed
 * @param op the opcode's name, when an operation failed
 * @param contract why it failed, when that is known
 * @param target what it was about, when that is known
 */
export function systemError(
  errno: number,
  syscall: string,
  op?: string,
  contract?: ContractExplanation,
  target?: ErrorTarget,
): RingError {
  const [code, text] = errnoText(errno);
  const remedy = errno === -constants.errno.ENOMEM ? memlockRemedy(syscall, op) : undefined;
  const why = contract === undefined ? remedy : explanationText(contract);
  const about = target === undefined ? '' : targetText(target);
  return new RingError(code, `${code}: ${text}, ${syscall}${about}${why === undefined ? '' : `: ${why}`}`, {
    errno,
    syscall,
    ...(op === undefined ? {} : { op }),
    contract,
    target,
  });
}

/** By which the native half tells that it submitted nothing for want of the same rights; see native/credentials.h. */
const OTHER_CREDENTIALS = -128;

/** Why nothing was submitted; undefined when it was not for the rights of the ring. */
export function credentialsError(errno: number, op?: string): RingError | undefined {
  if (errno !== OTHER_CREDENTIALS) return undefined;
  return new RingError(
    'ERR_RING_CREDENTIALS',
    "the process has other ids, groups or capabilities than when this ring with sqpoll was opened, and the kernel's thread would act with those of then; nothing was submitted. Close the ring, and open one after the change",
    op === undefined ? {} : { op },
  );
}

/** The error for a refusal to submit or to wait. */
export const enterError = (errno: number): RingError =>
  credentialsError(errno) ?? systemError(errno, 'io_uring_enter');

/** The error for a use of a ring after `close()`. */
export function closedError(op?: string): RingError {
  return new RingError(
    'ERR_RING_CLOSED',
    'the ring is closed: nothing was submitted. Open a new ring, or await your operations before close()',
    op === undefined ? {} : { op },
  );
}

/** The rejection of an operation that was cancelled before it was submitted. */
export const cancelledError = (operation: { readonly name: string; readonly constant: string }): RingError =>
  systemError(-constants.errno.ECANCELED, operation.name, operation.constant);

/** The error for starting an operation while the arguments of another are being read. */
export function reentrantError(op?: string): RingError {
  return new RingError(
    'ERR_RING_REENTRANT',
    'the ring was used from within a getter of the arguments of an operation; nothing was submitted for it',
    op === undefined ? {} : { op },
  );
}

/** The positive number of an error code on this machine, e.g. 62 for `ETIME`. */
export function errorNumber(code: keyof typeof constants.errno): number {
  return constants.errno[code];
}

/** The rejection of an operation whose AbortSignal was aborted; named and coded as Node's own. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';
  /** e.g. `recv`. */
  readonly syscall: string;
  readonly op: string;
  /** What the operation had achieved all the same, e.g. bytes received; absent when it achieved nothing. */
  result?: unknown;
  /**
   * Of a chain: what became of each member, in the order they were started. What the finished ones made is the program's:
   * descriptors are to be closed, leases to be released.
   */
  declare results?: readonly PromiseSettledResult<unknown>[];

  constructor(cause: unknown, syscall: string, op: string) {
    super(`${syscall} was aborted`, { cause });
    this.syscall = syscall;
    this.op = op;
  }
}

export const abortError = (signal: AbortSignal, syscall: string, op: string): AbortError =>
  new AbortError(signal.reason, syscall, op);

/** The rejection of an operation that its `timeout` cancelled. */
export function timeoutError(syscall: string, op: string): RingError {
  const errno = -constants.errno.ETIME;
  return new RingError('ETIME', `ETIME: ${syscall} took longer than its timeout and was cancelled`, {
    errno,
    syscall,
    op,
  });
}

/** The refusal of what would wait for ever, because the ring is too small for it. */
export function roomError(count: number, entries: number, weight: number, capacity: number): RingError {
  const lack =
    count > entries
      ? `needs ${count} entries of the submission queue, which has ${entries}; open the ring with more entries`
      : `needs room for ${weight} completions in a queue of ${capacity}; open the ring with more cqEntries`;
  return new RingError('ERR_RING_ROOM', `what is submitted together ${lack}. Nothing was submitted`);
}
