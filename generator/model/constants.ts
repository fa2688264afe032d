/**
 * Every named value of the headers, as a flat list under its own name.
 */
import type { FactLocation, HeaderFacts } from '../parse/index.js';
import type { ConstantModel } from './model.js';

/** `linux/io_uring.h:52` */
export function place(facts: HeaderFacts, location: FactLocation): string {
  return `${facts.files[location.file]?.include ?? 'unknown'}:${location.line}`;
}

/** Integers that a program may combine as numbers: `|` cuts off everything beyond 32 bits. Others are bigints. */
export const isNumber = (value: bigint): boolean => value < 2n ** 32n && value >= -(2n ** 31n);

/** Names that count or bound others: they move with every addition, and no program may depend on their value. */
export const isBound = (name: string): boolean =>
  /_(LAST|MAX|NR|MASK|COUNT)$/.test(name) || name.startsWith('__');

const withDoc = (doc: string | undefined): { doc?: string } => (doc === undefined ? {} : { doc });

/** Those whose value is an integer, by name. */
export const integerConstants = (facts: HeaderFacts): Map<string, bigint> =>
  new Map(
    buildConstants(facts).flatMap(({ name, value }) => (typeof value === 'bigint' ? [[name, value]] : [])),
  );

/** Enumerators and macros in header order; a name that the headers define twice keeps its first value. */
export function buildConstants(facts: HeaderFacts): ConstantModel[] {
  const constants = new Map<string, ConstantModel>();
  const add = (constant: ConstantModel): void => {
    if (!constants.has(constant.name)) constants.set(constant.name, constant);
  };
  for (const enumeration of facts.enums) {
    for (const member of enumeration.members) {
      add({
        name: member.name,
        value: BigInt(member.value),
        from: place(facts, member.location),
        ...withDoc(member.doc),
      });
    }
  }
  for (const macro of facts.macros) {
    const value = macro.value.kind === 'int' ? BigInt(macro.value.value) : macro.value.value;
    // A macro over an enumerator is what a program sees; usually it is `#define X X`.
    const hidden = constants.get(macro.name);
    if (hidden !== undefined) constants.set(macro.name, { ...hidden, value });
    add({ name: macro.name, value, from: place(facts, macro.location), ...withDoc(macro.doc) });
  }
  return [...constants.values()];
}
