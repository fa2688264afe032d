/**
 * What a workload is to reach, beside what was measured. A target is a floor, an aim, or both:
 *
 *     { text, case, floor?, aim?, ours, peer }                    how many times the peer's speed, median of rounds
 *     { text, case, floor?, aim?, unit, most?: true, measure }    a number of another kind; with `most` at most that
 *
 * `measure` gets the contenders by name, as { rate, extras } of medians.
 */

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

/** The figure a target is about; undefined when a contender was left out. */
function measuredOf(target, result) {
  if (result === undefined) return undefined;
  if (target.measure === undefined) {
    return result.ratios.find((ratio) => ratio.ours === target.ours && ratio.peer === target.peer)?.median;
  }
  try {
    return target.measure(contendersOf(result));
  } catch {
    return undefined;
  }
}

function outcomeOf({ floor, aim, most = false }, measured) {
  if (measured === undefined) return 'not measured';
  const reaches = (bound) => bound !== undefined && (most ? measured <= bound : measured >= bound);
  if (reaches(aim)) return 'met, the aim too';
  if (floor === undefined) return 'aim missed';
  return reaches(floor) ? 'met' : 'missed';
}

export function judge(target, cases) {
  const { text, floor, aim, most = false, unit = 'x' } = target;
  const measured = measuredOf(
    target,
    cases.find((entry) => entry.name === target.case),
  );
  return { text, floor, aim, most, unit, measured, outcome: outcomeOf(target, measured) };
}
