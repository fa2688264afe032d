/**
 * Names that generated modules have or use already, so that nothing of a header may be called so there.
 */

import type { HeaderFacts } from '../parse/index.js';
import { Name } from './name.js';
import { PUBLIC, SEAM } from './seam-symbols.js';

/** Types of the language that generated code speaks of. */
const LANGUAGE = ['Array', 'Object', 'Promise', 'Readonly', 'Uint8Array', 'Uint32Array'];
const OWN = [
  'contracts',
  'Ops',
  'Ring',
  'SyncRing',
  'SqeArgs',
  'SqeFields',
  'SQE_FIELDS',
  'encodeFields',
  'encoders',
  'operations',
];

/** Opcode constants of a header, which operations are named after. */
export const OPCODE_PREFIX = 'IORING_OP_';

const constantNames = (facts: HeaderFacts): string[] => [
  ...facts.enums.flatMap((fact) => fact.members.map((member) => member.name)),
  ...facts.macros.map((macro) => macro.name),
];

/** What no operation may be exported as. */
export const takenByModules = (): Set<string> =>
  new Set([...LANGUAGE, ...OWN, ...SEAM.values, ...SEAM.types, ...PUBLIC.values, ...PUBLIC.types]);

/** What no record or family may be called: also the constants they lie beside, and the arguments of operations. */
export function takenByTypes(facts: HeaderFacts): Set<string> {
  const constants = constantNames(facts);
  const operations = constants
    .filter((name) => name.startsWith(OPCODE_PREFIX))
    .map((name) => Name.of(name.slice(OPCODE_PREFIX.length)).pascal);
  return new Set([
    ...takenByModules(),
    ...constants,
    ...operations.flatMap((name) => [
      `${name}Args`,
      `${name}ArgsBeside`,
      `${name}Ready`,
      `${name}ReadyBeside`,
    ]),
  ]);
}
