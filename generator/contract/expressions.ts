/** Values of the interpretation → the contract's expressions. */
import type { Condition, Expression } from './contract.js';
import type { Guard, Value, ValueOf } from './interpret/values.js';
import { isComplement, type Names } from './names.js';
import { type Computed, type ComputedExpression, inFullWidth, isComputed, isLow } from './width.js';

/** In nodes; nobody reads longer ones, and a program has the source's text. */
const LARGEST = 60;

export class Expressions {
  constructor(private readonly names: Names) {}

  of(value: Value): Expression {
    switch (value.kind) {
      case 'constant':
        return this.constant(value);
      case 'field':
        return this.field(value);
      case 'setup':
        return { kind: 'setup' };
      case 'unary':
      case 'binary':
        return inFullWidth(value, this.computed(value));
      case 'unknown':
        return { kind: 'unknown', text: value.text };
      case 'choice':
        return { kind: 'unknown', text: 'a value that depends on earlier tests' };
      case 'address':
      case 'function':
        return { kind: 'unknown', text: value.kind };
    }
  }

  /** Of a truth value: `x` instead of `x != 0`. */
  test(value: Value): Expression {
    if (value.kind === 'binary') {
      const { operator, left, right } = value;
      const isZero = right.kind === 'constant' && right.value === 0n;
      if (operator === '!=' && isZero) return this.of(left);
      if (operator === '==' && isZero) return { kind: 'unary', operator: '!', of: this.of(left) };
      if (operator === '&&' || operator === '||') {
        return { kind: 'binary', operator, left: this.test(left), right: this.test(right) };
      }
    }
    if (value.kind === 'unary' && value.operator === '!') {
      return { kind: 'unary', operator: '!', of: this.test(value.of) };
    }
    return this.of(value);
  }

  condition({ value, text }: Guard): Condition {
    const expression = this.test(value);
    return { if: size(expression) > LARGEST ? { kind: 'unknown', text } : expression, text };
  }

  private field({ field, bits, signed }: ValueOf<'field'>): Expression {
    if (bits === 8 || bits === 16 || bits === 32 || bits === 64)
      return { kind: 'field', field, bits, signed };
    return { kind: 'unknown', text: field };
  }

  /** As written, in the width that its parts have. */
  private computed(value: Computed): ComputedExpression {
    if (value.kind === 'unary') return { kind: 'unary', operator: value.operator, of: this.of(value.of) };
    const { operator, left, right } = value;
    if (operator === '&' && left.kind === 'field' && left.field === 'flags' && right.kind === 'constant') {
      const names = this.names.entry(right.value);
      const isFew = right.value > 0n && !isComplement(right.text ?? '');
      if (isFew && names.length > 0) {
        return { kind: 'binary', operator, left: this.of(left), right: named(right.value, names) };
      }
    }
    // Low bits of a result do not depend on how many it has.
    const isCut = operator === '&' && isComputed(left) && right.kind === 'constant' && isLow(right.value);
    return {
      kind: 'binary',
      operator,
      left: isCut ? this.computed(left) : this.of(left),
      right: this.of(right),
    };
  }

  private constant({ value, text }: ValueOf<'constant'>): Expression {
    const complement = this.names.complement(value, text);
    if (complement !== undefined) {
      return { kind: 'unary', operator: '~', of: named(complement.value, complement.names) };
    }
    return named(value, this.names.of(value, text));
  }
}

const named = (value: bigint, names: readonly string[]): Expression =>
  names.length === 0
    ? { kind: 'constant', value: String(value) }
    : { kind: 'constant', value: String(value), names };

export function size(expression: Expression): number {
  switch (expression.kind) {
    case 'unary':
      return 1 + size(expression.of);
    case 'binary':
      return 1 + size(expression.left) + size(expression.right);
    default:
      return 1;
  }
}

/** Whether an expression says all it means. */
export function isCertain(expression: Expression): boolean {
  switch (expression.kind) {
    case 'unknown':
      return false;
    case 'unary':
      return isCertain(expression.of);
    case 'binary':
      return isCertain(expression.left) && isCertain(expression.right);
    default:
      return true;
  }
}
