/**
 * What is told of a series of measurements, and the order in which they are made.
 */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median and spread. */
export const summary = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
  values,
});

/** The value that `share` of `sorted` do not exceed. */
export const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Bits of an integer, mixed (the finalizer of MurmurHash3). */
function mixed(value) {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Values in another order: a different one for each `seed`, but always the same, so that runs are alike. */
export const shuffled = (values, seed) =>
  values
    .map((value, index) => ({ value, key: mixed(mixed(seed) + index) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
