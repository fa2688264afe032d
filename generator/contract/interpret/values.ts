/**
 * What the interpretation computes with: numbers it knows, fields of the SQE, and expressions over both. Integers are
 * unbounded; where the kernel's would wrap, a mask says so or the value becomes unknown.
 */
import type { BinaryOperator } from '../contract.js';

export type Value =
  | {
      readonly kind: 'constant';
      readonly value: bigint;
      /** As the source spells it, for its names. */
      readonly text?: string;
    }
  /** The SQE's field, converted to an integer of so many bits. `own`: of the very type that the SQE has it in. */
  | {
      readonly kind: 'field';
      readonly field: string;
      readonly bits: number;
      readonly signed: boolean;
      readonly own?: true;
    }
  /** The ring's IORING_SETUP_* flags. */
  | { readonly kind: 'setup' }
  | { readonly kind: 'unary'; readonly operator: '!' | '~' | '-'; readonly of: Value }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Value;
      readonly right: Value;
    }
  /** Exactly one of the alternatives, each under its guards. */
  | { readonly kind: 'choice'; readonly alternatives: readonly Alternative[] }
  /** The address of a place in memory; `path` empty: of the object itself. */
  | { readonly kind: 'address'; readonly object: string; readonly path: string }
  | { readonly kind: 'function'; readonly name: string }
  | {
      readonly kind: 'unknown';
      readonly id: number;
      readonly text: string;
      /** Fields it depends on. */
      readonly fields: readonly string[];
    };

export interface Alternative {
  readonly guards: readonly Guard[];
  readonly value: Value;
}

/** A condition that holds on a path through a function. */
export interface Guard {
  readonly value: Value;
  readonly text: string;
  /** Line of the condition. */
  readonly at: string;
  /** It is only the negation of an earlier refusal, so that whoever gets here has passed that. */
  readonly passed: boolean;
  /** It is no condition, but marks one of the ways out of one call, so that they can be told apart later. */
  readonly mark?: true;
  /**
   * The condition before a choice in it was taken apart, e.g. `ret < 0` where `ret` is what a function gave back: tells
   * which of the choice's alternatives the guard leaves.
   */
  readonly subject?: Value;
}

export type ValueOf<K extends Value['kind']> = Extract<Value, { kind: K }>;

export const constant = (value: bigint, text?: string): ValueOf<'constant'> =>
  text === undefined ? { kind: 'constant', value } : { kind: 'constant', value, text };
export const ZERO = constant(0n);
export const ONE = constant(1n);

/** Every field that a value depends on. */
export function fieldsOf(value: Value, into: Set<string> = new Set()): Set<string> {
  switch (value.kind) {
    case 'field':
      into.add(value.field);
      break;
    case 'unary':
      fieldsOf(value.of, into);
      break;
    case 'binary':
      fieldsOf(value.left, into);
      fieldsOf(value.right, into);
      break;
    case 'choice':
      for (const alternative of value.alternatives) fieldsOf(alternative.value, into);
      break;
    case 'unknown':
      for (const field of value.fields) into.add(field);
      break;
  }
  return into;
}

let lastUnknown = 0;

/** A value nobody can tell; each is another one. */
export const unknownValue = (text: string, of: readonly Value[] = []): ValueOf<'unknown'> => {
  const fields = new Set<string>();
  for (const value of of) fieldsOf(value, fields);
  return { kind: 'unknown', id: ++lastUnknown, text, fields: [...fields].sort() };
};

/** A guard that only one way has. */
export const mark = (): Guard => ({ value: unknownValue(''), text: '', at: '', passed: true, mark: true });

const sizes = new WeakMap<Value, number>();

/** How large a value is, so that expressions nobody could read are given up. Parts are shared, so sizes are kept. */
export function sizeOf(value: Value): number {
  if (value.kind !== 'unary' && value.kind !== 'binary' && value.kind !== 'choice') return 1;
  let size = sizes.get(value);
  if (size === undefined) {
    size = measure(value);
    sizes.set(value, size);
  }
  return size;
}

function measure(value: Value): number {
  switch (value.kind) {
    case 'unary':
      return 1 + sizeOf(value.of);
    case 'binary':
      return 1 + sizeOf(value.left) + sizeOf(value.right);
    case 'choice':
      return value.alternatives.reduce(
        (sum, { guards, value: inner }) => sum + sizeOf(inner) + guards.length,
        1,
      );
    default:
      return 1;
  }
}

export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (left.kind !== right.kind) return false;
  switch (left.kind) {
    case 'constant':
      return left.value === (right as typeof left).value;
    case 'field': {
      const other = right as typeof left;
      return left.field === other.field && left.bits === other.bits && left.signed === other.signed;
    }
    case 'setup':
      return true;
    case 'unary': {
      const other = right as typeof left;
      return left.operator === other.operator && equal(left.of, other.of);
    }
    case 'binary': {
      const other = right as typeof left;
      return (
        left.operator === other.operator && equal(left.right, other.right) && equal(left.left, other.left)
      );
    }
    case 'address': {
      const other = right as typeof left;
      return left.object === other.object && left.path === other.path;
    }
    case 'function':
      return left.name === (right as typeof left).name;
    case 'unknown':
      return left.id === (right as typeof left).id;
    case 'choice': {
      const other = right as typeof left;
      return (
        left.alternatives.length === other.alternatives.length &&
        left.alternatives.every((alternative, i) => {
          const counterpart = other.alternatives[i]!;
          return (
            equal(alternative.value, counterpart.value) &&
            alternative.guards.length === counterpart.guards.length &&
            alternative.guards.every((guard, j) => equal(guard.value, counterpart.guards[j]!.value))
          );
        })
      );
    }
  }
}
