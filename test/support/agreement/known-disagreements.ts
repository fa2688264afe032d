/**
 * Where the running kernel does not do what its contract says, each with the reason. An entry that no longer disagrees
 * fails the test, as one that is not here does.
 */

/** By the rule's name. */
export const KNOWN_DISAGREEMENTS: Readonly<Record<string, string>> = {};
