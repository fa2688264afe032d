/**
 * Options as programs give them, checked where they enter: known names, right types, ranges.
 */
import { types } from 'node:util';
import { shown, unknownName, wrongType } from './known-names.js';

/** Refuses a value. @param what the option as errors call it, e.g. `open: mode` */
export type Check = (value: unknown, what: string) => void;

/** How node:fs opens a file when it is given a string. */
const NODE_FLAGS: Readonly<Record<string, string>> = {
  r: 'O_RDONLY',
  rs: 'O_RDONLY | O_SYNC',
  'r+': 'O_RDWR',
  'rs+': 'O_RDWR | O_SYNC',
  w: 'O_WRONLY | O_CREAT | O_TRUNC',
  wx: 'O_WRONLY | O_CREAT | O_TRUNC | O_EXCL',
  'w+': 'O_RDWR | O_CREAT | O_TRUNC',
  'wx+': 'O_RDWR | O_CREAT | O_TRUNC | O_EXCL',
  a: 'O_WRONLY | O_CREAT | O_APPEND',
  ax: 'O_WRONLY | O_CREAT | O_APPEND | O_EXCL',
  'a+': 'O_RDWR | O_CREAT | O_APPEND',
  'ax+': 'O_RDWR | O_CREAT | O_APPEND | O_EXCL',
};

function outOfRange(what: string, wanted: string, value: unknown): RangeError {
  return Object.assign(new RangeError(`${what} must be ${wanted}; got ${shown(value)}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}

/** What another place checks. */
export const anything: Check = () => undefined;

export const boolean: Check = (value, what) => {
  if (typeof value !== 'boolean') throw wrongType(what, 'true or false', value);
};

/** An integer in a range, both ends included. */
export const integer =
  (least: number, most: number): Check =>
  (value, what) => {
    if (typeof value !== 'number') throw wrongType(what, 'an integer', value);
    if (!Number.isInteger(value) || value < least || value > most)
      throw outOfRange(what, `an integer from ${least} to ${most}`, value);
  };

/** Flags: 32 bits, which the `|` of JavaScript makes a negative number of where the highest is set. */
export const flags: Check = (value, what) => {
  const meaning = typeof value === 'string' ? NODE_FLAGS[value] : undefined;
  if (meaning !== undefined)
    throw wrongType(what, `a number, as constants are (what node:fs calls '${value}' is ${meaning})`, value);
  if (typeof value !== 'number') throw wrongType(what, 'a number, as constants are', value);
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32)
    throw outOfRange(what, 'an integer of 32 bits', value);
};

/** A position or length, in bytes. */
export const bytes =
  (least: number): Check =>
  (value, what) => {
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw wrongType(what, 'a number or a bigint', value);
    const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
    if (!whole || value < least || value >= 2n ** 63n)
      throw outOfRange(
        what,
        `a whole number of bytes from ${least} to 2^53 - 1, or a bigint up to 2^63 - 1`,
        value,
      );
  };

/** One of a few values. */
export const oneOf =
  (...choices: readonly unknown[]): Check =>
  (value, what) => {
    if (choices.includes(value)) return;
    const problem = `${what} must be one of ${choices.map(shown).join(', ')}; got ${shown(value)}`;
    throw Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_VALUE' });
  };

export const milliseconds: Check = (value, what) => {
  if (typeof value !== 'number') throw wrongType(what, 'a number of milliseconds', value);
};

export const list: Check = (value, what) => {
  if (!Array.isArray(value)) throw wrongType(what, 'an array', value);
};

export const callback: Check = (value, what) => {
  if (typeof value !== 'function') throw wrongType(what, 'a function', value);
};

/** Refuses an AbortSignal that is none, before anything listens to it. */
export const signal: Check = (value, what) => {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw Object.assign(new TypeError(`${what} must be an AbortSignal; got ${shown(value)}`), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
};

/** Something that only this package makes. */
export const instanceOf =
  (kind: { readonly name: string; readonly prototype: unknown }): Check =>
  (value, what) => {
    if (!(value instanceof (kind as new () => unknown))) throw wrongType(what, `a ${kind.name}`, value);
  };

/** What an object of options may have; what is undefined is not given. */
export class Shape {
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #positional: string;

  /** @param positional how to write what node:fs takes one by one, for the error of whoever does so */
  constructor(checks: Readonly<Record<string, Check>>, positional = '') {
    this.#checks = new Map(Object.entries(checks));
    this.#positional = positional;
  }

  /** The same with more. */
  with(more: Readonly<Record<string, Check>>, positional = ''): Shape {
    return new Shape({ ...Object.fromEntries(this.#checks), ...more }, positional);
  }

  /** The same, and the options. */
  checked<Options>(value: Options, what: string): Options {
    this.check(value, what);
    return value;
  }

  /** The same for what cannot be left out. */
  required(value: unknown, what: string): void {
    if (value === undefined) throw wrongType(`${what}: the arguments`, 'an object', value);
    this.check(value, what);
  }

  /** @param what whose options they are, e.g. `open` */
  check(value: unknown, what: string): void {
    if (value === undefined) return;
    if (
      typeof value !== 'object' ||
      value === null ||
      Array.isArray(value) ||
      types.isAnyArrayBuffer(value) ||
      ArrayBuffer.isView(value)
    ) {
      const meaning = typeof value === 'string' ? NODE_FLAGS[value] : undefined;
      const hint =
        meaning === undefined ? this.#positional : `{ flags: ${meaning} } is what node:fs calls '${value}'`;
      const names = [...this.#checks.keys()].join(', ');
      throw wrongType(`${what}: options`, `an object (${names})${hint === '' ? '' : `; ${hint}`}`, value);
    }
    for (const name in value) {
      const given = (value as Record<string, unknown>)[name];
      if (given === undefined) continue;
      const check = this.#checks.get(name);
      if (check === undefined) throw unknownName(what, name, this.#checks.keys());
      check(given, `${what}: ${name}`);
    }
  }
}

/** Refuses arguments beyond those that a method has. */
export function noMore(what: string, more: readonly unknown[], hint = ''): void {
  if (more.length === 0) return;
  const problem = `${what} takes fewer arguments; got ${more.map(shown).join(', ')} beyond them`;
  throw Object.assign(new TypeError(`${problem}${hint === '' ? '' : `; ${hint}`}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}
