/**
 * What coverage does not ask of a package, and why. A pattern that matches nothing in the newest kernel fails a test.
 */
export interface Exclusion {
  /** Matches a constant's name, or `record.member`. */
  readonly pattern: RegExp;
  readonly reason: string;
}

export const EXCLUSIONS: readonly Exclusion[] = [
  { pattern: /^IORING_OP_LAST$/, reason: 'counts the opcodes and is none' },
  { pattern: /^IORING_REGISTER_LAST$/, reason: 'counts the register opcodes and is none' },
  { pattern: /^IORING_RESTRICTION_LAST$/, reason: 'counts the kinds of restriction and is none' },
  {
    pattern: /^[a-z0-9_]+\._*(pad|resv|rsvd|reserved|spare|unused)\d*(_.*)?$/,
    reason: 'reserved space, which has to be zero and has no name a program should use',
  },
];
