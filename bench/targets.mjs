/**
 * What a workload is to reach, beside what was measured. A target is a floor, an aim, or both:
 *
 *     { text, case, floor?, aim?, ours, peer }                    how many times the peer's speed, median of rounds
 *     { text, case, floor?, aim?, unit, most?: true, measure,     a number of another kind; with `most` at most that;
 *       limit?, needs? }                                          the same of C; what it cannot be measured without
 *
 * `measure` and `limit` get the contenders by name, as { rate, extras } of medians.
 *
 * Floors were chosen on one machine. On another the kernel's share of an operation may be so large that no program could
 * reach them; so each figure stands beside the one that C reached against the same peer in the same rounds. That explains
 * a miss, and changes nothing about it.
 */
import { median } from './statistics.mjs';

/** C programs that do the same work through liburing. */
const isLimit = ({ name }) => name.startsWith('C, liburing');

const named = ({ contenders }, name) => contenders.find((contender) => contender.name === name);

function contendersOf({ contenders }) {
  return Object.fromEntries(
    contenders.map(({ name, perSecond, extras }) => [
      name,
      {
        rate: perSecond.median,
        extras: Object.fromEntries(Object.entries(extras).map(([key, value]) => [key, value.median])),
      },
    ]),
  );
}

/** How many times as fast one contender is as another, median of rounds; undefined when one was left out. */
function ratio(mine, other) {
  if (mine === undefined || other === undefined) return undefined;
  return median(mine.perSecond.values.map((rate, round) => rate / other.perSecond.values[round]));
}

/** What a target's function makes of a case; undefined when a contender it asks for was left out. */
function asked(measure, result) {
  try {
    return measure(contendersOf(result));
  } catch {
    return undefined;
  }
}

/** The figure a target is about. */
function measuredOf(target, result) {
  if (target.measure !== undefined) return asked(target.measure, result);
  return ratio(named(result, target.ours), named(result, target.peer));
}

/** The same figure of C, of the fastest such program; undefined where there is none, or C is the peer itself. */
function limitOf(target, result) {
  if (target.limit !== undefined) return asked(target.limit, result);
  if (target.measure !== undefined || isLimit({ name: target.peer })) return undefined;
  const peer = named(result, target.peer);
  const limits = result.contenders.filter(isLimit).map((limit) => ratio(limit, peer));
  return limits.length === 0 || peer === undefined ? undefined : Math.max(...limits);
}

function outcomeOf({ floor, aim, most = false }, measured) {
  if (measured === undefined) return 'not measured';
  const reaches = (bound) => bound !== undefined && (most ? measured <= bound : measured >= bound);
  if (reaches(aim)) return 'met, the aim too';
  if (floor === undefined) return 'aim missed';
  return reaches(floor) ? 'met' : 'missed';
}

/** A target with what was measured: `limit` is what C reached, `share` how much of that ringsmith did. */
export function judge(target, cases) {
  const { text, floor, aim, most = false, unit = 'x' } = target;
  const result = cases.find((entry) => entry.name === target.case) ?? { contenders: [] };
  const measured = measuredOf(target, result);
  const limit = limitOf(target, result);
  const share = measured === undefined || limit === undefined ? undefined : measured / limit;
  const outcome = outcomeOf(target, measured);
  const needs = measured === undefined ? (target.needs ?? 'a contender that was left out') : undefined;
  return { text, floor, aim, most, unit, measured, limit, share, outcome, needs };
}

/** Whether a target was missed that C would have missed too. */
export const isBeyondC = ({ floor, aim, limit, outcome }) =>
  /missed$/.test(outcome) && limit !== undefined && limit < (floor ?? aim);
