/**
 * Would the kernel refuse a submission, by which rule, and with which error?
 */
import { type BrokenRule, brokenRules } from '../../runtime/contract/check.js';
import { fieldName, shown } from '../../runtime/contract/sentence.js';
import type { Settings } from './settings.js';
import type { Subject } from './subject.js';

export interface Verdict {
  /** What is known: not being `refused` never means that the kernel takes it. */
  readonly verdict: 'refused' | 'may be refused' | 'no rule is known to refuse this';
  /** What the kernel answers; absent when no rule is certain to be broken. */
  readonly error?: string;
  /** Certain ones first, in the order the kernel checks them. */
  readonly rules: readonly BrokenRule[];
}

export function judge(subject: Subject, { submission }: Settings): Verdict {
  const rules = brokenRules(subject.rules, submission);
  const first = rules.find((rule) => rule.certain);
  if (first !== undefined) return { verdict: 'refused', error: first.rule.error, rules };
  return { verdict: rules.length > 0 ? 'may be refused' : 'no rule is known to refuse this', rules };
}

const line = ({ rule, text }: BrokenRule): string => `  ${rule.error}: ${text}\n`;

function section(title: string, rules: readonly BrokenRule[]): string {
  return rules.length === 0 ? '' : `${title}\n${rules.map(line).join('')}`;
}

/** How the words were understood: a name of the kernel's can be the SQE's for something else. */
function understood(subject: Subject, { settings }: Settings): string {
  return settings
    .map(({ field, value }) => {
      const name = field === 'setup' ? 'setup' : fieldName(subject.contract.fields, field);
      return `${name} = ${shown(value)}`;
    })
    .join(', ');
}

export function verdictText(subject: Subject, settings: Settings, { error, rules }: Verdict): string {
  const [certain, possible] = [rules.filter((one) => one.certain), rules.filter((one) => !one.certain)];
  const { opcode } = subject.contract;
  const given = `${opcode} with ${understood(subject, settings)}\n`;
  const { from } = subject.rules;
  if (error === undefined) {
    // A contract has what could be read of the source: it knows reasons to refuse, never that there are none.
    const nothing = `no rule of ${from} is known to refuse this`;
    if (possible.length === 0)
      return `${given}${nothing}; the kernel may know more reasons than its contract\n`;
    return `${given}${section(`${nothing} for certain; it may be refused, where it depends on more:`, possible)}`;
  }
  const others = section('and would, were it not for that:', certain.slice(1));
  return `${given}${section(`${from} refuses this:`, certain.slice(0, 1))}${others}`;
}
