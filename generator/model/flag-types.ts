/**
 * Which enums a parameter's values come from: what the contract allows, else what the overlay or the header's comments say.
 */
import type { OperationContract, Rule } from '../contract/contract.js';
import type { FieldRow } from '../semantics/row.js';
import type { FamilyModel, FlagType, SqeFieldModel } from './model.js';
import { Name } from './name.js';

type Mask = Extract<Rule, { kind: 'mask' }>;

/** The rule that says, whatever else the SQE holds, which bits of a field may be set. */
export const maskOf = (contract: OperationContract, field: string): Mask | undefined =>
  contract.rules.find(
    (rule): rule is Mask =>
      rule.kind === 'mask' && rule.field === field && rule.when.length === 0 && rule.within === undefined,
  );

/** Enums with these constants as members; undefined when one of them is in none. */
export function enumsOf(
  constants: readonly string[],
  families: readonly FamilyModel[],
): FlagType['enums'] | undefined {
  const left = new Set(constants);
  const enums = families.flatMap((family) => {
    const members = family.members.filter((member) => left.has(member.constant));
    for (const member of members) left.delete(member.constant);
    if (members.length === 0) return [];
    const whole = members.length === family.members.length;
    return [{ name: family.name, ...(whole ? {} : { keys: members.map((member) => member.key) }) }];
  });
  return left.size === 0 && enums.length > 0 ? enums : undefined;
}

/** The family of a domain of the overlay, where the headers have its constants. */
const domainFamily = (domain: string, families: readonly FamilyModel[]): FamilyModel | undefined =>
  families.find((family) => family.domain === domain) ??
  families.find((family) => family.name.snake === Name.of(domain).snake);

/** How a parameter is typed, or undefined for a plain number. */
export function flagTypeOf(
  contract: OperationContract,
  field: SqeFieldModel,
  row: Extract<FieldRow, { kind: 'integer' }> | undefined,
  families: readonly FamilyModel[],
): FlagType | undefined {
  const without = new Set(row?.without);
  const domain = row?.domain === undefined ? undefined : domainFamily(row.domain, families);
  const mask = maskOf(contract, field.cName);
  // Of two families with the same constants the domain's goes first.
  const preferred = domain === undefined ? families : [domain, ...families.filter((one) => one !== domain)];
  const zero = row === undefined || row.default !== undefined;
  if (mask !== undefined) {
    const allowed = mask.names.filter((name) => !without.has(name));
    const enums = enumsOf(allowed, preferred);
    return enums === undefined ? undefined : { enums, zero };
  }
  const family = domain ?? families.find((one) => one.name === field.family);
  if (family === undefined) return undefined;
  if (!family.members.some((member) => without.has(member.constant))) {
    return { enums: [{ name: family.name }], zero };
  }
  const keys = family.members.filter((member) => !without.has(member.constant)).map((member) => member.key);
  return { enums: [{ name: family.name, keys }], zero };
}
