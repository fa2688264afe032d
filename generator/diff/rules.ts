/**
 * What a contract's rules refuse, in a form in which two kernels can be compared.
 */
import type { Rule } from '../contract/contract.js';
import { isBound } from '../model/constants.js';
import {
  type Asked,
  askedBy,
  expressionKey,
  isVague,
  placeKey,
  type SqeHeader,
  sqeBits,
} from './expression-key.js';

/** What a rule tests. */
interface Test {
  /** Equal keys are equal tests, or tests of bits of the same field. */
  readonly key: string;
  /** For people, what must hold. */
  readonly text: string;
  /** For people, when it is about one. */
  readonly field?: string;
  /** Bits of the SQE that must not be set; of other tests 0. */
  readonly bits: bigint;
  /** Bits of the SQE by the names that a mask gives them, whether it lets them pass or not. */
  readonly names: ReadonlyMap<string, bigint>;
  /** A test of the same kind on the same field with another bound, of which the stricter one refuses more. */
  readonly bound?: { readonly kind: string; readonly allowed: readonly bigint[] };
  /** All bits of the field, when the test lets 0 pass. */
  readonly passesZero?: bigint;
}

/** One thing that is refused. */
export interface Refusal extends Test {
  readonly when: Asked;
  readonly isVague: boolean;
  readonly at: string;
}

type MaskRule = Extract<Rule, { kind: 'mask' }>;
type CompareRule = Extract<Rule, { kind: 'compare' }>;

const PLAIN = { bits: 0n, names: new Map<string, bigint>() };

const zeroTest = (field: string, header: SqeHeader): Test => ({
  ...PLAIN,
  key: placeKey(header, field),
  text: 'must be zero',
  field,
  bits: sqeBits(header, field, -1n),
});

function maskText({ names, forbidden = [], allowed, within }: MaskRule): string {
  if (forbidden.length > 0) return `must not have ${forbidden.join(', ')}`;
  if (names.length > 0) return `must have none but ${names.join(', ')}`;
  const hex = (bits: string): string => `0x${BigInt(bits).toString(16)}`;
  if (within !== undefined) return `must not have the bits ${hex(within)}`;
  return BigInt(allowed) === 0n ? 'must be zero' : `must have no bits but ${hex(allowed)}`;
}

function maskTest(rule: MaskRule, header: SqeHeader): Test {
  const { field, names, forbidden = [], allowed, within = '-1' } = rule;
  return {
    key: placeKey(header, field),
    text: maskText(rule),
    field,
    bits: sqeBits(header, field, BigInt(within) & ~BigInt(allowed)),
    names: new Map(
      [...names, ...forbidden].map((name) => [
        name,
        sqeBits(header, field, header.constants.get(name) ?? 0n),
      ]),
    ),
  };
}

function forbidTest(flag: string, header: SqeHeader): Test {
  const bits = sqeBits(header, 'flags', header.constants.get(flag) ?? 0n);
  return {
    key: placeKey(header, 'flags'),
    text: `must not have ${flag}`,
    field: 'flags',
    bits,
    names: new Map([[flag, bits]]),
  };
}

const HOLDS: Readonly<Record<CompareRule['operator'], (value: bigint) => boolean>> = {
  '==': (value) => value === 0n,
  '!=': (value) => value !== 0n,
  '<': (value) => value > 0n,
  '<=': (value) => value >= 0n,
  '>': (value) => value < 0n,
  '>=': (value) => value <= 0n,
};

function compareTest(rule: CompareRule, header: SqeHeader): Test {
  const { field, operator, value, name, signed, bits } = rule;
  const kind = `${placeKey(header, field)}${signed ? 's' : 'u'}${bits} ${operator}`;
  const plain = {
    ...PLAIN,
    field,
    text: `must be ${operator} ${name ?? value}`,
    ...(HOLDS[operator](BigInt(value)) ? { passesZero: sqeBits(header, field, -1n) } : {}),
  };
  // A bound of the header's own moves with every addition to it, which is a difference of the headers.
  if (name !== undefined && isBound(name)) return { ...plain, key: `${kind} ${name}` };
  return { ...plain, key: `${kind} ${value}`, bound: { kind, allowed: [BigInt(value)] } };
}

function oneOfTest(rule: Extract<Rule, { kind: 'oneOf' }>, header: SqeHeader): Test {
  const kind = `${placeKey(header, rule.field)} one of`;
  const allowed = rule.values.map(({ value }) => BigInt(value));
  return {
    ...PLAIN,
    key: `${kind} ${allowed.join()}`,
    text: `must be one of ${rule.values.map(({ value, name }) => name ?? value).join(', ')}`,
    field: rule.field,
    bound: { kind, allowed },
    ...(allowed.includes(0n) ? { passesZero: sqeBits(header, rule.field, -1n) } : {}),
  };
}

function testsOf(rule: Rule, header: SqeHeader): Test[] {
  switch (rule.kind) {
    case 'zero':
      return rule.fields.map((field) => zeroTest(field, header));
    case 'mask':
      return [maskTest(rule, header)];
    case 'nonzero': {
      const key = `${placeKey(header, rule.field)} nonzero`;
      return [{ ...PLAIN, key, text: 'must not be zero', field: rule.field }];
    }
    case 'compare':
      return [compareTest(rule, header)];
    case 'oneOf':
      return [oneOfTest(rule, header)];
    case 'flags':
      return [
        ...rule.requires.map((flag) => ({ ...PLAIN, key: `requires ${flag}`, text: `must have ${flag}` })),
        ...rule.forbids.map((flag) => forbidTest(flag, header)),
      ];
    case 'reject':
      return [{ ...PLAIN, key: expressionKey(rule.if, header), text: `refused if ${rule.text}` }];
  }
}

export function refusalsOf(rules: readonly Rule[], header: SqeHeader): Refusal[] {
  return rules.flatMap((rule) => {
    const when = askedBy(rule.when, header);
    const vague = rule.kind === 'reject' && (isVague(rule.if) || when.isVague);
    return testsOf(rule, header).map((test) => ({ ...test, when, isVague: vague, at: rule.at }));
  });
}
