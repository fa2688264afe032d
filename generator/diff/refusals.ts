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

/** What of a refusal the others do not refuse as well. */
function uncovered(refusal: Refusal, others: readonly Refusal[]): Difference['left'] | undefined {
  const under = others.filter((other) => isSubset(other.when, refusal.when));
  if (refusal.bits === 0n) {
    const isCovered = under.some(
      (other) => other.bits === 0n && (other.key === refusal.key || isStricter(other.bound, refusal.bound)),
    );
    return isCovered ? undefined : 'test';
  }
  const left = under.reduce((bits, other) => bits & ~other.bits, refusal.bits);
  return left === 0n ? undefined : left;
}

const differences = (refusals: readonly Refusal[], others: readonly Refusal[]): Difference[] =>
  refusals.flatMap((refusal) => {
    const left = uncovered(refusal, others);
    return left === undefined ? [] : [{ refusal, left }];
  });

/** Bits of a field, from where the field begins: fields lie at multiples of 8 bits. */
function hex(bits: bigint): string {
  let value = bits;
  while ((value & 0xffn) === 0n) value >>= 8n;
  return `0x${value.toString(16)}`;
}

/** What changed about a refusal: bits by the names that let them pass on the other side, or the whole of it. */
function detailOf({ refusal, left }: Difference, passing: readonly Refusal[], isNew: boolean): string {
  if (left === 'test' || left === refusal.bits) return `${isNew ? 'now' : 'no longer'} ${refusal.text}`;
  const others = passing.filter((other) => other.key === refusal.key);
  const named = [
    ...others.flatMap(({ names }) => names).filter((name) => !refusal.names.includes(name)),
    ...refusal.forbidden.filter((name) => !others.some(({ forbidden }) => forbidden.includes(name))),
  ];
  const bits = named.length > 0 ? [...new Set(named)].join(', ') : `bits ${hex(left)}`;
  return `${bits} ${isNew ? 'now refused' : 'now allowed'}`;
}

function changeOf(
  difference: Difference,
  passing: readonly Refusal[],
  subject: string,
  isNew: boolean,
): Change {
  const { conditions, at, isVague, field } = difference.refusal;
  return {
    severity: isVague ? 'note' : isNew ? 'breaking' : 'addition',
    kind: isNew ? 'refused' : 'allowed',
    subject: field === undefined ? subject : `${subject} sqe->${field}`,
    category: 'contract',
    detail: `${detailOf(difference, passing, isNew)}${conditions}`,
    location: at,
  };
}

/** The same is refused, under conditions of which neither follows from the other. */
function movedChange(change: Change, before: Refusal, after: Refusal): Change {
  const was = before.conditions === '' ? ' always' : before.conditions;
  return {
    ...change,
    severity: [before, after].some((refusal) => refusal.isVague || refusal.hasVagueConditions)
      ? 'note'
      : 'breaking',
    kind: 'rule',
    detail: `${after.text}${after.conditions}; before${was}`,
  };
}

export function compareRefusals(
  subject: string,
  before: readonly Refusal[],
  after: readonly Refusal[],
): Change[] {
  const gone = new Set(differences(before, after));
  const changes = differences(after, before).map((difference) => {
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
