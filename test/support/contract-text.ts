/** Contracts in a line each, for tests to compare with what people would say. */
import type {
  Condition,
  Expression,
  FieldContract,
  OperationContract,
  Rule,
} from '../../generator/contract/contract.js';

export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return expression.names?.join('|') ?? expression.value;
    case 'field':
      return `${expression.field}:${expression.signed ? 's' : 'u'}${expression.bits}`;
    case 'setup':
      return 'setup';
    case 'unary':
      return `${expression.operator}${expressionText(expression.of)}`;
    case 'binary': {
      const { left, operator, right } = expression;
      return `(${expressionText(left)} ${operator} ${expressionText(right)})`;
    }
    case 'unknown':
      return `unknown`;
  }
}

const whenText = (when: readonly Condition[]): string =>
  when.length === 0 ? '' : ` when ${when.map((condition) => expressionText(condition.if)).join(' and ')}`;

function bodyText(rule: Rule): string {
  switch (rule.kind) {
    case 'zero':
      return `zero ${rule.fields.join(' ')}`;
    case 'nonzero':
      return `nonzero ${rule.field}`;
    case 'mask': {
      const within = rule.within === undefined ? '' : ` within 0x${BigInt(rule.within).toString(16)}`;
      const names = rule.forbidden === undefined ? rule.names.join('|') : `not ${rule.forbidden.join('|')}`;
      return `mask ${rule.field} 0x${BigInt(rule.allowed).toString(16)}${within} (${names})`;
    }
    case 'compare': {
      const type = `${rule.signed ? 's' : 'u'}${rule.bits}`;
      return `${rule.field}:${type} ${rule.operator} ${rule.name ?? rule.value}`;
    }
    case 'oneOf':
      return `${rule.field} of ${rule.values.map(({ name, value }) => name ?? value).join(', ')}`;
    case 'flags': {
      const signed = [...rule.requires.map((name) => `+${name}`), ...rule.forbids.map((name) => `-${name}`)];
      return `flags ${signed.join(' ')}`;
    }
    case 'reject':
      return `reject ${expressionText(rule.if)}`;
  }
}

export const ruleText = (rule: Rule): string => `${rule.error}: ${bodyText(rule)}${whenText(rule.when)}`;

/** Rules of the operation's own functions, without those the dispatcher has for its row. */
export const ownRules = (operation: OperationContract): readonly string[] =>
  operation.rules.filter((rule) => !rule.at.startsWith('io_uring/io_uring.c')).map(ruleText);

export function fieldText({ field, name, type, pointer, when }: FieldContract): string {
  const target =
    pointer === undefined
      ? undefined
      : [`*${pointer.pointee}`, pointer.direction, pointer.use, pointer.length && `[${pointer.length}]`]
          .filter((part) => part !== undefined)
          .join(' ') + whenText(pointer.when ?? []);
  return [name === undefined ? field : `${field}=${name}`, target, type]
    .filter((part) => part !== undefined)
    .join(': ')
    .concat(whenText(when));
}

export const fieldTexts = (operation: OperationContract): readonly string[] =>
  operation.fields.map(fieldText);
