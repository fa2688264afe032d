/**
 * The error of an operation that failed, with what the kernel objected to where that can be told from the SQE it was given.
 */
import { constants } from 'node:os';
import { IORING_SETUP_IOPOLL } from '../../generated/abi/constants.js';
import { credentialsError, RingError, systemError } from '../errors.js';
import { explainFailure } from '../explanation.js';
import type { NativeRing } from '../port/native.js';
import { errorTarget } from './about.js';
import { type AnyOperation, isAnswer } from './operation.js';

/**
 * @param ring whose kernel saw the operation; undefined when none did
 * @param ready the arguments as the kernel had them, where they are at hand
 */
export function operationError(
  operation: AnyOperation,
  errno: number,
  userData: bigint,
  ring: NativeRing | undefined,
  ready?: object,
): RingError {
  const refused = ring === undefined ? credentialsError(errno, operation.constant) : undefined;
  if (refused !== undefined) return refused;
  // A cancellation is nothing that the kernel objects to, and often comes for thousands at once.
  const explains = ring !== undefined && errno !== -constants.errno.ECANCELED;
  const contract = explains ? explainFailure(operation, ring, userData, errno) : undefined;
  const target = errorTarget(operation.about, ready);
  const error = systemError(errno, operation.name, operation.constant, contract, target);
  const polls = ring !== undefined && (ring.setupFlags & IORING_SETUP_IOPOLL) !== 0;
  return polls && errno === -constants.errno.EOPNOTSUPP ? notPollable(error) : error;
}

/** The same for a result: undefined for one that is an answer. */
export function failureOf(
  operation: AnyOperation,
  res: number,
  ...what: [userData: bigint, ring: NativeRing | undefined, ready?: object]
): RingError | undefined {
  return res >= 0 || isAnswer(operation, res) ? undefined : operationError(operation, res, ...what);
}

/** The kernel looks at the file and the device after the contract is over, and its text speaks of sockets. */
function notPollable({ code, errno = 0, syscall = '', op = '', contract }: RingError): RingError {
  const message = `${code}: ${syscall}: a ring with iopoll needs a file opened with O_DIRECT, on a device with a polled queue`;
  return new RingError(code, message, { errno, syscall, op, contract });
}
