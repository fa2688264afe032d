/**
 * What a header must have to be an io_uring header at all. libclang says nothing about a header without opcodes.
 */
import { Problem } from '../problem.js';
import type { HeaderFacts } from './facts.js';
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
}

function isOpcode(name: string): boolean {
  return OPCODE.test(name) && name !== END_OF_OPCODES;
}
