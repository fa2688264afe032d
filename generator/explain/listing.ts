/**
 * An opcode's contract as a page that a person reads.
 */
import type { Rule } from '../../runtime/contract/rules.js';
import { listed, ruleText } from '../../runtime/contract/sentence.js';
import type { Condition, FieldContract } from '../contract/contract.js';
import type { Subject } from './subject.js';

function where(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? '' : `where ${listed(conditions.map(({ text }) => `\`${text}\``))}`;
}

function pointerText({ pointee, direction, use, length }: NonNullable<FieldContract['pointer']>): string {
  const notes = [
    ...(direction === undefined ? [] : [direction]),
    ...(use === undefined ? [] : [use]),
    ...(length === undefined ? [] : [`length in ${length}`]),
  ];
  return `${pointee} *${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** Columns as wide as they need to be, but for the last. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

const isAlwaysZero = (rule: Rule): boolean => rule.kind === 'zero' && rule.when.length === 0;

const SECTIONS: readonly (readonly [title: string, belongs: (rule: Rule) => boolean])[] = [
  ['allowed bits', (rule) => rule.kind === 'mask'],
  ['needs and excludes', (rule) => rule.kind === 'flags'],
  ['refused otherwise', (rule) => !isAlwaysZero(rule) && rule.kind !== 'mask' && rule.kind !== 'flags'],
];

export function listingText(subject: Subject): string {
  const { contract, number, rules } = subject;
  const file =
    contract.attributes['needs_file'] === 1 && contract.fields.every(({ field }) => field !== 'fd');
  const fields = contract.fields.map((field) => [
    `sqe->${field.field}`,
    field.name ?? '',
    field.pointer === undefined ? (field.type ?? '') : pointerText(field.pointer),
    where(field.when),
  ]);
  const args = file ? [['sqe->fd', '', 'the file', ''], ...fields] : fields;
  const zero = rules.rules.flatMap((rule) =>
    rule.kind === 'zero' && isAlwaysZero(rule) ? rule.fields.map((field) => `sqe->${field}`) : [],
  );
  const ruleLines = (belongs: (rule: Rule) => boolean): string[] =>
    table(
      rules.rules.filter(belongs).map((rule) => [rule.error, `${ruleText(rule, rules.fields)} (${rule.at})`]),
    );
  const attributes = Object.entries(contract.attributes).map(([name, value]) =>
    value === 1 ? name : `${name}=${value}`,
  );
  const about = [
    ...(subject.since === undefined ? [] : [`since Linux ${subject.since}`]),
    ...(subject.man === undefined ? [] : [`man ${subject.man}`]),
    `${contract.prep} at ${contract.at}`,
  ];
  return [
    `${contract.opcode} (${number}), by the contract of ${rules.from}\n${about.join('; ')}\n`,
    section(contract.open === true ? 'arguments (a driver may read more)' : 'arguments', table(args)),
    section('must be 0', zero.length === 0 ? [] : [[...new Set(zero)].join(', ')]),
    ...SECTIONS.map(([title, belongs]) => section(title, ruleLines(belongs))),
    section(
      'more than one completion',
      contract.multishot.map(({ when }) => where(when) || 'always'),
    ),
    section('attributes', attributes.length === 0 ? [] : [attributes.join(', ')]),
  ].join('');
}
