/**
 * What people read about an operation and its arguments: the overlay's sentences, and the contract in words.
 */
import type { OperationContract } from '../contract/contract.js';
import type { OperationRow } from '../semantics/row.js';
import type { ContractView } from './contract-view.js';
import { isPlainMask } from './flag-types.js';
import type { FamilyModel, FlagType } from './model.js';
import type { PlannedField } from './plan.js';
import { isPadding } from './sqe.js';

const code = (text: string): string => `\`${text}\``;

/** `a`, `b` and `c` */
function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Conditions in the words of the source. */
const conditionText = (texts: readonly { readonly text: string }[]): string =>
  texts.map(({ text }) => code(text)).join(' and ');

/** What the kernel calls a field, when it calls it something else. */
function kernelName(planned: PlannedField): string {
  const { field, read } = planned;
  const names = new Set(read?.contracts.flatMap((one) => one.name ?? []));
  names.delete(field.cName);
  const place = code(`sqe->${field.cName}`);
  return names.size === 0 ? `${place}.` : `${place}, which the kernel calls ${list([...names].map(code))}.`;
}

/** The constants that the kernel's check lets through, by their own names. What only the type suggests is not told. */
function allowed(
  flags: FlagType | undefined,
  families: readonly FamilyModel[],
  isChecked: boolean,
): string | undefined {
  const names =
    flags?.enums.flatMap(({ name, keys }) => {
      const family = families.find((one) => one.name === name);
      const passes = (key: string): boolean => (keys === undefined ? isChecked : keys.includes(key));
      return family?.members.filter(({ key }) => passes(key)).map((member) => member.constant) ?? [];
    }) ?? [];
  return names.length === 0 ? undefined : `Allowed: ${list(names)}.`;
}

/** Values the kernel refuses whatever else is given. */
function bounds({ field }: PlannedField, contract: OperationContract | undefined): string | undefined {
  const texts = (contract?.rules ?? []).flatMap((rule) => {
    if (rule.when.length > 0 || !('field' in rule) || rule.field !== field.cName) return [];
    if (rule.kind === 'nonzero') return ['not 0'];
    if (rule.kind === 'compare' && rule.operator !== '==') {
      const operator = rule.operator === '!=' ? 'not' : rule.operator;
      return [`${operator} ${rule.name ?? rule.value}`];
    }
    return rule.kind === 'oneOf'
      ? [`one of ${list(rule.values.map(({ name, value }) => name ?? value))}`]
      : [];
  });
  return texts.length === 0 ? undefined : `It must be ${list([...new Set(texts)])}.`;
}

function conditional(planned: PlannedField): string | undefined {
  const { read } = planned;
  // That a group is read where one is chosen goes without saying.
  const isGroup = planned.field.cName === 'buf_group';
  if (read === undefined || read.always || isGroup || planned.row.kind === 'fixed') return undefined;
  const conditions = [...new Set(read.contracts.map((one) => conditionText(one.when)))];
  return `Read only where ${conditions.join(', or where ')}.`;
}

/** Documentation of one argument. */
export function argumentDoc(
  planned: PlannedField,
  flags: FlagType | undefined,
  families: readonly FamilyModel[],
  contract: OperationContract | undefined,
): string {
  const { row } = planned;
  if (row.kind === 'fixed') return '';
  const isChecked = contract?.rules.some((rule) => isPlainMask(rule, planned.field.cName));
  const constraints = [
    allowed(flags, families, isChecked === true),
    bounds(planned, contract),
    conditional(planned),
  ];
  return [row.doc, ...constraints, kernelName(planned)]
    .filter((line) => line !== undefined && line !== '')
    .join('\n');
}

function zeroFields(contract: OperationContract): string | undefined {
  const fields = new Set(
    contract.rules.flatMap((rule) => (rule.kind === 'zero' && rule.when.length === 0 ? rule.fields : [])),
  );
  for (const field of fields) if (isPadding(field)) fields.delete(field);
  if (fields.size === 0) return undefined;
  return `The kernel wants ${list([...fields].map(code))} to be 0: the builder leaves ${fields.size === 1 ? 'it' : 'them'} so.`;
}

function flagSentences(view: ContractView): string[] {
  const needs = view.flags('requires');
  // Of an operation without a group nobody expects one.
  const refuses = view.flags('forbids').filter((name) => name !== 'IOSQE_BUFFER_SELECT');
  return [
    ...(needs.length === 0 ? [] : [`It needs ${list(needs)}, which the builder sets.`]),
    ...(refuses.length === 0 ? [] : [`It refuses ${list(refuses)}.`]),
  ];
}

function attributeSentences(view: ContractView): string[] {
  const sentences: string[] = [];
  if (view.has('needs_file') && !view.flags('forbids').includes('IOSQE_FIXED_FILE'))
    sentences.push('Its file may be a registered one: with IOSQE_FIXED_FILE the descriptor is a slot.');
  if (view.has('pollin') || view.has('pollout')) {
    const ready = view.has('pollin') ? 'readable' : 'writable';
    sentences.push(`Where it would block, it waits until the file is ${ready}, without a thread of its own.`);
  } else if (view.has('needs_file')) {
    sentences.push('It cannot wait for readiness: where it would block, it takes a kernel thread.');
  }
  if (view.has('buffer_select')) sentences.push('The kernel may choose its buffer from a group: `bufGroup`.');
  if (view.has('iopoll')) sentences.push('It works on rings with IORING_SETUP_IOPOLL.');
  return sentences;
}

function multishot(contract: OperationContract): string | undefined {
  const ways = contract.multishot.map((one) => conditionText(one.when));
  if (ways.length === 0) return undefined;
  if (ways.includes('')) return 'It may complete more than once: `onMore` hears of all but the last.';
  return `It may complete more than once (where ${[...new Set(ways)].join(', or where ')}): \`onMore\` hears of all but the last.`;
}

const extraSentence = (words: string): string =>
  `Its completion may have two more words, on rings with \`cqe32\`, which \`{extra: true}\` asks for: ${words}.`;

/** Paragraphs about the operation. */
export function operationDocs(
  what: string,
  row: OperationRow | undefined,
  view: ContractView | undefined,
  from: string | undefined,
): string[] {
  const extra = row?.extra === undefined ? [] : [extraSentence(row.extra)];
  if (view === undefined || from === undefined) return [row?.doc ?? what, ...extra];
  const { contract } = view;
  const sentences = [
    ...attributeSentences(view),
    multishot(contract),
    ...flagSentences(view),
    zeroFields(contract),
    ...extra,
    contract.open === true ? 'What other fields mean is for the driver to say.' : undefined,
  ].filter((sentence) => sentence !== undefined);
  return [
    row?.doc ?? what,
    sentences.join(' '),
    `Contract of ${from}: \`${contract.prep}\`, ${contract.at}.`,
  ].filter((paragraph) => paragraph !== '');
}
