/**
 * Families that the overlay names: constants of other headers that are the values of one parameter. They take the place
 * of the C enums and the guesses from group headers that they cover.
 */
import type { HeaderFacts } from '../parse/index.js';
import { DOMAINS, type DomainRow } from '../semantics/domains.js';
import { buildConstants } from './constants.js';
import { keys } from './families.js';
import type { ConstantModel, FieldFamily } from './model.js';
import { Name } from './name.js';

type IntegerConstant = ConstantModel & { readonly value: bigint };

function domainFamily(
  domain: string,
  row: DomainRow,
  constants: readonly IntegerConstant[],
  families: readonly FieldFamily[],
): FieldFamily | undefined {
  const members = constants.filter((constant) => row.members.test(constant.name));
  if (members.length === 0) return undefined;
  const names = new Set(members.map((member) => member.name));
  const key = keys([...names]);
  const within = families.filter((family) => family.members.every((member) => names.has(member.constant)));
  return {
    name: Name.of(domain),
    domain,
    ...(row.also === undefined ? {} : { also: row.also }),
    ...(row.unnamed === undefined ? {} : { unnamed: row.unnamed }),
    members: members.map((member) => ({
      key: key.get(member.name)!,
      constant: member.name,
      value: member.value,
      ...(member.doc === undefined ? {} : { doc: member.doc }),
    })),
    doc: row.doc,
    from: members[0]!.from,
    fields: within.flatMap((family) => family.fields),
  };
}

/** The families that no domain covers, and the domains. */
export function withDomains(facts: HeaderFacts, families: readonly FieldFamily[]): FieldFamily[] {
  const constants = buildConstants(facts).filter(
    (constant): constant is IntegerConstant => typeof constant.value === 'bigint',
  );
  const domains = Object.entries(DOMAINS).flatMap(
    ([domain, row]) => domainFamily(domain, row, constants, families) ?? [],
  );
  const isCovered = (family: FieldFamily): boolean =>
    domains.some((domain) => {
      const names = new Set(domain.members.map((member) => member.constant));
      return family.members.every((member) => names.has(member.constant));
    });
  return [...families.filter((family) => !isCovered(family)), ...domains];
}
