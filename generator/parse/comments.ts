/**
 * Comments by tokens. libclang attaches no comment to a macro and the wrong ones to enumerators, so the comments of
 * a file are read from its tokens and related to entities by line: after the code on a line, or right above it.
 */
import type { SourceExtent, Token } from '../clang/api.js';
import type { DocText } from './facts.js';

export interface Comment {
  /** Undecorated lines, their indentation kept. */
  readonly lines: readonly string[];
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number;
  readonly startOffset: number;
  /** Nothing but white space stands before it on its line. */
  readonly ownLine: boolean;
}

/** The bytes of a file that an entity takes. */
export interface Span {
  readonly startLine: number;
  readonly startOffset: number;
  readonly endLine: number;
  readonly endOffset: number;
}

export function spanOf(extent: SourceExtent): Span {
  return {
    startLine: extent.start.line,
    startOffset: extent.start.offset,
    endLine: extent.end.line,
    endOffset: extent.end.offset,
  };
}

/** The tokens of one file, and the questions that associate comments with code. */
export class SourceText {
  readonly comments: readonly Comment[];
  readonly #tokens: readonly Token[];
  readonly #commentAt = new Map<number, Comment>();
  readonly #ownLineEndingOn = new Map<number, Comment>();

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.comments = readComments(tokens);
    for (const comment of this.comments) {
      this.#commentAt.set(comment.startOffset, comment);
      if (comment.ownLine && !saysNothing(comment)) this.#ownLineEndingOn.set(comment.endLine, comment);
    }
  }

  /** Code tokens that start in `[from, to)`. */
  codeBetween(from: number, to: number): readonly Token[] {
    const found: Token[] = [];
    for (let index = this.#indexAt(from); index < this.#tokens.length; index++) {
      const token = this.#tokens[index]!;
      if (token.startOffset >= to) break;
      if (token.kind !== 'comment') found.push(token);
    }
    return found;
  }

  /** The first code tokens of the file. */
  firstCode(count: number): readonly Token[] {
    const found: Token[] = [];
    for (const token of this.#tokens) {
      if (found.length === count) break;
      if (token.kind !== 'comment') found.push(token);
    }
    return found;
  }

  /** First code token of the file's line that holds `offset`. */
  lineStart(offset: number): Token | undefined {
    let index = this.#indexAt(offset);
    const line = this.#tokens[index]?.startLine;
    while (index > 0 && this.#tokens[index - 1]!.endLine === line) index--;
    while (this.#tokens[index]?.kind === 'comment') index++;
    return this.#tokens[index];
  }

  /** Last code token before `offset`. */
  codeBefore(offset: number): Token | undefined {
    for (let index = this.#indexAt(offset) - 1; index >= 0; index--) {
      if (this.#tokens[index]!.kind !== 'comment') return this.#tokens[index];
    }
    return undefined;
  }

  /** Last line before `offset` that holds a token of any kind; 0 when there is none. */
  lineBefore(offset: number): number {
    return this.#tokens[this.#indexAt(offset) - 1]?.endLine ?? 0;
  }

  /** The comment that follows the entity on its last line, with at most its terminator in between. */
  trailing(span: Span): Comment | undefined {
    let line = span.endLine;
    let depth = 0;
    let terminated = false;
    for (let index = this.#indexAt(span.endOffset); index < this.#tokens.length; index++) {
      const token = this.#tokens[index]!;
      if (token.startLine !== line) return undefined;
      if (token.kind === 'comment') return this.#commentAt.get(token.startOffset);
      line = token.endLine;
      if (terminated || token.spelling === '}') return undefined;
      if ('([{'.includes(token.spelling)) depth++;
      else if (')]'.includes(token.spelling)) depth--;
      else if (depth <= 0 && (token.spelling === ',' || token.spelling === ';')) terminated = true;
    }
    return undefined;
  }

  /** The comment that stands on lines of its own right above the entity. */
  leading(span: Span): Comment | undefined {
    const first = this.lineStart(span.startOffset);
    if (first && first.startOffset < span.startOffset) return undefined;
    return this.#ownLineEndingOn.get(span.startLine - 1);
  }

  /** A comment in the middle of a declaration, e.g. `__u64 /* pointer to bytes *\/ data`. */
  inside(span: Span): Comment | undefined {
    return this.comments.find(
      (comment) => comment.startOffset > span.startOffset && comment.startOffset < span.endOffset,
    );
  }

  /** What is said about the entity outside of it: what leads, then what trails. */
  words(span: Span): readonly string[] {
    return [this.leading(span), this.trailing(span)].flatMap((comment) => comment?.lines ?? []);
  }

  /** The doc of an entity that holds no other: a comment inside it is its own, too, but speaks last. */
  docOf(span: Span): DocText | undefined {
    return docText(this.words(span)) ?? docText(this.inside(span)?.lines ?? []);
  }

  #indexAt(offset: number): number {
    let low = 0;
    let high = this.#tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tokens[middle]!.startOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Long structs mark their offsets with comments such as `0x40`, and members that were taken out stay as comments, such as
 * `IORING_OP_OLD = 3,` or `__u32 old[2];`: neither says anything about what follows.
 */
function saysNothing(comment: Comment): boolean {
  const text = comment.lines.join('\n').trim();
  return (
    /^0x[0-9a-f]+$/i.test(text) ||
    /^[A-Z][A-Z0-9]*_\w+(\s*=\s*[^,]+)?,$|^__?[a-z]\w*\s+\w+(\[\w*\])?;$/.test(text)
  );
}

function readComments(tokens: readonly Token[]): readonly Comment[] {
  const comments: Comment[] = [];
  let previous: Token | undefined;
  for (const token of tokens) {
    if (token.kind === 'comment') {
      const ownLine = previous === undefined || previous.endLine < token.startLine;
      const last = comments.at(-1);
      const continues =
        ownLine && token.spelling.startsWith('//') && previous?.spelling.startsWith('//') && last?.ownLine;
      if (continues && last && last.endLine === token.startLine - 1) {
        comments[comments.length - 1] = {
          ...last,
          endLine: token.endLine,
          lines: [...last.lines, ...undecorated(token.spelling)],
        };
      } else {
        comments.push({
          lines: undecorated(token.spelling),
          startLine: token.startLine,
          endLine: token.endLine,
          startColumn: token.startColumn,
          startOffset: token.startOffset,
          ownLine,
        });
      }
    }
    previous = token;
  }
  return comments;
}

function undecorated(spelling: string): readonly string[] {
  if (spelling.startsWith('//')) return trimBlank([spelling.replace(/^\/\/+!?[ ]?/, '').trimEnd()]);
  const body = spelling.replace(/^\/\*+!?/, '').replace(/\**\*\/$/, '');
  const lines = body.split('\n').map((line, index) => {
    if (index === 0) return line.trim();
    const starred = /^\s*\*/.exec(line);
    return (starred ? line.slice(starred[0].length).replace(/^ /, '') : line.trimStart()).trimEnd();
  });
  return trimBlank(lines);
}

function trimBlank(lines: readonly string[]): readonly string[] {
  let start = 0;
  let end = lines.length;
  while (start < end && lines[start] === '') start++;
  while (end > start && lines[end - 1] === '') end--;
  return lines.slice(start, end);
}

/** Lines as a doc: columns inside a line collapse, indentation stays, as spaces. */
export function docText(lines: readonly string[]): DocText | undefined {
  const text = trimBlank(lines)
    .map((line) => {
      const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
      const width = [...indent].reduce((at, char) => (char === '\t' ? at + 8 - (at % 8) : at + 1), 0);
      return ' '.repeat(width) + line.slice(indent.length).replace(/[ \t]+/g, ' ');
    })
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
  return text === '' ? undefined : text;
}

/** An object with a doc, or without the key: absent facts are absent keys. */
export function withDoc(doc: DocText | undefined): { readonly doc?: DocText } {
  return doc === undefined ? {} : { doc };
}
