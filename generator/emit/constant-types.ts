/**
 * Types of constants: each is a value of its family, so that it does not compile where another family's is wanted.
 */
import type { FamilyModel, Model } from '../model/model.js';

interface Membership {
  readonly family: FamilyModel;
  readonly key: string;
  readonly value: bigint;
}

/** Constants by name, and the families that have them. */
function memberships(families: readonly FamilyModel[]): Map<string, Membership[]> {
  const found = new Map<string, Membership[]>();
  for (const family of families)
    for (const { constant, key, value } of family.members)
      found.set(constant, [...(found.get(constant) ?? []), { family, key, value }]);
  return found;
}

/** Members that an argument takes without taking all of their family. */
function pickedMembers(model: Model): Set<string> {
  const enums = model.operations.flatMap(({ typed }) =>
    (typed?.args ?? []).flatMap((arg) => (arg.kind === 'integer' ? (arg.flags?.enums ?? []) : [])),
  );
  return new Set(enums.flatMap(({ name, keys = [] }) => keys.map((key) => `${name.pascal}.${key}`)));
}

/** The family of a constant that another repeats under a longer name (AT_RENAME_EXCHANGE is RENAME_EXCHANGE). */
function repeated(name: string, own: Membership, all: ReadonlyMap<string, Membership[]>): Membership {
  const [first] = all.get(name.slice(name.indexOf('_') + 1)) ?? [];
  return first !== undefined && first.family.domain !== undefined && first.value === own.value ? first : own;
}

/**
 * The type of every constant that is a value of one family. It is the family, so that a variable that begins with one
 * constant may become another; but where an argument takes only some of the family, those are types of their own.
 */
export function familyTypes(model: Model): Map<string, string> {
  const all = memberships(model.families);
  const picked = pickedMembers(model);
  // A macro may stand before an enumerator of its name, and have another value.
  const values = new Map(model.constants.map(({ name, value }) => [name, value]));
  return new Map(
    [...all].flatMap(([name, found]) => {
      // What the overlay says of a constant goes before what the headers' order makes one guess.
      const own = found.length === 1 ? found[0] : found.find(({ family }) => family.domain !== undefined);
      if (own === undefined || values.get(name) !== own.value) return [];
      const { family, key } = own.family.domain === undefined ? repeated(name, own, all) : own;
      const member = `${family.name.pascal}.${key}`;
      return [[name, picked.has(member) ? member : family.name.pascal]];
    }),
  );
}
