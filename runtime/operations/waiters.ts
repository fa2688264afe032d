/**
 * What is not with the kernel yet: operations that wait for room in the submission queue or for a drain, in the order of
 * the calls, and the runtime's own, which go before all others.
 */
import { snapshot } from '../arguments/arguments.js';
import { Fifo } from './fifo.js';
import type { AnyOperation } from './operation.js';
import { type Entry, linked, rejectLink } from './slot.js';

/** Submits an entry and what is linked to it, or says that there is no room. Throws what is wrong with the arguments. */
type Submit = (head: Entry) => boolean;

export class Waiters {
  readonly #submit: Submit;
  /** Whether an entry may stay in flight for as long as somebody else likes, on rings with little room; else never. */
  readonly #mayIdle: (head: Entry) => boolean;
  readonly #ordinary = new Fifo<Entry>();
  /** Those that may idle, which find less room than others and must not keep those from starting. */
  readonly #idle = new Fifo<Entry>();
  /** The runtime's own operations: cancellations and closes. */
  readonly #urgent = new Fifo<Entry>();
  /** Whether nothing that came earlier waits. Kept as a field, since every operation asks. */
  clear = true;
  /** What began to wait last, as long as it does. */
  newest: Entry | undefined;
  /** Called when others wait than before. */
  changed: (() => void) | undefined;
  /** Those among the waiting that are settled already. */
  #dropped = 0;

  constructor(submit: Submit, mayIdle: (head: Entry) => boolean) {
    this.#submit = submit;
    this.#mayIdle = mayIdle;
  }

  get length(): number {
    return this.#ordinary.length + this.#idle.length - this.#dropped + this.#urgent.length;
  }

  /** Whether the runtime has asked for something that is not submitted yet. */
  get urgent(): boolean {
    return this.#urgent.length > 0;
  }

  #lane(head: Entry): Fifo<Entry> {
    return this.#mayIdle(head) ? this.#idle : this.#ordinary;
  }

  /** Submits an entry and what is linked to it, or lets it wait for its turn. */
  start(entry: Entry): void {
    if (entry.dropped === true) return;
    if (this.#lane(entry).length > 0 || !this.#submit(entry)) this.wait(entry);
  }

  /** Submits one of the runtime's own, before all that wait. Not while arguments are being read. */
  startUrgent(entry: Entry): void {
    if (this.#urgent.length > 0 || !this.#submit(entry)) {
      this.#urgent.push(entry);
      this.changed?.();
    }
  }

  /** Lets an entry wait for room, with copies of its arguments. */
  wait(head: Entry): void {
    for (const entry of linked(head)) entry.args = snapshot(entry.args);
    head.waiting = true;
    this.#lane(head).push(head);
    this.clear = false;
    this.newest = head;
    this.changed?.();
  }

  /** Rejects what is not with the kernel yet, the first of a link for all of it. */
  drop(head: Entry, reason: (operation: AnyOperation) => unknown): void {
    head.dropped = true;
    rejectLink(head, reason);
    if (head.waiting !== true) return;
    this.#dropped += 1;
    // What comes behind it may have room now.
    queueMicrotask(() => this.admit());
  }

  /** Starts what waited, in order: the runtime's own first. */
  admit(): void {
    this.admitUrgent();
    this.#admit(this.#ordinary);
    this.#admit(this.#idle);
    this.changed?.();
  }

  /** Starts what the runtime itself asked for and had no room for. */
  admitUrgent(): void {
    this.#admit(this.#urgent);
  }

  #admit(queue: Fifo<Entry>): void {
    for (let next = queue.first(); next !== undefined; next = queue.first()) {
      if (next.dropped !== true) {
        try {
          if (!this.#submit(next)) return;
        } catch (error) {
          rejectLink(next, () => error);
        }
      }
      if (next.dropped === true) this.#dropped -= 1;
      queue.shift();
      this.clear = this.#ordinary.length === 0 && this.#idle.length === 0;
      if (next === this.newest) this.newest = undefined;
    }
  }

  /** Ends the wait of everything of the program. */
  rejectAll(reason: (operation: AnyOperation) => unknown): void {
    const heads = [...this.#ordinary.clear(), ...this.#idle.clear()];
    this.#dropped = 0;
    this.clear = true;
    this.newest = undefined;
    for (const head of heads) if (head.dropped !== true) rejectLink(head, reason);
  }

  /** Whether that is so of anything of the program that waits: of the first of each link. */
  some(is: (head: Entry) => boolean): boolean {
    const waits = (head: Entry): boolean => head.dropped !== true && is(head);
    return this.#ordinary.some(waits) || this.#idle.some(waits);
  }

  /** Entries that wait, the first of each link. */
  entries(): Entry[] {
    return [...this.#ordinary.toArray(), ...this.#idle.toArray()].filter((entry) => entry.dropped !== true);
  }
}
