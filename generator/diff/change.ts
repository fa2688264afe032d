/**
 * One difference between two kernels' ABIs, or between what they make of it.
 */

/**
 * `breaking`: a program made for the old one may not compile or work with the new one. `note`: something differs that no
 * program should notice.
 */
export type Severity = 'breaking' | 'addition' | 'note';

export type ChangeKind =
  | 'added'
  | 'removed'
  | 'renamed'
  | 'value'
  | 'layout'
  | 'type'
  /** Of contracts: a field that the kernel has begun, or ceased, to read. */
  | 'read'
  | 'unread'
  /** Of contracts: what was accepted is refused, what was refused is accepted, or refused under other conditions. */
  | 'refused'
  | 'allowed'
  | 'rule';

export interface Change {
  readonly severity: Severity;
  readonly kind: ChangeKind;
  /** What changed: a constant's name, `struct x`, `struct x.member`, or `IORING_OP_X sqe->field`. */
  readonly subject: string;
  /** What it is part of: `opcode`, `register opcode`, `constant`, `record`, `member`, `contract`. */
  readonly category: string;
  /** One line: from what to what. */
  readonly detail: string;
  /** Where the newer header has it, or the older one had it. */
  readonly location: string;
}

const ORDER: readonly Severity[] = ['breaking', 'addition', 'note'];

/** Breaking ones first, then by category and name. */
export function sortChanges(changes: readonly Change[]): Change[] {
  const rank = (change: Change): string =>
    `${ORDER.indexOf(change.severity)} ${change.category} ${change.kind} ${change.subject}`;
  return [...changes].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
