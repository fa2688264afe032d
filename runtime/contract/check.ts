/**
 * Checks a submission entry against a contract: which rules it breaks, as sentences that a person understands.
 */
import type { Submission } from './evaluate.js';
import { breaks } from './offence.js';
import type { OperationRules, Rule } from './rules.js';
import { sentence } from './sentence.js';

/** A rule that a submission breaks. */
export interface BrokenRule {
  readonly rule: Rule;
  /** False where it depends on something that no submission tells: a file's type, what another call returned. */
  readonly certain: boolean;
  /** What the kernel objects to, e.g. `sqe->buf_index must be 0; it is 3 (io_uring/sync.c:44)`. */
  readonly text: string;
}

/**
 * The rules a submission breaks: the certain ones first, both in the order the kernel checks them.
 * @param isError only rules with such errors; one error can have two names, as EOPNOTSUPP and ENOTSUP
 */
export function brokenRules(
  contract: OperationRules,
  submission: Submission,
  isError: (name: string) => boolean = () => true,
): BrokenRule[] {
  const found = contract.rules
    .filter((rule) => isError(rule.error))
    .map((rule) => ({ rule, broken: breaks(rule, submission) }))
    .filter(({ broken }) => broken !== false)
    .map(({ rule, broken }) => ({
      rule,
      certain: broken === true,
      text: sentence(rule, contract, submission),
    }));
  return [...found.filter((one) => one.certain), ...found.filter((one) => !one.certain)];
}
