/**
 * `field=value` words → a submission entry, as the kernel would see it.
 */
import type { FieldPlace, Submission } from '../../runtime/contract/evaluate.js';
import type { HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';
import { memberValues } from './argument-names.js';
import { plainName } from './names.js';
import { nearest } from './nearest.js';
import type { Subject } from './subject.js';

/** A ring's flags, among the fields of the entries that go to it. */
const SETUP = 'setup';
const SETUP_PLACE = { bits: 32, signed: false } as const;
/** Words of the largest entry. */
const ENTRY_WORDS = 32;
const PAIR = /^([^=]+)=(.*)$/;

/** One field as it was understood. */
export interface Setting {
  /** The SQE's name for it, or `setup`. */
  readonly field: string;
  readonly value: bigint;
}

export interface Settings {
  readonly submission: Submission;
  readonly settings: readonly Setting[];
}

const usage = (what: string, remedy: string): Problem =>
  new Problem({ code: 'USAGE', what, consequence: 'nothing was explained', remedy });

const meant = (likely: readonly string[], otherwise: string): string =>
  likely.length > 0 ? `did you mean ${likely.join(' or ')}?` : otherwise;

/** Every named integer of the headers, and of the enums made of them. */
function constantsOf(facts: HeaderFacts): Map<string, bigint> {
  return new Map([
    ...memberValues(facts),
    ...facts.enums.flatMap((fact) =>
      fact.members.map(({ name, value }): [string, bigint] => [name, BigInt(value)]),
    ),
    ...facts.macros.flatMap(({ name, value }): [string, bigint][] =>
      value.kind === 'int' ? [[name, BigInt(value.value)]] : [],
    ),
  ]);
}

/** `3`, `-1`, `0x10`, `IOSQE_ASYNC`, or several of them joined with `|`. */
function parseValue(word: string, text: string, constants: ReadonlyMap<string, bigint>): bigint {
  return text.split('|').reduce((sum, part) => {
    const term = part.trim();
    if (/^-?(0x[0-9a-f]+|\d+)$/i.test(term)) {
      return sum | (term.startsWith('-') ? -BigInt(term.slice(1)) : BigInt(term));
    }
    const value = constants.get(term);
    if (value !== undefined) return sum | value;
    throw usage(
      `${word}: ${term === '' ? 'a value is missing' : `${term} is neither a number nor a constant of the headers`}`,
      meant(nearest(term, constants.keys()), 'give a number, or names such as IOSQE_ASYNC joined with |'),
    );
  }, 0n);
}

const isBareFlags = (name: string): boolean => name.toLowerCase() === 'flags';

/** The fields that words name which are no bare `flags`. */
function fieldsBeside(words: readonly string[], subject: Subject): string[] {
  return words.flatMap((word) => {
    const [, name, text] = PAIR.exec(word) ?? [];
    if (name === undefined || text === undefined || isBareFlags(name)) return [];
    return findField(name, text, subject, []) ?? [];
  });
}

/**
 * The field a word names: by the SQE's name, else by the kernel's own or that of the TypeScript argument. `flags` is all
 * of them of many operations: it is the operation's own, but where the value is made of `IOSQE_*` or the operation's is
 * among the `others` that are given; `sqeFlags` and `sqe->flags` are the SQE's.
 */
function findField(
  name: string,
  text: string,
  subject: Subject,
  others: readonly string[],
): string | undefined {
  const key = plainName(name.replace(/^sqe(->|\.)/, ''));
  if (key === SETUP) return SETUP;
  const own = subject.contract.fields.find(
    (field) => field.name !== undefined && plainName(field.name) === key,
  );
  const inSqe = [...subject.layout.keys()].find((field) => plainName(field) === key);
  const argument = subject.arguments.get(key);
  if (isBareFlags(name) && inSqe === 'flags' && !text.startsWith('IOSQE_')) {
    const meaning = own?.field ?? argument ?? inSqe;
    return others.includes(meaning) ? inSqe : meaning;
  }
  return inSqe ?? own?.field ?? argument;
}

function fieldNames(subject: Subject): string[] {
  const { fields } = subject.contract;
  const names = fields.map((field) => field.name ?? field.field);
  return [...names, ...subject.layout.keys(), ...subject.arguments.keys(), SETUP];
}

function checkRange(word: string, value: bigint, bits: number): void {
  if (value >= -(1n << BigInt(bits - 1)) && value < 1n << BigInt(bits)) return;
  throw usage(`${word}: the value does not fit ${bits} bits`, 'give one that does');
}

function store(words: Uint32Array, { bitOffset, bits }: FieldPlace, value: bigint): void {
  const whole = BigInt.asUintN(bits, value);
  const index = bitOffset >>> 5;
  words[index] = words[index]! | Number((whole << BigInt(bitOffset & 31)) & 0xffff_ffffn);
  if (bits === 64) words[index + 1] = Number(whole >> 32n);
}

const overlap = (a: FieldPlace, b: FieldPlace): boolean =>
  a.bitOffset < b.bitOffset + b.bits && b.bitOffset < a.bitOffset + a.bits;

/** @throws Problem for words that name no field, no value, or one place twice */
export function readSettings(words: readonly string[], subject: Subject): Settings {
  const constants = constantsOf(subject.facts);
  const beside = fieldsBeside(words, subject);
  const settings: Setting[] = [];
  const entry = new Uint32Array(ENTRY_WORDS);
  store(entry, subject.layout.get('opcode')!, BigInt(subject.number));
  for (const word of words) {
    const [, name, text] = PAIR.exec(word) ?? [];
    if (name === undefined || text === undefined) throw usage(`${word} is not field=value`, 'e.g. len=4096');
    const field = findField(name, text, subject, beside);
    const known = `give a field of the SQE, such as ${fieldNames(subject).slice(0, 3).join(', ')}`;
    if (field === undefined) {
      throw usage(
        `${subject.contract.opcode} has no field ${name}`,
        meant(nearest(name, fieldNames(subject)), known),
      );
    }
    const value = parseValue(word, text, constants);
    const place = field === SETUP ? undefined : subject.layout.get(field);
    checkRange(word, value, (place ?? SETUP_PLACE).bits);
    const clash = settings.find((other) =>
      place === undefined
        ? other.field === field
        : other.field !== SETUP && overlap(place, subject.layout.get(other.field)!),
    );
    if (clash !== undefined) {
      throw usage(`${word}: ${clash.field} is given already, and has the same place`, 'give one of them');
    }
    if (place !== undefined) store(entry, place, value);
    settings.push({ field, value });
  }
  const setupFlags = Number(settings.find((setting) => setting.field === SETUP)?.value ?? 0n);
  return { settings, submission: { words: entry, layout: subject.layout, setupFlags } };
}
