/**
 * What a contract's rules refuse, in a form in which two kernels can be compared: bits of the whole SQE instead of
 * fields by name, because kernels read the same bits by the names of different members of a union.
 */
import type { Condition, Expression, Rule } from '../contract/contract.js';
import { isBound } from '../model/constants.js';
import { leafFields } from '../model/sqe.js';
import type { HeaderFacts } from '../parse/index.js';

/** Where a field lies in the SQE, in bits. */
interface Place {
  readonly offset: number;
  readonly bits: number;
}

export type Places = ReadonlyMap<string, Place>;

export function placesOf(facts: HeaderFacts): Places {
  const sqe = facts.records.find((record) => record.name === 'io_uring_sqe');
  return new Map(
    leafFields(sqe?.members ?? []).map((field) => [
      field.name,
      { offset: field.offsetBits, bits: field.sizeBits },
    ]),
  );
}

/** Two fields with one key are the same bits. A field that the header lacks is known by its name alone. */
export function placeKey(places: Places, field: string): string {
  const place = places.get(field);
  return place === undefined ? field : `${place.offset}:${place.bits}`;
}

/** One thing that is refused. */
export interface Refusal {
  /** Of the rule, for people: a field, when it is about one. */
  readonly field?: string;
  /** Bits of the SQE that must not be set; of other tests 0. */
  readonly bits: bigint;
  /** Names of the bits of the field that may be set, or of those that may not. */
  readonly names: readonly string[];
  readonly forbidden: readonly string[];
  /** Of a test that is not about bits: equal keys are equal tests. */
  readonly key: string;
  /** A test of the same kind on the same field with another bound, of which the stricter one refuses more. */
  readonly bound?: { readonly kind: string; readonly allowed: readonly bigint[] };
  /** For people, what must hold. */
  readonly text: string;
  /** Keys of the conditions under which it is refused. */
  readonly when: ReadonlySet<string>;
  readonly conditions: string;
  /** What decides is something that no SQE says, which the source may put in other words at any time. */
  readonly isVague: boolean;
  readonly hasVagueConditions: boolean;
  readonly at: string;
}

const ALL = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

function isVague(expression: Expression): boolean {
  if (expression.kind === 'unary') return isVague(expression.of);
  if (expression.kind === 'binary') return isVague(expression.left) || isVague(expression.right);
  return expression.kind === 'unknown';
}

/** An expression's meaning, without names that differ while the meaning does not. */
function expressionKey(expression: Expression, places: Places): string {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'field':
      return `${placeKey(places, expression.field)}${expression.signed ? 's' : 'u'}${expression.bits}`;
    case 'unary':
      return `${expression.operator}(${expressionKey(expression.of, places)})`;
    case 'binary': {
      const { operator, left, right } = expression;
      return `(${expressionKey(left, places)} ${operator} ${expressionKey(right, places)})`;
    }
    case 'setup':
      return 'setup';
    case 'unknown':
      return expression.text;
  }
}

type Test = Pick<Refusal, 'bits' | 'names' | 'forbidden' | 'key' | 'text'> &
  Partial<Pick<Refusal, 'field' | 'bound'>>;

function maskText(names: readonly string[], forbidden: readonly string[]): string {
  if (forbidden.length > 0) return `must not have ${forbidden.join(', ')}`;
  return names.length === 0 ? 'must be zero' : `must have none but ${names.join(', ')}`;
}

function bitTest(
  field: string,
  places: Places,
  refused: bigint,
  names: readonly string[] = [],
  forbidden: readonly string[] = [],
): Test {
  const place = places.get(field) ?? { offset: 0, bits: 0 };
  const bits = (refused & ALL(place.bits)) << BigInt(place.offset);
  return { field, bits, names, forbidden, key: placeKey(places, field), text: maskText(names, forbidden) };
}

const shown = (value: string, name: string | undefined): string => name ?? value;

function testsOf(rule: Rule, places: Places): Test[] {
  const plain = { bits: 0n, names: [], forbidden: [] };
  switch (rule.kind) {
    case 'zero':
      return rule.fields.map((field) => bitTest(field, places, ALL(64)));
    case 'mask': {
      const within = rule.within === undefined ? ALL(64) : BigInt(rule.within);
      return [bitTest(rule.field, places, within & ~BigInt(rule.allowed), rule.names, rule.forbidden)];
    }
    case 'nonzero': {
      const key = `${placeKey(places, rule.field)} nonzero`;
      return [{ ...plain, field: rule.field, key, text: 'must not be zero' }];
    }
    case 'compare': {
      const { field, operator, value, name, signed, bits } = rule;
      const kind = `${placeKey(places, field)}${signed ? 's' : 'u'}${bits} ${operator}`;
      const text = `must be ${operator} ${shown(value, name)}`;
      // A bound of the header's own moves with every addition to it, which is a difference of the headers.
      if (name !== undefined && isBound(name)) return [{ ...plain, field, key: `${kind} ${name}`, text }];
      return [{ ...plain, field, key: `${kind} ${value}`, bound: { kind, allowed: [BigInt(value)] }, text }];
    }
    case 'oneOf': {
      const kind = `${placeKey(places, rule.field)} one of`;
      const allowed = rule.values.map(({ value }) => BigInt(value));
      const text = `must be one of ${rule.values.map(({ value, name }) => shown(value, name)).join(', ')}`;
      return [
        { ...plain, field: rule.field, key: `${kind} ${allowed.join()}`, bound: { kind, allowed }, text },
      ];
    }
    case 'flags':
      return [
        ...rule.requires.map((flag) => ({ ...plain, key: `requires ${flag}`, text: `needs ${flag}` })),
        ...rule.forbids.map((flag) => ({ ...plain, key: `forbids ${flag}`, text: `must not have ${flag}` })),
      ];
    case 'reject':
      return [{ ...plain, key: expressionKey(rule.if, places), text: `refused if ${rule.text}` }];
  }
}

/** What is asked one by one, or at once: the same. */
const conjuncts = (expression: Expression): Expression[] =>
  expression.kind === 'binary' && expression.operator === '&&'
    ? [...conjuncts(expression.left), ...conjuncts(expression.right)]
    : [expression];

const conditionKeys = (when: readonly Condition[], places: Places): Set<string> =>
  new Set(when.flatMap((condition) => conjuncts(condition.if)).map((asked) => expressionKey(asked, places)));

const conditionText = (when: readonly Condition[]): string =>
  when.length === 0 ? '' : ` when ${when.map((condition) => condition.text).join(' and ')}`;

export function refusalsOf(rules: readonly Rule[], places: Places): Refusal[] {
  return rules.flatMap((rule) => {
    const shared = {
      when: conditionKeys(rule.when, places),
      conditions: conditionText(rule.when),
      isVague: rule.kind === 'reject' && isVague(rule.if),
      hasVagueConditions: rule.when.some((condition) => isVague(condition.if)),
      at: rule.at,
    };
    return testsOf(rule, places).map((test) => ({ ...test, ...shared }));
  });
}
