/**
 * The rules that a kernel between two others certainly has: those that both of them have, place in the source aside.
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
  /** What every contract has. */
  readonly rules: readonly Rule[];
  /** What only some have: not measured, and not to be broken on the way. */
  readonly others: readonly Rule[];
}

const NUMBERS: Readonly<Record<string, unknown>> = abi;

/** A rule without its place, which changes with every kernel, and without the source's wording. */
function identity(rule: Rule): string {
  return JSON.stringify(rule, (key, value: unknown) => (key === 'at' || key === 'text' ? undefined : value));
}

/** A rule by what it says: stable from kernel to kernel. */
export function ruleName(opcode: string, rule: Rule): string {
  return `${opcode.replace('IORING_OP_', '')}: ${ruleText(rule, [])} [${rule.error}]`;
}

export function sharedRules(contracts: readonly KernelContract[]): SharedRules[] {
  const newest = contracts.at(-1)!;
  return newest.operations.map((operation) => {
    const { opcode, fields } = operation;
    const number = Number(NUMBERS[opcode] ?? -1);
    const all = contracts.map((contract) => {
      const same = contract.operations.find((candidate) => candidate.opcode === opcode);
      return same === undefined ? [] : [...contract.common, ...same.rules];
    });
    const sets = all.map((rules) => new Set(rules.map(identity)));
    const isShared = (rule: Rule): boolean => sets.every((set) => set.has(identity(rule)));
    const seen = new Set<string>();
    const isNew = (rule: Rule): boolean =>
      !seen.has(identity(rule)) && seen.add(identity(rule)) !== undefined;
    const distinct = all.toReversed().flat().filter(isNew);
    return {
      opcode,
      number,
      fields,
      rules: distinct.filter(isShared),
      others: distinct.filter((rule) => !isShared(rule)),
    };
  });
}
