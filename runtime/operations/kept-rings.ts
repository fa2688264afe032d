/**
 * What of a ring must not be collected although the native half knows of nothing in flight: memory that the network may
 * still read for a zero-copy send whose promise is settled, and listeners for messages of other rings.
 */

const kept = new Set<object>();

export function keep(owner: object): void {
  kept.add(owner);
}

export function letGo(owner: object): void {
  kept.delete(owner);
}
