/**
 * What a header must have to be an io_uring header at all. libclang says nothing about a header without opcodes.
 */
import { Problem } from '../problem.js';
import type { EnumFact, HeaderFacts } from './facts.js';
import { IO_URING_INCLUDE, NOTHING_WRITTEN, type ResolvedInput } from './header-input.js';

const OPCODE = /^IORING_OP_\w/;
/** Marks the end of the enum; the kernel knows no such operation. */
const END_OF_OPCODES = 'IORING_OP_LAST';

export function refuseOtherHeaders(facts: HeaderFacts, input: ResolvedInput): void {
  if (input.include !== IO_URING_INCLUDE) return;
  const opcodes = facts.enums.filter((fact) => fact.members.some((member) => isOpcode(member.name)));
  const defined = facts.macros.some((macro) => isOpcode(macro.name) && macro.value.kind === 'int');
  const remedy = 'Pass the linux/io_uring.h of a kernel (5.1 or later).';
  const problem = (code: string, what: string): Problem =>
    new Problem({ code, what, where: { file: input.header }, consequence: NOTHING_WRITTEN, remedy });
  if (opcodes.length === 0 && !defined) {
    throw problem(
      'HEADER_NO_OPCODES',
      `${input.label} has no IORING_OP_* opcodes, neither as an enum nor as macros`,
    );
  }
  if (!facts.records.some((record) => record.kind === 'struct' && record.name === 'io_uring_sqe')) {
    throw problem('HEADER_NO_SQE', `${input.label} has no struct io_uring_sqe`);
  }
  const macros = facts.macros.flatMap(({ name, value, expression, location }) =>
    // A macro that stands for another opcode is an older name of it, and may share its number.
    value.kind === 'int' &&
    !ALIAS.test(expression) &&
    !opcodes.some((fact) => fact.members.some((member) => member.name === name))
      ? [{ name, value: value.value, location }]
      : [],
  );
  refuseBadOpcodes([...opcodes.flatMap((fact) => fact.members), ...macros], facts, input);
}

/** `IORING_OP_X`, with or without parentheses. */
const ALIAS = /^\(?\s*IORING_OP_\w+\s*\)?$/;

function refuseBadOpcodes(
  members: readonly Pick<EnumFact['members'][number], 'name' | 'value' | 'location'>[],
  facts: HeaderFacts,
  input: ResolvedInput,
): void {
  const byValue = new Map<string, string>();
  for (const { name, value, location } of members) {
    if (!isOpcode(name)) continue;
    const include = facts.files[location.file]?.include ?? '';
    const file = location.file === 0 ? input.header : include;
    const bad = (what: string): Problem =>
      new Problem({
        code: 'HEADER_BAD_OPCODE',
        what,
        where: { file, line: location.line },
        consequence: NOTHING_WRITTEN,
        remedy:
          'An opcode is one byte and stands for one operation: correct the enum, or use an unmodified header.',
      });
    const other = byValue.get(value);
    if (other !== undefined) throw bad(`${name} has the value ${value}, and so has ${other}`);
    if (BigInt(value) < 0n || BigInt(value) > 255n)
      throw bad(`${name} has the value ${value}, not one of 0 to 255`);
    byValue.set(value, name);
  }
}

function isOpcode(name: string): boolean {
  return OPCODE.test(name) && name !== END_OF_OPCODES;
}
