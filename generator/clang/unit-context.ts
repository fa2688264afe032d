/** What cursors and types need of the unit they belong to; kept apart so that the three do not import each other. */

import type { Cursor, SourceLocation, Token, TokenKind, Type } from './api.js';
import type { KindNames } from './kind-names.js';
import type { Index, NativeCursors, NativeTokens, NativeUnit } from './native.js';

export interface UnitContext {
  /** The native unit; throws when the unit is disposed of, so that cached answers do not outlive it either. */
  readonly native: NativeUnit;
  readonly names: KindNames;
  /** Where native calls write positions to; overwritten by the next one. */
  readonly positions: Uint32Array;
  cursorAt(index: Index): Cursor | undefined;
  cursorsOf(pairs: NativeCursors): readonly Cursor[];
  typeAt(index: Index): Type;
  optionalTypeAt(index: Index): Type | undefined;
  fileAt(index: Index): string;
}

/** Reads the position that starts at `start` of the context's array. */
export function locationFrom(unit: UnitContext, start: number): SourceLocation {
  const { positions } = unit;
  return {
    file: unit.fileAt(positions[start]!),
    line: positions[start + 1]!,
    column: positions[start + 2]!,
    offset: positions[start + 3]!,
  };
}

/** By CXTokenKind. */
const TOKEN_KINDS: readonly TokenKind[] = ['punctuation', 'keyword', 'identifier', 'literal', 'comment'];
const NUMBERS_PER_TOKEN = 6;

export function tokensFrom(native: NativeTokens | undefined): readonly Token[] {
  if (native === undefined) return [];
  const { spellings, numbers } = native;
  return spellings.map((spelling, i) => {
    const at = i * NUMBERS_PER_TOKEN;
    return {
      kind: TOKEN_KINDS[numbers[at]!] ?? 'punctuation',
      spelling,
      startLine: numbers[at + 1]!,
      startColumn: numbers[at + 2]!,
      startOffset: numbers[at + 3]!,
      endLine: numbers[at + 4]!,
      endOffset: numbers[at + 5]!,
    };
  });
}
