/**
 * A condition of a contract as it reads for a header without some of its names: a flag that is not there is a bit that
 * is never set, a value that is not there is one that nothing equals.
 */
import type { Condition, Expression } from '../contract/contract.js';

/** What a header has, as seen from the contract's own kernel. */
export interface Sight {
  /** The value of a name that the contract's kernel has and the header has not. */
  gone(name: string): bigint | undefined;
  hasField(field: string): boolean;
}

type Constant = Extract<Expression, { kind: 'constant' }>;
type Binary = Extract<Expression, { kind: 'binary' }>;

const truth = (value: boolean): Constant => ({ kind: 'constant', value: value ? '1' : '0' });

/** Whether it is a constant, and then whether that holds. */
const settled = (expression: Expression): boolean | undefined =>
  expression.kind === 'constant' ? BigInt(expression.value) !== 0n : undefined;

const isComplement = (expression: Expression): boolean =>
  expression.kind === 'unary' && expression.operator === '~';

function restrictConstant(constant: Constant, sight: Sight): Constant {
  const { value, names = [] } = constant;
  const gone = names.flatMap((name) => sight.gone(name) ?? []);
  if (gone.length === 0) return constant;
  return {
    kind: 'constant',
    value: String(gone.reduce((rest, bits) => rest & ~bits, BigInt(value))),
    names: names.filter((name) => sight.gone(name) === undefined),
  };
}

/** `a && b` and `a || b`, of which one side may be settled. */
function restrictLogical(binary: Binary, left: Expression, right: Expression): Expression {
  const decisive = binary.operator === '||';
  const sides = [left, right].map(settled);
  if (sides.includes(decisive)) return truth(decisive);
  if (sides[0] !== undefined) return right;
  return sides[1] === undefined ? { ...binary, left, right } : left;
}

function restrictBinary(binary: Binary, sight: Sight): Expression | undefined {
  const left = restrictExpression(binary.left, sight);
  const right = restrictExpression(binary.right, sight);
  if (left === undefined || right === undefined) return undefined;
  const { operator } = binary;
  if (operator === '&&' || operator === '||') return restrictLogical(binary, left, right);
  const isChanged = left !== binary.left || right !== binary.right;
  if (!isChanged) return binary;
  if (operator === '==' || operator === '!=') {
    const isGone = (before: Expression, after: Expression): boolean =>
      before.kind === 'constant' && before !== after;
    if (isGone(binary.left, left) || isGone(binary.right, right)) return truth(operator === '!=');
    return { ...binary, left, right };
  }
  if (operator === '&') {
    // A bit that is never set is always set in what `~` makes of it.
    if (isComplement(left) || isComplement(right)) return truth(true);
    if (settled(left) === false || settled(right) === false) return truth(false);
    return { ...binary, left, right };
  }
  return operator === '|' ? { ...binary, left, right } : undefined;
}

/** @returns the expression itself when nothing of it is gone; undefined when what is left has no meaning */
export function restrictExpression(expression: Expression, sight: Sight): Expression | undefined {
  switch (expression.kind) {
    case 'constant':
      return restrictConstant(expression, sight);
    case 'field':
      return sight.hasField(expression.field) ? expression : undefined;
    case 'unary': {
      const of = restrictExpression(expression.of, sight);
      if (of === undefined || of === expression.of) return of && expression;
      // `~flags` speaks of all other bits, and one that is gone is not among those that are known to be refused.
      if (expression.operator !== '!') return undefined;
      const value = settled(of);
      return value === undefined ? { ...expression, of } : truth(!value);
    }
    case 'binary':
      return restrictBinary(expression, sight);
    case 'setup':
    case 'unknown':
      return expression;
  }
}

/** What is left to ask; undefined when it can never hold, or has no meaning. */
export function restrictConditions(when: readonly Condition[], sight: Sight): Condition[] | undefined {
  const left: Condition[] = [];
  for (const condition of when) {
    const restricted = restrictExpression(condition.if, sight);
    if (restricted === condition.if) left.push(condition);
    else if (restricted === undefined || settled(restricted) === false) return undefined;
    else if (settled(restricted) === undefined) left.push({ ...condition, if: restricted });
  }
  return left;
}
