/**
 * Why the kernel refused an operation: the submission entry as the kernel was given it, held against the contract of the
 * operation. Nothing here runs unless an operation has failed.
 */
import { constants, release } from 'node:os';
import { ioUringSqeLayout } from '../generated/abi/layouts.js';
import { type BrokenRule, brokenRules } from './contract/check.js';
import { type FieldPlace, RESERVED_FIELDS, type SqeLayout } from './contract/evaluate.js';
import type { AnyOperation } from './operations/operation.js';
import type { NativeRing } from './port/native.js';

/** What the kernel objected to, as far as a contract tells. */
export interface ContractExplanation {
  /** Whose contract it is, e.g. `Linux 7.3`; the kernel that runs may be another. */
  readonly from: string;
  /** False when every rule depends on something that a submission entry does not tell. */
  readonly certain: boolean;
  /** The rules broken that have this error, or else may be; the one that the kernel meets first in front. */
  readonly rules: readonly BrokenRule[];
}

const ERRNO: Readonly<Record<string, number>> = constants.errno;

/** As many reasons as a message has room for, where none is certain. */
const MOST_POSSIBLE = 3;

/** `fsyncFlags` as the header spells it: `fsync_flags`. */
const headerName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The integer members of the SQE, by the header's names. */
export function sqeLayout(): SqeLayout {
  const named = ioUringSqeLayout.fields.flatMap(({ name, offset, type, count }): [string, FieldPlace][] => {
    if (typeof type !== 'string' || count !== undefined) return [];
    const bits = Number(type.slice(1)) as FieldPlace['bits'];
    return [[headerName(name), { bitOffset: offset * 8, bits, signed: type.startsWith('s') }]];
  });
  return new Map([...named, ...RESERVED_FIELDS]);
}

let layout: SqeLayout | undefined;

/**
 * The words of a submission entry that is still in the queue's memory. Undefined when its place has been used again, or
 * when the program gave several entries one user_data and their words differ.
 */
function submittedWords(ring: NativeRing, opcode: number, userData: bigint): Uint32Array | undefined {
  const words = ring.submitted(Number(userData & 0xffffffffn), Number(userData >> 32n));
  const length = ring.sqeBytes / Uint32Array.BYTES_PER_ELEMENT;
  const entries = Array.from({ length: words.length / length }, (_, index) =>
    words.subarray(index * length, (index + 1) * length),
  ).filter((entry) => (entry[0]! & 0xff) === opcode);
  const [first, ...others] = entries;
  return others.every((other) => other.every((word, index) => word === first![index])) ? first : undefined;
}

/**
 * Why an operation that the ring submitted failed.
 * @param errno negative, as in `cqe->res`
 * @returns undefined when nothing in the contract explains it
 */
export function explainFailure(
  operation: Pick<AnyOperation, 'contract' | 'opcode'>,
  ring: NativeRing,
  userData: bigint,
  errno: number,
): ContractExplanation | undefined {
  if (operation.contract === undefined) return undefined;
  const words = submittedWords(ring, operation.opcode, userData);
  if (words === undefined) return undefined;
  const contract = operation.contract();
  layout ??= sqeLayout();
  const isError = (name: string): boolean => ERRNO[name] === -errno;
  const broken = brokenRules(contract, { words, layout, setupFlags: ring.setupFlags }, isError);
  if (broken.length === 0) return undefined;
  const { certain } = broken[0]!;
  return { from: contract.from, certain, rules: broken.filter((rule) => rule.certain === certain) };
}

/** Only for the wording: what the kernel can do is never read off its release. */
const isRunning = (from: string): boolean => `Linux ${release()}.`.startsWith(`${from}.`);

/** The explanation as the end of an error's message. */
export function explanationText({ from, certain, rules }: ContractExplanation): string {
  const by = isRunning(from) ? '' : `, by the contract of ${from}`;
  if (certain) return `${rules[0]!.text}${by}`;
  const possible = rules.slice(0, MOST_POSSIBLE).map((rule) => rule.text);
  const more = rules.length > MOST_POSSIBLE ? `; and ${rules.length - MOST_POSSIBLE} more` : '';
  return `possibly ${possible.join('; or ')}${more}${by}`;
}
