/**
 * Would the kernel refuse a submission, by which rule, and with which error?
 */
import { type BrokenRule, brokenRules } from '../../runtime/contract/check.js';
import { fieldName, shown } from '../../runtime/contract/sentence.js';
import type { Settings } from './settings.js';
import type { Subject } from './subject.js';

export interface Verdict {
  /** What the kernel answers; absent when no rule is certain to be broken. */
  readonly error?: string;
  /** Certain ones first, in the order the kernel checks them. */
  readonly rules: readonly BrokenRule[];
}

export function judge(subject: Subject, { submission }: Settings): Verdict {
  const rules = brokenRules(subject.rules, submission);
  const first = rules.find((rule) => rule.certain);
  return { rules, ...(first === undefined ? {} : { error: first.rule.error }) };
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
    const nothing = `${from} refuses nothing of this`;
    return `${given}${nothing}${possible.length === 0 ? '\n' : section(', except where it depends on more:', possible)}`;
  }
  const others = section('and would, were it not for that:', certain.slice(1));
  return `${given}${section(`${from} refuses this:`, certain.slice(0, 1))}${others}`;
}
