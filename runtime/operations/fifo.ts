/**
 * A first-in, first-out queue whose cost does not grow with its length, and that makes no garbage while it is short.
 */
const FIRST_CAPACITY = 4;
/** More room than this is given up once the queue is empty. */
const KEPT_CAPACITY = 1024;

export class Fifo<T> {
  /** Used round and round; as many places as a power of two, or none. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length += 1;
  }

  /** The oldest item, which stays; undefined when there is none. */
  first(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  /** Drops the oldest item. */
  shift(): void {
    if (this.#length === 0) return;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length -= 1;
    if (this.#length === 0 && this.#items.length > KEPT_CAPACITY) this.#adopt([]);
  }

  /** What is in the queue, oldest first. */
  toArray(): T[] {
    if (this.#length === 0) return [];
    const end = this.#head + this.#length;
    const wrapped = Math.max(end - this.#items.length, 0);
    return [...this.#items.slice(this.#head, end), ...this.#items.slice(0, wrapped)] as T[];
  }

  /** Whether that is so of any in the queue. */
  some(is: (item: T) => boolean): boolean {
    for (let at = 0; at < this.#length; at++) {
      if (is(this.#items[(this.#head + at) & (this.#items.length - 1)] as T)) return true;
    }
    return false;
  }

  /** Empties the queue and returns what was in it, oldest first. */
  clear(): T[] {
    const items = this.toArray();
    this.#length = 0;
    this.#adopt([]);
    return items;
  }

  #grow(): void {
    const items: (T | undefined)[] = this.toArray();
    const capacity = Math.max(items.length * 2, FIRST_CAPACITY);
    while (items.length < capacity) items.push(undefined);
    this.#adopt(items);
  }

  #adopt(items: (T | undefined)[]): void {
    this.#items = items;
    this.#head = 0;
  }
}
