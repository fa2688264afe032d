/** How memory grows in the course of a long run. */

/**
 * The least that it grew from one measurement to the next: a leak grows all the time; an allocator that takes one more
 * arena does so once.
 */
export const steadyGrowth = (measured: readonly number[]): number =>
  Math.min(...measured.slice(1).map((now, i) => now - (measured[i] as number)));
