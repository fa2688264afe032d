/**
 * What a workload is to reach, beside what was measured. A target is a floor and, where there is one, an aim:
 *
 *     { text, case, floor, aim?, ours, peer }                     how many times the peer's speed, median of rounds
 *     { text, case, floor, aim?, unit, most?: true, measure }     a number of another kind; with `most` at most that
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

export function judge(target, cases) {
  const { text, floor, aim, most = false, unit = 'x' } = target;
  const measured = measuredOf(
    target,
    cases.find((entry) => entry.name === target.case),
  );
  const reaches = (bound) => (most ? measured <= bound : measured >= bound);
  const outcome =
    measured === undefined
      ? 'not measured'
      : !reaches(floor)
        ? 'missed'
        : aim !== undefined && reaches(aim)
          ? 'met, and the aim'
          : 'met';
  return { text, floor, aim, most, unit, measured, outcome };
}
