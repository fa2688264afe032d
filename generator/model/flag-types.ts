/**
 * Which enums a parameter's values come from: what the contract allows, else what the overlay or the header's comments say.
 */
import type { OperationContract, Rule } from '../contract/contract.js';
import { CHOICES, type ChoiceRow } from '../semantics/domains.js';
import type { FieldRow } from '../semantics/row.js';
import { isBound } from './constants.js';
import { memberNamed } from './members.js';
import type { FamilyModel, FlagType, KnownBits, SqeFieldModel } from './model.js';
import { Name } from './name.js';

type Mask = Extract<Rule, { kind: 'mask' }>;

/** Bits of a field that may be set whatever else the SQE holds; undefined where no rule says so of all of them. */
export interface AllowedBits {
  readonly bits: bigint;
  /** What the kernel's source calls them. */
  readonly names: readonly string[];
}

/**
 * A mask that stands whatever else the SQE holds. One of fs/ or mm/ is left out: it names whole words of flags
 * (AT_STATX_SYNC_TYPE), and which of its bits there are is the file's affair as well.
 */
export const isPlainMask = (rule: Rule, field: string): rule is Mask =>
  rule.kind === 'mask' &&
  rule.field === field &&
  rule.when.length === 0 &&
  /^(io_uring|include)\//.test(rule.at);

export function allowedBits(contract: OperationContract, field: string): AllowedBits | undefined {
  const masks = contract.rules.filter((rule): rule is Mask => isPlainMask(rule, field));
  const whole = masks.find((mask) => mask.within === undefined);
  if (whole === undefined) return undefined;
  // Rules over some of the bits take more away.
  const bits = masks.reduce((left, { allowed, within }) => {
    return within === undefined ? left & BigInt(allowed) : left & ~(BigInt(within) & ~BigInt(allowed));
  }, BigInt(whole.allowed));
  return { bits, names: whole.names };
}

/** Members of a family that fit the bits, where no names tell more. */
const fitting = (family: FamilyModel, bits: bigint): string[] =>
  family.members
    .filter((member) => (member.value & ~bits) === 0n && !isBound(member.constant))
    .map((member) => member.constant);

/** Constants a program may give: those of the source, less what other rules take away. */
export function allowedConstants(
  allowed: AllowedBits,
  family: FamilyModel | undefined,
  families: readonly FamilyModel[],
): string[] | undefined {
  const fits = (name: string): boolean => {
    const member = memberNamed(families, name);
    return member !== undefined && !isBound(name) && (member.value & ~allowed.bits) === 0n;
  };
  // A mask's name stands for the flags within it, which the family has.
  if (allowed.names.length > 0 && !allowed.names.some(isBound)) return allowed.names.filter(fits);
  return family === undefined ? undefined : fitting(family, allowed.bits);
}

/** Enums with these constants as members; undefined when one of them is in none. */
export function enumsOf(
  constants: readonly string[],
  families: readonly FamilyModel[],
): FlagType['enums'] | undefined {
  const left = new Set(constants);
  const enums = families.flatMap((family) => {
    if (left.size === 0) return [];
    const members = family.members.filter((member) => left.has(member.constant));
    for (const member of members) left.delete(member.constant);
    if (members.length === 0) return [];
    const whole = members.length === family.members.length;
    return [{ name: family.name, ...(whole ? {} : { keys: members.map((member) => member.key) }) }];
  });
  return left.size === 0 && enums.length > 0 ? enums : undefined;
}

/** The family of a domain of the overlay, where the headers have its constants. */
export function domainFamily(domain: string, families: readonly FamilyModel[]): FamilyModel | undefined {
  const { snake } = Name.of(domain);
  return (
    families.find((family) => family.domain === domain) ?? families.find(({ name }) => name.snake === snake)
  );
}

const WORD = 2n ** 32n;

