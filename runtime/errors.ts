/**
 * Errors of the ring, shaped as Node shapes its own: `code`, `errno` (negative), `syscall`; plus the operation.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { type ContractExplanation, explanationText } from './explanation.js';

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

  constructor(
    code: string,
    message: string,
    details: {
      errno?: number;
      syscall?: string;
      op?: string;
      contract?: ContractExplanation | undefined;
    } = {},
  ) {
    super(message);
    this.code = code;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.syscall !== undefined) this.syscall = details.syscall;
    if (details.op !== undefined) this.op = details.op;
    if (details.contract !== undefined) this.contract = details.contract;
  }
}

const unknownError = (errno: number): [string, string] => [`E${-errno}`, `unknown error ${-errno}`];

/**
 * The error for a negative result of the kernel.
 * @param errno negative error number, as in `cqe->res`
 * @param syscall what failed
 * @param op the opcode's name, when an operation failed
 * @param contract why it failed, when that is known
 */
export function systemError(
  errno: number,
  syscall: string,
  op?: string,
  contract?: ContractExplanation,
): RingError {
  const [code, text] = getSystemErrorMap().get(errno) ?? unknownError(errno);
  const reason = contract === undefined ? '' : `: ${explanationText(contract)}`;
  return new RingError(code, `${code}: ${text}, ${syscall}${reason}`, {
    errno,
    syscall,
    ...(op === undefined ? {} : { op }),
    contract,
  });
}

/** The error for a use of a ring after `close()`. */
export function closedError(op?: string): RingError {
  return new RingError(
    'ERR_RING_CLOSED',
    'the ring is closed: nothing was submitted. Open a new ring, or await your operations before close()',
    op === undefined ? {} : { op },
  );
}

/** The error for starting an operation while the arguments of another are being read. */
export function reentrantError(op?: string): RingError {
  return new RingError(
    'ERR_RING_REENTRANT',
    'an operation was started from within a getter of the arguments of another; nothing was submitted',
    op === undefined ? {} : { op },
  );
}

/** The positive number of an error code on this machine, e.g. 62 for `ETIME`. */
export function errorNumber(code: keyof typeof constants.errno): number {
  return constants.errno[code];
}
