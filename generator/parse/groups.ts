/**
 * Group headers: comments that speak for a run of macros (`sqe->fsync_flags`, `io_uring_enter(2) flags`). The header
 * has no other way to say which field a family of flags belongs to, so telling them from a macro's own doc matters.
 */
import { type Comment, docText, type SourceText } from './comments.js';
import { divideDoc } from './doc-entries.js';
import type { DocText, GroupFact } from './facts.js';
import type { Macro } from './macros.js';

export interface MacroNotes {
  readonly doc: DocText | undefined;
  /** Index into the groups of the file. */
  readonly group: number | undefined;
}

export interface FileGroups {
  readonly groups: readonly GroupFact[];
  readonly notes: ReadonlyMap<string, MacroNotes>;
}

interface OpenGroup {
  readonly header: Comment;
  readonly members: Macro[];
}

const MENTION = /\b[A-Za-z_]\w*->\w+(?:\.\w+)*/g;
/** `sqe->flags`, `cqe.res for …`: what the family is stored in comes first. */
const BEGINS_WITH_FIELD = /^[a-z_]\w*(?:->|\.)[a-z_]\w*(?:->\w+|\.\w+)*(?=[\s:,;.)]|$)/;
/** Prose about a field, as in `sqe->len is ignored`, is the doc of one macro. */
const PROSE = /^\s+(?:is|are|was|were|has|have|must|may|can|will|should|holds?|contains?)\b/;
/** `POLL_ADD flags.`, `send/sendmsg and recv/recvmsg flags (sqe->ioprio)`, `accept flags stored in sqe->ioprio`. */
const TITLE = /^(?:[\w/()[\]*.-]+ ){1,5}(?:flags|bits|values|definitions)(?=$|[.:(]| \(| stored| for| to)/;
const TITLE_FOR = /^(?:flags|bits|values|attributes|options|modes|modifiers) (?:for|of|to|in)\b/i;

/**
 * @param file index of the file, for locations
 * @param declarations offsets of the declarations that are not macros, ascending
 */
export function readGroups(
  file: number,
  source: SourceText,
  macros: readonly Macro[],
  declarations: readonly number[],
): FileGroups {
  const opened: OpenGroup[] = [];
  const headers = new Set<Comment>();
  let current: OpenGroup | undefined;
  let previous: Macro | undefined;
  for (const [index, macro] of macros.entries()) {
    if (isDeclarationBetween(declarations, previous, macro)) {
      current = undefined;
      previous = undefined;
    }
    const header = headerOf(source, macros, index, previous);
    if (header) {
      current = { header, members: [] };
      opened.push(current);
      headers.add(header);
    } else if (current && startsParagraph(source, macro) && !belongs(macro, current)) current = undefined;
    current?.members.push(macro);
    previous = macro;
  }
  return describe(file, source, macros, opened, headers);
}

function describe(
  file: number,
  source: SourceText,
  macros: readonly Macro[],
  opened: readonly OpenGroup[],
  headers: ReadonlySet<Comment>,
): FileGroups {
  const docs = new Map(macros.map((macro) => [macro.name, ownDoc(source, macro, headers)]));
  const groups: GroupFact[] = [];
  const groupOf = new Map<string, number>();
  for (const { header, members } of opened) {
    if (members.every((member) => typeof member.value === 'string')) continue;
    const names = new Set(members.map((member) => member.name));
    const wanted = new Set([...names].filter((name) => docs.get(name) === undefined));
    const divided = divideDoc(header.lines, names, wanted);
    for (const [name, doc] of divided.entries) docs.set(name, doc);
    for (const name of names) groupOf.set(name, groups.length);
    const head = divided.ownLines.join('\n');
    const first = BEGINS_WITH_FIELD.exec(head)?.[0];
    const mentions = head.match(MENTION) ?? [];
    groups.push({
      doc: divided.doc ?? '',
      mentions: [...new Set(first === undefined ? mentions : [first, ...mentions])],
      location: { file, line: header.startLine },
    });
  }
  const notes = macros.map(({ name }): [string, MacroNotes] => [
    name,
    { doc: docs.get(name), group: groupOf.get(name) },
  ]);
  return { groups, notes: new Map(notes) };
}

/** The comment above a macro that opens a group, if one does. */
function headerOf(
  source: SourceText,
  macros: readonly Macro[],
  index: number,
  previous: Macro | undefined,
): Comment | undefined {
  const macro = macros[index]!;
  const above = commentsAbove(source, macro);
  const last = above.at(-1);
  if (!last) return undefined;
  // A blank line between: the comment cannot be about this macro alone.
  if (last.endLine < macro.span.startLine - 1) return last;
  if (beginsWithField(last)) return last;
  // Stacked: the upper one speaks for the run, the lower one for the macro.
  if (above.length > 1) return above.at(-2);
  if (previous && source.lineBefore(last.startOffset) === last.startLine - 1) return undefined;
  return isTitle(last) || speaksForRun(source, macros, index, previous) ? last : undefined;
}

/** Comments on lines of their own between the code before the macro and the macro, in order. */
function commentsAbove(source: SourceText, macro: Macro): readonly Comment[] {
  const after = source.codeBefore(macro.span.startOffset)?.endOffset ?? 0;
  return source.comments.filter(
    (comment) =>
      comment.ownLine &&
      // Further right it continues the trailing comments of the lines above.
      comment.startColumn === 1 &&
      comment.startOffset >= after &&
      comment.startOffset < macro.span.startOffset,
  );
}

function beginsWithField(comment: Comment): boolean {
  const first = comment.lines[0] ?? '';
  const field = BEGINS_WITH_FIELD.exec(first)?.[0];
  return field !== undefined && !PROSE.test(first.slice(field.length));
}

function isTitle(comment: Comment): boolean {
  const first = comment.lines[0] ?? '';
  return TITLE.test(first) || TITLE_FOR.test(first);
}

/**
 * A comment above several macros on adjacent lines is about all of them when they are of a kind: each has a comment of
 * its own behind it, or none has. Inside a family it stays what it mostly is there, the doc of the next macro.
 */
function speaksForRun(
  source: SourceText,
  macros: readonly Macro[],
  index: number,
  previous: Macro | undefined,
): boolean {
  const first = macros[index]!;
  if (previous && prefixOf(previous.name) === prefixOf(first.name)) return false;
  const run = [first];
  for (const next of macros.slice(index + 1)) {
    const last = run.at(-1)!;
    const lastLine = source.trailing(last.span)?.endLine ?? last.span.endLine;
    if (next.span.startLine !== lastLine + 1) break;
    run.push(next);
  }
  const documented = run.filter((macro) => source.trailing(macro.span)).length;
  return run.length > 1 && (documented === run.length || documented === 0);
}

function startsParagraph(source: SourceText, macro: Macro): boolean {
  const first = commentsAbove(source, macro)[0];
  const offset = first?.startOffset ?? macro.span.startOffset;
  return source.lineBefore(offset) < (first?.startLine ?? macro.span.startLine) - 1;
}

/** After a blank line a macro stays in the group only if it is named like the group's members. */
function belongs(macro: Macro, group: OpenGroup): boolean {
  const names = group.members.map((member) => member.name);
  let prefix = prefixOf(names[0] ?? '');
  while (prefix !== '' && !names.every((name) => name.startsWith(prefix)))
    prefix = prefixOf(prefix.slice(0, -1));
  return macro.name.startsWith(prefix);
}

/** Up to and with the last underscore. */
function prefixOf(name: string): string {
  return name.slice(0, name.lastIndexOf('_') + 1);
}

function ownDoc(source: SourceText, macro: Macro, headers: ReadonlySet<Comment>): DocText | undefined {
  const leading = source.leading(macro.span);
  const own = leading && leading.startColumn === 1 && !headers.has(leading) ? leading.lines : [];
  return docText([...own, ...(source.trailing(macro.span)?.lines ?? [])]);
}

function isDeclarationBetween(
  declarations: readonly number[],
  previous: Macro | undefined,
  macro: Macro,
): boolean {
  if (!previous) return false;
  return declarations.some((offset) => offset > previous.span.startOffset && offset < macro.span.startOffset);
}
