/**
 * Rejections whose stack leads to the program. An operation fails in a callback of the event loop, where nothing of the
 * caller is on the stack, and a stack taken at the call would cost every operation more than the operation itself. Instead
 * the error gets its stack in a reaction of the promise that the program awaits: from there V8 follows the chain of awaits, as
 * it does for fs.promises. Only what fails pays, with two promises.
 */
import { AbortError, RingError } from '../errors.js';

/** The same for an error that is told at once: its stack is that of whoever asks. */
export function withCaller(error: unknown): unknown {
  // Other errors come from code of the program, and have its stack.
  if (error instanceof RingError || error instanceof AbortError) Error.captureStackTrace(error, withCaller);
  return error;
}

let open: () => void;
const capture = (resolve: (value: undefined) => void): void => {
  open = resolve as () => void;
};

/** `resolve` of a promise, which takes more where it is not given one. */
type Resolves = (value: never, res: never, ready: never) => void;

/** @param resolve of the program's promise */
export function rejectWithCaller(resolve: Resolves, error: unknown): void {
  const gate = new Promise<undefined>(capture);
  const opened = open;
  const fail = (): never => {
    // Other errors come from code of the program, and have its stack.
    if (error instanceof RingError || error instanceof AbortError) Error.captureStackTrace(error, fail);
    throw error;
  };
  (resolve as (value: unknown) => void)(gate.then(fail));
  // After the promise has begun to follow, or there would be no chain yet.
  opened();
}

/** Rejects an operation: by its own way where it has one, else as the program's promise. */
export function fail(
  resolve: Resolves,
  reject: ((reason: unknown) => void) | undefined,
  error: unknown,
): void {
  if (reject === undefined) rejectWithCaller(resolve, error);
  else reject(error);
}