/** The family's row among the enumerations. */
function choiceRow({ domain, name }: FamilyModel): ChoiceRow | undefined {
  const rows: Readonly<Record<string, ChoiceRow | undefined>> = CHOICES;
  return rows[domain ?? name.snake];
}

/** The values of which one must be given. @param zero whether 0 is one, be it by no name */
function choiceOf(
  families: readonly FamilyModel[],
  zero: boolean,
  without: ReadonlySet<string>,
): Pick<KnownBits, 'choice'> {
  const [family, ...others] = families;
  const row = family && choiceRow(family);
  if (family === undefined || row === undefined || others.length > 0) return {};
  const { mask = WORD - 1n, except } = row;
  const named = family.members
    .filter(({ constant }) => !without.has(constant) && !isBound(constant) && except?.test(constant) !== true)
    // Constants of bits beside the value are none.
    .filter(({ value }) => (value & ~mask) === 0n)
    .map(({ value }) => value);
  const values = [...new Set([...(zero ? [0n] : []), ...named])];
  return { choice: { mask, values: values.sort((a, b) => Number(a - b)) } };
}

/** What bits belong to some families, as far as they are bits of a word. */
export function knownBits(families: readonly FamilyModel[]): KnownBits | undefined {
  const values = families.flatMap(({ members, unnamed = 0n }) => [
    unnamed,
    ...members.filter((member) => !isBound(member.constant)).map((member) => member.value),
  ]);
  if (values.some((value) => value < 0n || value >= WORD)) return undefined;
  return {
    bits: values.reduce((all, value) => all | value, 0n),
    family: families.map(({ name }) => name.pascal).join(' or '),
  };
}

/** How a parameter is typed, or undefined for a plain number. */
export function flagTypeOf(
  contract: OperationContract,
  field: SqeFieldModel,
  row: Extract<FieldRow, { kind: 'integer' }> | undefined,
  families: readonly FamilyModel[],
): FlagType | undefined {
  const own = ownFlagType(contract, field, row, families);
  if (own === undefined) return undefined;
  const isOwn = (family: FamilyModel): boolean => own.enums.some(({ name }) => name === family.name);
  const also = new Set(families.filter(isOwn).flatMap((family) => family.also ?? []));
  const others = families.filter((family) => family.domain !== undefined && also.has(family.domain));
  const all = [...families.filter(isOwn), ...others];
  const known = knownBits(all);
  const choice = choiceOf(all, own.zero, new Set(row?.without));
  return {
    ...own,
    enums: [...own.enums, ...others.map(({ name }) => ({ name }))],
    ...(known === undefined ? {} : { known: { ...known, ...choice } }),
  };
}

function ownFlagType(
  contract: OperationContract,
  field: SqeFieldModel,
  row: Extract<FieldRow, { kind: 'integer' }> | undefined,
  families: readonly FamilyModel[],
): FlagType | undefined {
  const without = new Set(row?.without);
  const domain = row?.domain === undefined ? undefined : domainFamily(row.domain, families);
  const allowed = allowedBits(contract, field.cName);
  // Of two families with the same constants the domain's goes first.
  const preferred = domain === undefined ? families : [domain, ...families.filter((one) => one !== domain)];
  const zero = row === undefined || row.default !== undefined;
  const family = domain ?? families.find((one) => one.name === field.family);
  if (allowed !== undefined) {
    const constants = allowedConstants(allowed, family, families)?.filter((name) => !without.has(name));
    const enums = constants === undefined ? undefined : enumsOf(constants, preferred);
    return enums === undefined ? undefined : { enums, zero };
  }
  if (family === undefined) return undefined;
  if (!family.members.some((member) => without.has(member.constant))) {
    return { enums: [{ name: family.name }], zero };
  }
  const keys = family.members
    .filter((member) => !without.has(member.constant) && !isBound(member.constant))
    .map((member) => member.key);
  return { enums: [{ name: family.name, keys }], zero };
}
