/** Refusals → rules: the reason of each, told as what must hold. */
import type { Condition, Expression, Rule, RuleBase } from './contract.js';
import { errnoName } from './errno.js';
import { type Expressions, isCertain, size } from './expressions.js';
import { and, implies } from './interpret/logic.js';
import { equal, type Guard, type Value, type ValueOf } from './interpret/values.js';
import { isComplement, type Names } from './names.js';
import type { Refusal } from './refusals.js';

const LARGEST = 60;

/** What an operation is refused with for its arguments: other errors tell of the object, and there is no end of those. */
export const OF_ARGUMENTS: ReadonlySet<string> = new Set(['EINVAL', 'EOPNOTSUPP', 'EPERM']);

type Compare = Extract<Rule, { kind: 'compare' }>['operator'];
type RuleBody = Rule extends infer R ? (R extends Rule ? Omit<R, keyof RuleBase> : never) : never;

const MUST: Readonly<Record<string, Compare>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

export class Rules {
  constructor(
    private readonly expressions: Expressions,
    private readonly names: Names,
    /** Bits of each field of the SQE. */
    private readonly width: (field: string) => number,
  ) {}

  of(refusals: readonly Refusal[]): Rule[] {
    const rules: Rule[] = [];
    for (const told of refusals.flatMap((refusal) => this.fromRefusal(refusal))) {
      const rule = withoutRefused(told, rules);
      if (rule === undefined || rules.some((other) => saysAll(other, rule))) continue;
      const needless = rules.findIndex((other) => saysAll(rule, other));
      if (needless >= 0) rules.splice(needless, 1);
      const last = rules.at(-1);
      if (last?.kind === 'zero' && rule.kind === 'zero' && sameBase(last, rule)) {
        rules[rules.length - 1] = { ...last, fields: [...new Set([...last.fields, ...rule.fields])] };
      } else rules.push(rule);
    }
    return rules;
  }

  private fromRefusal({ errno, guards, at }: Refusal): Rule[] {
    const reason = guards.at(-1);
    const error = errnoName(errno);
    if (reason === undefined) {
      const always = { kind: 'constant', value: '1' } as const;
      return [{ kind: 'reject', if: always, text: 'always', error, when: [], at: `${at.file}:${at.line}` }];
    }
    const outer = guards.slice(0, -1);
    return parts(reason.value, '||').flatMap((part) => this.fromTest(part, reason, outer, error));
  }

  /** One alternative of the reason: the last of its tests that can be told is the rule, the others its conditions. */
  private fromTest(test: Value, reason: Guard, outer: readonly Guard[], error: string): Rule[] {
    const oneOf = this.oneOf(test);
    const tests = oneOf === undefined ? parts(test, '&&') : [test];
    const whole = oneOf === undefined ? this.whole(tests, reason.text) : undefined;
    if (whole !== undefined) return [this.rule(whole, test, outer, reason, error)];
    for (let i = tests.length - 1; i >= 0; i--) {
      const body = oneOf ?? this.body(tests[i]!, reason.text);
      if (body === undefined) continue;
      const inner = tests.filter((_, j) => j !== i).map((value) => ({ ...reason, value }));
      return [this.rule(body, tests[i]!, [...outer, ...inner], reason, error)];
    }
    return this.possible(test, reason, outer, error);
  }

  /**
   * Refused for a reason that no submission tells (a personality that is not there, a file of another kind), but only
   * where the submission asks for it: a rule that may be broken where its conditions hold.
   */
  private possible(test: Value, reason: Guard, outer: readonly Guard[], error: string): Rule[] {
    if (!OF_ARGUMENTS.has(error)) return [];
    const text = { kind: 'unknown', text: reason.text } as const;
    const rule = this.rule({ kind: 'reject', if: text, text: reason.text }, test, outer, reason, error);
    return rule.when.some((condition) => asks(condition.if)) ? [rule] : [];
  }

  private rule(body: RuleBody, test: Value, guards: readonly Guard[], reason: Guard, error: string): Rule {
    const when = guards
      .filter((guard) => !implies(test, guard.value))
      .map((guard) => this.expressions.condition(guard));
    return { ...body, error, when: unique(when), at: reason.at } as Rule;
  }

  /** Tests of which none is a rule of its own are told as one. */
  private whole(tests: readonly Value[], text: string): RuleBody | undefined {
    if (tests.length < 2 || tests.some((test) => this.structured(test) !== undefined)) return undefined;
    return this.body(tests.reduce(and), text);
  }

  /** What must hold instead of a test that is refused; undefined when the test is not fully known. */
  private body(test: Value, text: string): RuleBody | undefined {
    const structured = this.structured(test);
    if (structured !== undefined) return structured;
    const expression = this.expressions.test(test);
    if (!isCertain(expression) || size(expression) > LARGEST) return undefined;
    return { kind: 'reject', if: expression, text };
  }

