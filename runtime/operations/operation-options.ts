/**
 * What the options of an operation are checked against, at the promise level.
 */
import { anything, boolean, callback, noMore, Shape, signal } from '../arguments/options.js';

/** Options that handles have as well. */
export const HANDLE = new Shape({ signal, timeout: anything, drain: boolean });

/** Options of every operation. What is `anything` here is checked where it is used. */
const OPERATION = HANDLE.with(
  { onMore: callback, weight: anything, extra: boolean },
  'an operation takes one object of arguments and one of options',
);

const POSITIONAL =
  'an operation takes one object of arguments, with the names that its type has, and one of options: signal, timeout, drain, onMore, weight';

/** Stands in the place of the options where more was given than those. */
class ExtraArgument {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** For generated methods, in the place of options, so that it is refused where those are. */
export function extraArgument(value: unknown): never {
  return new ExtraArgument(value) as never;
}

/** Refuses what are no options of an operation. @param name of the operation */
export function checkOptions(options: object, name: string): void {
  if (options instanceof ExtraArgument) noMore(name, [options.value], POSITIONAL);
  OPERATION.check(options, name);
}
