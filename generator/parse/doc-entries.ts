/**
 * One comment above a family often documents its members, one entry each: the member's name, then text, continued on
 * indented lines. Entries are handed to the members that have no comment of their own.
 */
import { docText } from './comments.js';
import type { DocText } from './facts.js';

export interface DividedDoc {
  /** What the comment says about the family: entries that found their member are left out. */
  readonly doc: DocText | undefined;
  /** Lines that are part of no entry, claimed or not. */
  readonly ownLines: readonly string[];
  readonly entries: ReadonlyMap<string, DocText>;
}

interface Entry {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly text: DocText | undefined;
}

/** A name alone, or before a colon, or before white space; `@name` as in kernel-doc. */
const ENTRY = /^(@?)([A-Za-z_]\w*)(?:(:)|(?=[ \t]|$))([ \t]*)(.*)$/;
/** What the name of a constant looks like. A title such as `ASYNC_CANCEL flags` is told apart by its single space. */
const CONSTANT_NAME = /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/;

/** @param wanted names of the members that want an entry; @param members names of all members */
export function divideDoc(
  lines: readonly string[],
  members: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): DividedDoc {
  const entries = new Map<string, DocText>();
  const kept = lines.map(() => true);
  const own = lines.map(() => true);
  for (const entry of entriesOf(lines, members)) {
    const claimed = entry.text !== undefined && wanted.has(entry.name) && !entries.has(entry.name);
    if (claimed) entries.set(entry.name, entry.text);
    for (let index = entry.from; index < entry.to; index++) {
      own[index] = false;
      if (claimed) kept[index] = false;
    }
  }
  return {
    doc: docText(lines.filter((_, index) => kept[index])),
    ownLines: lines.filter((_, index) => own[index]),
    entries,
  };
}

function entriesOf(lines: readonly string[], members: ReadonlySet<string>): readonly Entry[] {
  const found: Entry[] = [];
  for (let index = 0; index < lines.length; index++) {
    const match = ENTRY.exec(lines[index]!);
    if (!match) continue;
    const [, at, name = '', colon, gap = '', rest = ''] = match;
    const known = members.has(name);
    const columned = colon !== undefined || gap.includes('\t') || gap.length > 1;
    if (!known && !(at === '@' && colon) && !(columned && CONSTANT_NAME.test(name))) continue;
    // A lower-case member is a field; prose starts with such words, so only `@name:` and `name:` count.
    if (known && !CONSTANT_NAME.test(name) && colon === undefined) continue;
    const to = endOfEntry(lines, index + 1);
    const text = [rest, ...lines.slice(index + 1, to).map((line) => line.trim())];
    found.push({ name, from: index, to, text: docText(text) });
    index = to - 1;
  }
  return found;
}

/** Indented lines continue an entry, also across a blank line. */
function endOfEntry(lines: readonly string[], from: number): number {
  let end = from;
  for (let index = from; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === '') continue;
    if (!/^[ \t]/.test(line)) break;
    end = index + 1;
  }
  return end;
}