  private structured(test: Value): RuleBody | undefined {
    if (test.kind !== 'binary' || test.right.kind !== 'constant') return undefined;
    const { operator, left, right } = test;
    if (right.value === 0n && left.kind === 'binary' && left.operator === '&') {
      return this.bits(left, operator);
    }
    if (left.kind !== 'field') return undefined;
    const { field, bits, signed } = left;
    const isWhole = bits >= this.width(field);
    if (right.value === 0n && operator === '!=') {
      return isWhole
        ? { kind: 'zero', fields: [field] }
        : { kind: 'mask', field, allowed: '0', names: [], within: String(ones(bits)) };
    }
    if (right.value === 0n && operator === '==' && isWhole) return { kind: 'nonzero', field };
    const must = MUST[operator];
    if (must === undefined || (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)) return undefined;
    const [name] = this.names.of(right.value, right.text);
    const value = String(right.value);
    return {
      kind: 'compare',
      field,
      signed,
      bits,
      operator: must,
      value,
      ...(name === undefined ? {} : { name }),
    };
  }

  /** `x & MASK`, refused when some, or when none, of the bits are set. */
  private bits(test: ValueOf<'binary'>, operator: string): RuleBody | undefined {
    const { right: mask } = test;
    let looked: Value = test.left;
    let within: bigint | undefined;
    if (looked.kind === 'binary' && looked.operator === '&' && looked.right.kind === 'constant') {
      within = looked.right.value;
      looked = looked.left;
    }
    if (looked.kind !== 'field' || mask.kind !== 'constant') return undefined;
    const { field } = looked;
    const all = ones(Math.min(looked.bits, this.width(field)));
    const scope = all & (within ?? -1n);
    const refused = mask.value & scope;
    const isAny = operator === '!=';
    const names = mask.text ?? '';
    if (field === 'flags' && !isComplement(names)) {
      const entry = this.names.entry(refused);
      if (isAny) return { kind: 'flags', requires: [], forbids: entry };
      return entry.length === 1 ? { kind: 'flags', requires: entry, forbids: [] } : undefined;
    }
    if (!isAny) return undefined;
    if (!isComplement(names)) {
      const forbidden = this.names.bits(refused, names);
      return {
        kind: 'mask',
        field,
        allowed: '0',
        names: [],
        within: String(refused),
        ...(forbidden.length === 0 ? {} : { forbidden }),
      };
    }
    const allowed = scope & ~refused;
    const isWhole = scope === ones(this.width(field));
    return {
      kind: 'mask',
      field,
      allowed: String(allowed),
      names: this.names.bits(allowed, names),
      ...(isWhole ? {} : { within: String(scope) }),
    };
  }

  /** `x != A && x != B`. */
  private oneOf(test: Value): RuleBody | undefined {
    const tests = parts(test, '&&');
    if (tests.length < 2) return undefined;
    const values: { value: string; name?: string }[] = [];
    let field: ValueOf<'field'> | undefined;
    for (const part of tests) {
      if (part.kind !== 'binary' || part.operator !== '!=') return undefined;
      const { left, right } = part;
      if (left.kind !== 'field' || right.kind !== 'constant') return undefined;
      if (field !== undefined && !equal(field, left)) return undefined;
      field = left;
      const [name] = this.names.of(right.value, right.text);
      values.push({ value: String(right.value), ...(name === undefined ? {} : { name }) });
    }
    if (field === undefined || field.bits < this.width(field.field)) return undefined;
    return { kind: 'oneOf', field: field.field, values };
  }
}

/** What an earlier rule refuses in any case cannot be refused again. */
function withoutRefused(rule: Rule, earlier: readonly Rule[]): Rule | undefined {
  const always = earlier.filter(({ when }) => when.length === 0);
  if (rule.kind === 'zero') {
    const refused = new Set(always.flatMap((other) => (other.kind === 'zero' ? other.fields : [])));
    const fields = rule.fields.filter((field) => !refused.has(field));
    return fields.length === 0 ? undefined : { ...rule, fields };
  }
  if (rule.kind === 'flags') {
    const refused = new Set(always.flatMap((other) => (other.kind === 'flags' ? other.forbids : [])));
    const forbids = rule.forbids.filter((name) => !refused.has(name));
    return forbids.length + rule.requires.length === 0 ? undefined : { ...rule, forbids };
  }
  return rule;
}

/** A rule says all that another one does, if it stands under fewer conditions. */
function saysAll(rule: Rule, other: Rule): boolean {
  const body = ({ when: _when, at: _at, ...rest }: Rule): string => JSON.stringify(rest);
  if (body(rule) !== body(other)) return false;
  const conditions = new Set(other.when.map((condition) => JSON.stringify(condition.if)));
  return rule.when.every((condition) => conditions.has(JSON.stringify(condition.if)));
}

/** Whether a condition is one that a submission, or a ring's flags, decide. */
function asks(expression: Expression): boolean {
  switch (expression.kind) {
    case 'field':
    case 'setup':
      return true;
    case 'unary':
      return asks(expression.of);
    case 'binary':
      return asks(expression.left) || asks(expression.right);
    default:
      return false;
  }
}

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

/** The operands of a chain of one operator. */
function parts(value: Value, operator: '&&' | '||'): readonly Value[] {
  return value.kind === 'binary' && value.operator === operator
    ? [...parts(value.left, operator), ...parts(value.right, operator)]
    : [value];
}

function unique(conditions: readonly Condition[]): readonly Condition[] {
  const seen = new Set<string>();
  return conditions.filter((condition) => {
    const identity = JSON.stringify(condition.if);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

const sameBase = (a: RuleBase, b: RuleBase): boolean =>
  a.error === b.error && a.at === b.at && JSON.stringify(a.when) === JSON.stringify(b.when);
