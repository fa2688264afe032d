/**
 * Who may start: how many completions a ring may still have to expect, and whether an operation with `drain` keeps others
 * out. A drain is kept here and not in the kernel, whose own lets requests for cancellation wait behind it, and on Linux
 * 6.18 a zero-copy send and all that comes later for ever.
 */
import { roomError } from '../errors.js';
import { idleShare, mayIdle } from './idle-operations.js';
import { type Entry, needs, type Slot } from './slot.js';

export class Room {
  /** Completions that operations in flight may have in the queue, at most; any number where the kernel keeps them. */
  capacity: number;
  #credit = 0;
  /** Operations in flight that nothing else may run beside: one with `drain`, and what is linked to it. */
  #alone = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Whether the ring has room for any operation, whatever is in flight. */
  get endless(): boolean {
    return this.#alone === 0 && this.capacity === Number.POSITIVE_INFINITY;
  }

  /**
   * Places in the submission queue that a link needs, or 0 when it has to wait for others to end.
   * @param mixed the queue has SQEs of both sizes
   * @param others operations in flight
   * @throws RingError when the ring is too small for it
   */
  places(head: Entry, mixed: boolean, sqEntries: number, others: number): number {
    const { places, weight } = needs(head, mixed);
    const { capacity } = this;
    if (places > sqEntries || weight > capacity) throw roomError(places, sqEntries, weight, capacity);
    // The runtime's own, of no weight, wait for nothing but a place in the queue.
    if (weight === 0) return places;
    if (this.#alone > 0 || (head.drain === true && others > 0)) return 0;
    const limit = mayIdle(head) ? capacity - idleShare(capacity) : capacity;
    return this.#credit + weight > limit ? 0 : places;
  }

  /** @param alone nothing else may start until it is over */
  enter(slot: Slot, weight: number, alone: boolean): void {
    slot.weight = weight;
    this.#credit += weight;
    if (!alone) return;
    slot.alone = true;
    this.#alone += 1;
  }

  leave(slot: Slot): void {
    this.#credit -= slot.weight;
  }

  /** One that nothing else could run beside is over. */
  open(): void {
    this.#alone -= 1;
  }
}
