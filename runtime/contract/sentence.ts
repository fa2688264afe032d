/**
 * Rules in words: what a rule asks for, and what a submission has instead.
 */
import { fieldValue, type Submission, wrapped } from './evaluate.js';
import { strayBits } from './offence.js';
import type { Expression, OperationRules, Rule } from './rules.js';

/** Numbers up to here are easier read in decimal; beyond lie addresses and flag words. */
const DECIMAL_UP_TO = 0xffffn;

/** A value as its reader would write it. */
export function shown(value: bigint): string {
  return value > DECIMAL_UP_TO ? hexadecimal(value) : value.toString();
}

const hexadecimal = (value: bigint): string => `0x${value.toString(16)}`;

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], last = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

/** A field with the kernel's own name for it: `` `mask` (sqe->len) ``. */
export function fieldName(fields: OperationRules['fields'], field: string): string {
  const name = fields.find((one) => one.field === field && one.name !== undefined)?.name;
  return name === undefined || name === field ? `sqe->${field}` : `\`${name}\` (sqe->${field})`;
}

type FieldNames = (field: string) => string;

const choices = (values: readonly { readonly value: string; readonly name?: string }[]): string =>
  listed(
    values.map((choice) => choice.name ?? shown(BigInt(choice.value))),
    'or',
  );

function maskDemand(rule: Rule & { readonly kind: 'mask' }, name: string): string {
  const within = rule.within === undefined ? '' : hexadecimal(BigInt(rule.within));
  const allowed = BigInt(rule.allowed);
  if (rule.forbidden !== undefined) return `${name} must not have ${listed(rule.forbidden, 'or')}`;
  if (allowed === 0n)
    return within === '' ? `${name} must be 0` : `${name} may have none of the bits ${within}`;
  const what = rule.names.length > 0 ? listed(rule.names) : hexadecimal(allowed);
  return `${name} may only have ${what}${within === '' ? '' : ` of the bits ${within}`}`;
}

function flagsDemand(rule: Rule & { readonly kind: 'flags' }): string {
  const must = rule.requires.length === 0 ? [] : [`must have ${listed(rule.requires)}`];
  const mustNot = rule.forbids.length === 0 ? [] : [`must not have ${listed(rule.forbids, 'or')}`];
  return `sqe->flags ${listed([...must, ...mustNot])}`;
}

/** What the rule asks for, e.g. `sqe->buf_index must be 0`. */
function demand(rule: Rule, name: FieldNames, zeroFields: readonly string[]): string {
  switch (rule.kind) {
    case 'zero':
      return `${listed(zeroFields.map(name))} must be 0`;
    case 'nonzero':
      return `${name(rule.field)} must not be 0`;
    case 'mask':
      return maskDemand(rule, name(rule.field));
    case 'compare': {
      const value = rule.name ?? shown(BigInt(rule.value));
      const is = rule.operator === '==' ? '' : rule.operator === '!=' ? 'not ' : `${rule.operator} `;
      const verb = is === 'not ' ? 'must not be ' : `must be ${is}`;
      return `${name(rule.field)} ${verb}${value}`;
    }
    case 'oneOf':
      return `${name(rule.field)} must be ${choices(rule.values)}`;
    case 'flags':
      return flagsDemand(rule);
    case 'reject':
      return `refused when \`${rule.text}\``;
  }
}

function where(rule: Rule): string {
  if (rule.when.length === 0) return '';
  return ` where ${listed(rule.when.map((condition) => `\`${condition.text}\``))}`;
}

/** A rule as a demand, e.g. for a contract's listing: ``sqe->len must be 0 where `…` ``. */
export function ruleText(rule: Rule, fields: OperationRules['fields']): string {
  const name: FieldNames = (field) => fieldName(fields, field);
  return `${demand(rule, name, rule.kind === 'zero' ? rule.fields : [])}${where(rule)}`;
}

/** SQE fields an expression looks at. */
export function fieldsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'field':
      return [expression.field];
    case 'unary':
      return fieldsIn(expression.of);
    case 'binary':
      return [...new Set([...fieldsIn(expression.left), ...fieldsIn(expression.right)])];
    default:
      return [];
  }
}

/** What the submission has where the rule looks, e.g. `it is 3`. */
function finding(
  rule: Rule,
  submission: Submission,
  name: FieldNames,
  zeroFields: readonly string[],
): string {
  const value = (field: string): string => {
    const found = fieldValue(submission, field);
    return found === undefined ? 'unknown' : shown(found);
  };
  switch (rule.kind) {
    case 'nonzero':
      return '; it is 0';
    case 'zero':
      return zeroFields.length === 1
        ? `; it is ${value(zeroFields[0]!)}`
        : `; they are ${listed(zeroFields.map(value))}`;
    case 'compare': {
      const found = fieldValue(submission, rule.field);
      return `; it is ${found === undefined ? 'unknown' : shown(wrapped(found, rule.bits, rule.signed))}`;
    }
    case 'oneOf':
      return `; it is ${value(rule.field)}`;
    case 'flags':
      return `; it is ${value('flags')}`;
    case 'mask': {
      const stray = strayBits(rule, submission) ?? 0n;
      // Offended only where something uncertain holds, or not at all told by the submission.
      if (stray === 0n) return '';
      const isOne = (stray & (stray - 1n)) === 0n;
      const also = BigInt(rule.allowed) === 0n ? '' : ' also';
      return `; bit${isOne ? '' : 's'} ${hexadecimal(stray)} ${isOne ? 'is' : 'are'}${also} set`;
    }
    case 'reject': {
      const fields = fieldsIn(rule.if);
      return fields.length === 0
        ? ''
        : `; ${listed(fields.map((field) => `${name(field)} is ${value(field)}`))}`;
    }
  }
}

/** A broken rule as a sentence, with what the submission has instead and where the kernel says so. */
export function sentence(rule: Rule, contract: OperationRules, submission: Submission): string {
  const name: FieldNames = (field) => fieldName(contract.fields, field);
  const isSet = (field: string): boolean => fieldValue(submission, field) !== 0n;
  const zeroFields = rule.kind === 'zero' ? rule.fields.filter(isSet) : [];
  const asked = demand(rule, name, zeroFields);
  return `${asked}${where(rule)}${finding(rule, submission, name, zeroFields)} (${rule.at})`;
}
