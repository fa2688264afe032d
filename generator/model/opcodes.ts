/**
 * The opcodes of a header, and the size of their SQEs.
 */
import type { HeaderFacts } from '../parse/index.js';
import { place } from './constants.js';
import { OPCODE_PREFIX } from './taken.js';

const RING_SQE_BYTES = 64;
const LARGE_SQE_BYTES = 128;

export interface OpcodeFact {
  readonly constant: string;
  readonly value: number;
  readonly doc?: string;
  readonly from: string;
}

/** An opcode is one byte: another value under such a name (a mask, a marker) is a constant and no operation. */
export const isOpcodeNumber = (value: string): boolean => BigInt(value) >= 0n && BigInt(value) <= 255n;

/**
 * Opcodes of the header: an enum since 5.2, macros before. `IORING_OP_LAST` counts them and is none. Two names of one
 * number are two opcodes, the older name of a renamed one beside the newer.
 */
export function opcodeFacts(facts: HeaderFacts): OpcodeFact[] {
  const enumerators = facts.enums.flatMap((fact) => fact.members);
  const macros = facts.macros.flatMap((macro) =>
    macro.value.kind === 'int'
      ? [{ name: macro.name, value: macro.value.value, doc: macro.doc, location: macro.location }]
      : [],
  );
  // A macro beside an enumerator of the same name is the same opcode.
  const named = new Set(enumerators.map((fact) => fact.name));
  return [...enumerators, ...macros.filter((fact) => !named.has(fact.name))]
    .filter(
      (fact) =>
        isOpcodeNumber(fact.value) &&
        fact.name.startsWith(OPCODE_PREFIX) &&
        fact.name !== `${OPCODE_PREFIX}LAST`,
    )
    .map((fact) => ({
      constant: fact.name,
      value: Number(fact.value),
      ...(fact.doc === undefined ? {} : { doc: fact.doc }),
      from: place(facts, fact.location),
    }))
    .sort((a, b) => a.value - b.value);
}

/** Opcodes that carry a large command are named after their small twin, with 128 at the end. */
export function sqeBytes(opcode: OpcodeFact, all: readonly OpcodeFact[]): 64 | 128 {
  const twin = opcode.constant.endsWith('128') ? opcode.constant.slice(0, -3) : undefined;
  return all.some((other) => other.constant === twin) ? LARGE_SQE_BYTES : RING_SQE_BYTES;
}
