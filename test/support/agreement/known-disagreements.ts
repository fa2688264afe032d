/**
 * Where a kernel does not do what its contract says, each with the reason. An entry that no longer disagrees fails the
 * test, as a disagreement that is not here does.
 */

interface KnownDisagreement {
  /** The rule's name. */
  readonly rule: string;
  /** Series whose contract is meant, or `6.12 and 7.2` for what these two share. */
  readonly contracts: readonly string[];
  readonly reason: string;
}

const KNOWN: readonly KnownDisagreement[] = [];

/** Names of the rules that are known to disagree, sorted. */
export function knownDisagreements(contract: string): string[] {
  return KNOWN.filter(({ contracts }) => contracts.includes(contract))
    .map(({ rule }) => rule)
    .sort();
}
