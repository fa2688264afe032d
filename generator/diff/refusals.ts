/**
 * Differences between what two kernels refuse of one operation. A refusal is new when nothing that the older kernel
 * refuses covers it: the same bits or test, or stricter ones, under no more conditions.
 */
import type { Change } from './change.js';
import type { Refusal } from './rules.js';

/** A refusal, and what of it the other kernel lets pass: bits, or a test as a whole. */
interface Difference {
  readonly refusal: Refusal;
  readonly left: bigint | 'test';
}

const isSubset = (few: ReadonlySet<string>, many: ReadonlySet<string>): boolean =>
  [...few].every((key) => many.has(key));

/** Whether a bound lets no more pass than another of its kind. */
function isStricter(bound: Refusal['bound'], than: Refusal['bound']): boolean {
  if (bound === undefined || bound.kind !== than?.kind) return false;
  if (bound.kind.endsWith('one of')) return bound.allowed.every((value) => than.allowed.includes(value));
  const [value, limit] = [bound.allowed[0]!, than.allowed[0]!];
  if (/ <=?$/.test(bound.kind)) return value <= limit;
  return / >=?$/.test(bound.kind) ? value >= limit : value === limit;
}

const bitsOf = (refusals: readonly Refusal[]): bigint =>
  refusals.reduce((bits, refusal) => bits | refusal.bits, 0n);

/** What of a refusal the others do not refuse as well. */
function uncovered(refusal: Refusal, others: readonly Refusal[]): Difference['left'] | undefined {
  const under = others.filter((other) => isSubset(other.when.keys, refusal.when.keys));
  const refused = bitsOf(under);
  // Where the others refuse the very bits that lead to it, nothing comes as far as this refusal.
  if (refusal.when.needs.some((bits) => bits !== 0n && (bits & ~refused) === 0n)) return undefined;
  if (refusal.bits !== 0n) return refusal.bits & ~refused || undefined;
  const { key, bound, passesZero = 0n } = refusal;
  if (passesZero !== 0n && (passesZero & ~refused) === 0n) return undefined;
  const isCovered = under.some(
    (other) => other.bits === 0n && (other.key === key || isStricter(other.bound, bound)),
  );
  return isCovered ? undefined : 'test';
}

/** Whether a kernel refuses the same already under fewer conditions. */
const isRedundant = (refusal: Refusal, own: readonly Refusal[]): boolean =>
  own.some(
    (other) =>
      other.key === refusal.key &&
      (refusal.bits & ~other.bits) === 0n &&
      other.when.keys.size < refusal.when.keys.size &&
      isSubset(other.when.keys, refusal.when.keys),
  );

const differences = (refusals: readonly Refusal[], others: readonly Refusal[]): Difference[] =>
  refusals.flatMap((refusal) => {
    const left = isRedundant(refusal, refusals) ? undefined : uncovered(refusal, others);
    return left === undefined ? [] : [{ refusal, left }];
  });

/** Bits of a field, from where the field begins: fields lie at multiples of 8 bits. */
function hex(bits: bigint): string {
  let value = bits;
  while ((value & 0xffn) === 0n) value >>= 8n;
  return `0x${value.toString(16)}`;
}

/** What changed about a refusal: bits by the names that either side has for them, or the whole of it. */
function detailOf({ refusal, left }: Difference, others: readonly Refusal[], isNew: boolean): string {
  if (left === 'test' || left === refusal.bits) return `${isNew ? 'now' : 'no longer'}: ${refusal.text}`;
  const named = new Map(
    [refusal, ...others]
      .filter((other) => other.key === refusal.key)
      .flatMap(({ names }) => [...names])
      .filter(([, bits]) => bits !== 0n && (bits & ~left) === 0n),
  );
  const rest = [...named.values()].reduce((bits, known) => bits & ~known, left);
  const parts = [...named.keys(), ...(rest === 0n ? [] : [`bits ${hex(rest)}`])];
  return `${parts.join(', ')} ${isNew ? 'now refused' : 'now allowed'}`;
}

function changeOf(
  difference: Difference,
  others: readonly Refusal[],
  subject: string,
  isNew: boolean,
): Change {
  const { when, at, isVague, field } = difference.refusal;
  return {
    severity: isVague ? 'note' : isNew ? 'breaking' : 'addition',
    kind: isNew ? 'refused' : 'allowed',
    subject: field === undefined ? subject : `${subject} sqe->${field}`,
    category: 'contract',
    detail: `${detailOf(difference, others, isNew)}${when.text}`,
    location: at,
  };
}

/** The same is refused, under conditions of which neither follows from the other. */
function movedChange(change: Change, before: Refusal, after: Refusal): Change {
  const isOpen = [before, after].some(({ isVague, when }) => isVague || when.isVague);
  const was = before.when.text === '' ? ' always' : before.when.text;
  return {
    ...change,
    severity: isOpen ? 'note' : 'breaking',
    kind: 'rule',
    detail: `${after.text}${after.when.text}; before${was}`,
  };
}

/**
 * @param met of what the newer kernel refuses, that which a program for the older one can meet
 */
export function compareRefusals(
  subject: string,
  before: readonly Refusal[],
  after: readonly Refusal[],
  met: readonly Refusal[],
): Change[] {
  const gone = new Set(differences(before, after));
  const changes = differences(met, before).map((difference) => {
    const { refusal } = difference;
    const change = changeOf(difference, before, subject, true);
    const moved = [...gone].find(
      (other) => other.refusal.key === refusal.key && other.refusal.bits === refusal.bits,
    );
    if (moved === undefined) return change;
    gone.delete(moved);
    return movedChange(change, moved.refusal, refusal);
  });
  changes.push(...[...gone].map((difference) => changeOf(difference, after, subject, false)));
  // Rules that differ in nothing that is told are told once.
  return [
    ...new Map(
      changes.map((change) => [`${change.kind} ${change.subject} ${change.detail}`, change]),
    ).values(),
  ];
}
