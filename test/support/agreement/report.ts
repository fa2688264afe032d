/**
 * What measuring a kernel against a contract found, and how it is told.
 */
export interface Disagreement {
  /** The rule, or `OPCODE: conforming` for an entry that breaks none. */
  readonly rule: string;
  readonly at: string;
  /** What was submitted beyond the conforming entry. */
  readonly with: string;
  readonly expected: string;
  readonly actual: string;
}

export interface LeftOut {
  readonly rule: string;
  readonly reason: string;
}

export interface Agreement {
  readonly opcodes: number;
  /** Rules of which at least one submission was made. */
  readonly rules: number;
  /** Submissions that break a rule, and how many of them got the error predicted. */
  readonly tried: number;
  readonly agreed: number;
  readonly disagreements: readonly Disagreement[];
  readonly leftOut: readonly LeftOut[];
}

/** Opcodes that a line names before it only counts them. */
const MOST_NAMED = 3;

/** One line for the figures, one for each disagreement, and one for each reason to leave rules out. */
export function agreementText(kernel: string, contract: string, measured: Agreement): string {
  const { opcodes, rules, tried, agreed, disagreements, leftOut } = measured;
  const reasons = new Map<string, string[]>();
  for (const { rule, reason } of leftOut) {
    const [opcode = '', ...rest] = rule.split(': ');
    const key = [...rest, reason].join(': ');
    reasons.set(key, [...(reasons.get(key) ?? []), opcode]);
  }
  return [
    `${kernel} against ${contract}: ${opcodes} opcodes, ${rules} rules, ${agreed} of ${tried} submissions refused as predicted, ` +
      `${disagreements.length} disagreements, ${leftOut.length} rules left out`,
    ...disagreements.map(
      (one) =>
        `  disagrees: ${one.rule} (${one.at}) with ${one.with}: expected ${one.expected}, got ${one.actual}`,
    ),
    ...[...reasons].map(([reason, of]) => {
      const shown = of.length > MOST_NAMED ? `${of.length} opcodes` : of.join(', ');
      return `  left out: ${shown}: ${reason}`;
    }),
  ].join('\n');
}
