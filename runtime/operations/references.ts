/**
 * Which operations in flight keep the process alive. All do, but those of streams and handles that were told not to
 * (`unref()`). The event loop lets go of the ring when only such ones are left; see native/ring_loop.cc.
 */
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import type { Port } from '../port/port.js';
import { type Entry, linked, type Slot } from './slot.js';
import type { Waiters } from './waiters.js';

interface Operations {
  readonly port: Port;
  readonly waiters: Waiters;
  /** Operations whose promises are not settled. */
  readonly unsettledCount: number;
  isCurrent(slot: Slot, generation: number): boolean;
}

/** Whether all handles that an operation names were unref'd. */
const onBackgroundFiles = (slot: Slot): boolean => slot.pinned?.inBackground === true;

/** The same of one that waits: it has not been given its descriptors yet. */
const inBackground = ({ background, args }: Entry): boolean => {
  const { fd } = args as { readonly fd?: unknown };
  return background === true || (fd instanceof OwnedDescriptor && !fd.hasRef());
};

const keepsAlive = (head: Entry): boolean => {
  for (const entry of linked(head)) if (!inBackground(entry)) return true;
  return false;
};

export class References {
  readonly #operations: Operations;
  /** Operations in flight that do not keep the process alive. */
  #background = 0;
  /** What the event loop was told of them. */
  #told = 0;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /** Operations in flight that the event loop does not count. */
  get uncounted(): number {
    return this.#told;
  }

  /** Its promise is settled. */
  leave(slot: Slot): void {
    slot.uncounted = false;
    this.#background -= 1;
    this.update();
  }

  /** Looks again at an operation in flight, whose handle may have been told otherwise. */
  judge(slot: Slot): void {
    const uncounted = !slot.told && (slot.background || onBackgroundFiles(slot));
    if (uncounted !== slot.uncounted) {
      slot.uncounted = uncounted;
      this.#background += uncounted ? 1 : -1;
    }
    this.update();
  }

  /** What a stream has submitted, or waits to, keeps the process alive or does not. */
  mark(entry: Entry, background: boolean): void {
    entry.background = background;
    const { slot, generation } = entry;
    if (slot === undefined) this.update();
    else if (this.#operations.isCurrent(slot, generation!)) {
      slot.background = background;
      this.judge(slot);
    }
  }

  /** Tells the event loop. While one waits that is to keep the process alive, all in flight do: it waits for one of them. */
  update(): void {
    if (this.#background === 0 && this.#told === 0) return;
    const { port, waiters, unsettledCount } = this.#operations;
    const told = waiters.urgent || waiters.some(keepsAlive) ? 0 : this.#background;
    if (told !== this.#told) {
      this.#told = told;
      port.background(told);
    }
    if (unsettledCount > told) port.reference();
  }
}
