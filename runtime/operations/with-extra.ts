/**
 * Operations that were asked for the two more words of their completions. The words are read from the queue while the
 * completion is handed on, so that an operation nobody asked pays nothing for them.
 */
import { IORING_SETUP_CQE_MIXED, IORING_SETUP_CQE32 } from '../../generated/abi/constants.js';
import { cqeSizeError } from '../capabilities.js';
import type { Port } from '../port/port.js';
import type { AnyOperation, ExtraOptions, OperationOptions, WithExtra } from './operation.js';

const LARGE = IORING_SETUP_CQE32 | IORING_SETUP_CQE_MIXED;

/** Whether the words are asked for. */
export const wantsExtra = (options: OperationOptions | ExtraOptions<true>): options is ExtraOptions<true> =>
  (options as ExtraOptions<true>).extra === true;

/** An operation and its options such that both its result and `onMore` bring the words with them. */
export function withExtra(
  port: Port,
  operation: AnyOperation,
  options: ExtraOptions<true>,
): { readonly operation: AnyOperation; readonly options: OperationOptions } {
  if ((port.native.setupFlags & LARGE) === 0) throw cqeSizeError(operation);
  const { result } = operation;
  const { onMore, extra: _extra, ...others } = options;
  return {
    operation: {
      ...operation,
      result: (res, ready, flags, last): WithExtra<unknown> => ({
        result: result === undefined ? res : result(res, ready, flags, last),
        extra: port.extra,
      }),
    },
    options:
      onMore === undefined ? others : { ...others, onMore: (res, flags) => onMore(res, flags, port.extra) },
  };
}
