/**
 * The error of an operation that failed, with what the kernel objected to where that can be told from the SQE it was given.
 */
import { type RingError, systemError } from '../errors.js';
import { explainFailure } from '../explanation.js';
import type { NativeRing } from '../port/native.js';
import type { AnyOperation } from './operation.js';

/** @param ring whose kernel saw the operation; undefined when none did */
export function operationError(
  operation: AnyOperation,
  errno: number,
  userData: bigint,
  ring: NativeRing | undefined,
): RingError {
  const contract = ring === undefined ? undefined : explainFailure(operation, ring, userData, errno);
  return systemError(errno, operation.name, operation.constant, contract);
}
