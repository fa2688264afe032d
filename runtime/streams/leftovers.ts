/**
 * What had arrived for streams that their consumers left, and that nobody has taken. It belongs to the file it came from:
 * whoever asks that file next gets it first, another stream or a single operation. What no one can ask for any more, because
 * the file is closed or the ring is, is given back: connections and passed descriptors are closed.
 */
import { fstatSync } from 'node:fs';
import { OwnedDescriptor } from '../handles/owned-descriptor.js';
import { DirectDescriptor } from '../resources/direct-descriptor.js';
import type { Dependant } from '../ring-parts.js';

/** What a stream leaves behind, and to whom. */
export interface Leaving<Item> {
  readonly fd: unknown;
  /** Only who takes the same sort of items gets them: a name, or the table that direct descriptors lie in. */
  readonly sort: unknown;
  /** It is data, or messages: what arrived first is taken first, and by one consumer at a time where a handle keeps order. */
  readonly ordered?: true;
  /** What was left of another sort, as an item of this one. */
  readonly other?: { readonly sort: unknown; as(item: never): Item };
  /** Makes it last: without a buffer of a buffer ring, which others need. */
  keep?(item: Item): Item;
  /** Undoes for the next what keeping it was for. */
  give?(item: Item): Item;
}

interface Left {
  readonly items: unknown[];
  readonly discard: (item: never) => Promise<void> | void;
}

interface LeftFile {
  readonly fd: unknown;
  readonly sorts: Map<unknown, Left>;
}

/** How often files are looked at that may have been closed behind the ring's back. */
const SWEEP_MS = 500;

/** What stays the same as long as a file is open, and is no other's meanwhile; undefined when it is not open. */
function identity(fd: unknown): unknown {
  if (fd instanceof DirectDescriptor) return DirectDescriptor.registration(fd).released ? undefined : fd;
  if (fd instanceof OwnedDescriptor && fd.closed) return undefined;
  const number = fd instanceof OwnedDescriptor ? fd.fd : fd;
  if (!Number.isInteger(number)) return undefined;
  try {
    const { dev, ino } = fstatSync(number as number, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

export class Leftovers implements Dependant {
  readonly #files = new Map<unknown, LeftFile>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Whether there is nothing at all, as nearly always. */
  get empty(): boolean {
    return this.#files.size === 0;
  }

  /** Keeps an item for whoever asks next. @returns false when nobody can */
  keep<Item>(
    { fd, sort, keep }: Leaving<Item>,
    item: Item,
    discard: (item: Item) => Promise<void> | void,
  ): boolean {
    const key = this.#closed ? undefined : identity(fd);
    if (key === undefined) return false;
    let file = this.#files.get(key);
    if (file === undefined) {
      file = { fd, sorts: new Map() };
      this.#files.set(key, file);
    }
    let left = file.sorts.get(sort);
    if (left === undefined) {
      left = { items: [], discard };
      file.sorts.set(sort, left);
    }
    left.items.push(keep === undefined ? item : keep(item));
    this.#sweepSoon();
    return true;
  }

  /** All there is of a sort for a file, oldest first; it is the caller's from now on. */
  take<Item>({ fd, sort, other, give }: Leaving<Item>): Item[] {
    if (this.empty) return [];
    const items = (this.#find(fd, sort, true)?.splice(0) ?? []) as Item[];
    const others = other === undefined ? [] : (this.#find(fd, other.sort, true)?.splice(0) ?? []);
    const all = [...items, ...others.map((item) => other!.as(item as never))];
    return give === undefined ? all : all.map(give);
  }

  /** The oldest of a sort for a file, which stays. */
  first<Item>(fd: unknown, sort: unknown): Item | undefined {
    return this.empty ? undefined : (this.#find(fd, sort, false)?.[0] as Item | undefined);
  }

  /** Takes the oldest, or puts `instead` in its place. */
  shift(fd: unknown, sort: unknown, instead?: unknown): void {
    const items = this.#find(fd, sort, false)!;
    if (instead !== undefined) items[0] = instead;
    else if (items.length > 1) items.shift();
    else this.#find(fd, sort, true);
  }

  #find(fd: unknown, sort: unknown, remove: boolean): unknown[] | undefined {
    const key = identity(fd);
    const file = this.#files.get(key);
    const left = file?.sorts.get(sort);
    if (left === undefined || !remove) return left?.items;
    file!.sorts.delete(sort);
    if (file!.sorts.size === 0) this.#files.delete(key);
    return left.items;
  }

  /** A file is about to be closed. @returns when what was left of it has been given back */
  async closing(fd: number): Promise<void> {
    const key = this.empty ? undefined : identity(fd);
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    await Promise.all(discarded(file));
  }

  /** The ring closes. @internal */
  async stop(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.flatMap(discarded));
  }

  /** In the background, as long as there is anything. */
  #sweepSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [key, file] of this.#files) {
        if (identity(file.fd) === key) continue;
        this.#files.delete(key);
        discarded(file);
      }
      if (!this.empty) this.#sweepSoon();
    }, SWEEP_MS).unref();
  }
}

/** Gives everything of a file back. */
function discarded(file: LeftFile): (Promise<void> | void)[] {
  return [...file.sorts.values()].flatMap(({ items, discard }) =>
    items.splice(0).map((item) => discard(item as never)),
  );
}
