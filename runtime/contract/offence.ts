/**
 * When a submission entry offends a rule of a contract: the tests themselves, without words.
 */
import {
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_FIXED_FILE,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from '../../generated/abi/constants.js';
import { allHold, compares, fieldValue, holds, type Submission, type Truth, wrapped } from './evaluate.js';
import type { Rule } from './rules.js';

const SQE_FLAGS: Readonly<Record<string, number>> = {
  IOSQE_FIXED_FILE,
  IOSQE_IO_DRAIN,
  IOSQE_IO_LINK,
  IOSQE_IO_HARDLINK,
  IOSQE_ASYNC,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
};

/** The bit of an `IOSQE_*` name; undefined for one that is newer than this package. */
export function sqeFlag(name: string): bigint | undefined {
  const bit = SQE_FLAGS[name];
  return bit === undefined ? undefined : BigInt(bit);
}

const unsigned = (text: string): bigint => BigInt.asUintN(64, BigInt(text));

/** The bits set that a mask does not allow; undefined when the layout has no such field. */
export function strayBits(
  rule: Rule & { readonly kind: 'mask' },
  submission: Submission,
): bigint | undefined {
  const value = fieldValue(submission, rule.field);
  if (value === undefined) return undefined;
  // By the field's own width: sign extension is no bit that was set.
  const bits = BigInt.asUintN(submission.layout.get(rule.field)!.bits, value) & ~unsigned(rule.allowed);
  return rule.within === undefined ? bits : bits & unsigned(rule.within);
}

/** True when one is, unknown when one may be. */
function any(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}

/** What the rule says of one field's value; unknown when the layout has no such field. */
function whenKnown(submission: Submission, field: string, test: (value: bigint) => Truth): Truth {
  const value = fieldValue(submission, field);
  return value === undefined ? undefined : test(value);
}

/** Whether an `IOSQE_*` flag is as given; unknown for one that is newer than this package. */
function hasFlag(submission: Submission, name: string, set: boolean): Truth {
  const bit = sqeFlag(name);
  if (bit === undefined) return undefined;
  return whenKnown(submission, 'flags', (flags) => ((flags & bit) !== 0n) === set);
}

/** Whether the submission does what the rule is against, wherever the rule stands. */
export function offends(rule: Rule, submission: Submission): Truth {
  switch (rule.kind) {
    case 'zero':
      return any(rule.fields.map((field) => whenKnown(submission, field, (value) => value !== 0n)));
    case 'nonzero':
      return whenKnown(submission, rule.field, (value) => value === 0n);
    case 'mask': {
      const stray = strayBits(rule, submission);
      return stray === undefined ? undefined : stray !== 0n;
    }
    case 'compare': {
      const { bits, signed, operator } = rule;
      const wanted = wrapped(BigInt(rule.value), bits, signed);
      return whenKnown(
        submission,
        rule.field,
        (value) => !compares(operator, wrapped(value, bits, signed), wanted),
      );
    }
    case 'oneOf': {
      const bits = submission.layout.get(rule.field)?.bits ?? 64;
      const choices = rule.values.map((choice) => BigInt.asUintN(bits, BigInt(choice.value)));
      return whenKnown(submission, rule.field, (value) => !choices.includes(BigInt.asUintN(bits, value)));
    }
    case 'flags':
      return any([
        ...rule.requires.map((name) => hasFlag(submission, name, false)),
        ...rule.forbids.map((name) => hasFlag(submission, name, true)),
      ]);
    case 'reject':
      return holds(rule.if, submission);
  }
}

/** Whether the rule stands for this submission: whether the kernel gets to where it is checked. */
export function stands(rule: Rule, submission: Submission): Truth {
  return allHold(
    rule.when.map((condition) => condition.if),
    submission,
  );
}

/** Whether the submission breaks the rule; undefined when it may. */
export function breaks(rule: Rule, submission: Submission): Truth {
  const there = stands(rule, submission);
  if (there === false) return false;
  const offence = offends(rule, submission);
  return offence === true && there === undefined ? undefined : offence;
}
