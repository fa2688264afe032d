/**
 * The rules that a kernel between two others certainly has: those that both of them have. Rules are taken apart first,
 * into what they ask of one field or one flag, so that a rule that grew is not lost as a whole.
 */

import * as abi from '../../../generated/abi/constants.js';
import type { KernelContract } from '../../../generator/contract/contract.js';
import type { OperationRules, Rule } from '../../../runtime/contract/rules.js';
import { ruleText } from '../../../runtime/contract/sentence.js';

export interface SharedRules {
  readonly opcode: string;
  /** Number in the header. */
  readonly number: number;
  readonly fields: OperationRules['fields'];
  /** What every contract has, in the order of the newest. */
  readonly rules: readonly Rule[];
  /** What only some have: not measured, and not to be broken on the way. */
  readonly others: readonly Rule[];
}

type Mask = Rule & { readonly kind: 'mask' };

const NUMBERS: Readonly<Record<string, unknown>> = abi;
const unsigned = (text: string): bigint => BigInt.asUintN(64, BigInt(text));
const ALL_BITS = 2n ** 64n - 1n;

/** What a rule asks of one field, or of one flag. */
function parts(rule: Rule): Rule[] {
  if (rule.kind === 'zero') return rule.fields.map((field) => ({ ...rule, fields: [field] }));
  if (rule.kind !== 'flags') return [rule];
  return [
    ...rule.requires.map((name): Rule => ({ ...rule, requires: [name], forbids: [] })),
    ...rule.forbids.map((name): Rule => ({ ...rule, requires: [], forbids: [name] })),
  ];
}

/** A rule without its place, which changes with every kernel, and without the source's wording. */
function identity(rule: Rule): string {
  return JSON.stringify(rule, (key, value: unknown) =>
    key === 'at' || key === 'text' || (rule.kind === 'mask' && MASK_BITS.has(key)) ? undefined : value,
  );
}

/** Of masks, the bits are compared one by one. */
const MASK_BITS: ReadonlySet<string> = new Set(['allowed', 'names', 'within', 'forbidden']);

const refusedBits = (rule: Mask): bigint =>
  (rule.within === undefined ? ALL_BITS : unsigned(rule.within)) & ~unsigned(rule.allowed);

/** The part of a mask that all of these have; undefined when that is none. */
function sharedMask(rule: Mask, counterparts: readonly Mask[]): Mask | undefined {
  const refused = counterparts.reduce((bits, other) => bits & refusedBits(other), refusedBits(rule));
  if (refused === refusedBits(rule)) return rule;
  return refused === 0n ? undefined : { ...rule, within: String(refused | unsigned(rule.allowed)) };
}

/** A rule by what it says: stable from kernel to kernel. */
export function ruleName(opcode: string, rule: Rule): string {
  return `${opcode.replace('IORING_OP_', '')}: ${ruleText(rule, [])} [${rule.error}]`;
}

function distinct(rules: readonly Rule[]): Rule[] {
  const exact = (rule: Rule): string =>
    identity(rule) + JSON.stringify(rule.kind === 'mask' ? [rule.allowed, rule.within] : []);
  return [...new Map(rules.toReversed().map((rule) => [exact(rule), rule])).values()].reverse();
}

/** @param newest rules of the newest contract; of the others, the same operation's */
function shareRules(
  newest: readonly Rule[],
  others: readonly (readonly Rule[])[],
): Pick<SharedRules, 'rules' | 'others'> {
  const known = others.map((rules) => new Map(rules.map((rule) => [identity(rule), rule])));
  const rules = newest.flatMap((rule) => {
    const counterparts = known.flatMap((map) => map.get(identity(rule)) ?? []);
    if (counterparts.length < known.length) return [];
    return rule.kind === 'mask' ? (sharedMask(rule, counterparts as Mask[]) ?? []) : rule;
  });
  const shared = new Set(rules);
  return {
    rules,
    others: distinct([...newest, ...others.flat()]).filter(
      (rule) => !shared.has(rule) && !isShared(rule, rules),
    ),
  };
}

const isShared = (rule: Rule, rules: readonly Rule[]): boolean =>
  rule.kind !== 'mask' && rules.some((other) => identity(other) === identity(rule));

export function sharedRules(contracts: readonly KernelContract[]): SharedRules[] {
  const newest = contracts.at(-1)!;
  return newest.operations.map(({ opcode, fields }) => {
    const all = contracts.map((contract) => {
      const same = contract.operations.find((candidate) => candidate.opcode === opcode);
      return same === undefined ? [] : distinct([...contract.common, ...same.rules].flatMap(parts));
    });
    const shared = shareRules(all.at(-1)!, all.slice(0, -1));
    return { opcode, number: Number(NUMBERS[opcode] ?? -1), fields, ...shared };
  });
}
