/**
 * Finds a constant among families of them. Every parameter of every operation asks, so a list is indexed once.
 */
import type { FamilyModel } from './model.js';

type Member = FamilyModel['members'][number];

const indexes = new WeakMap<readonly FamilyModel[], ReadonlyMap<string, Member>>();

/** A constant's member; undefined where no family has it. */
export function memberNamed(families: readonly FamilyModel[], constant: string): Member | undefined {
  let index = indexes.get(families);
  if (index === undefined) {
    const members = families.flatMap((family) => family.members);
    index = new Map(members.map((member) => [member.constant, member]));
    indexes.set(families, index);
  }
  return index.get(constant);
}
