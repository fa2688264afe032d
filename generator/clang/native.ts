/** The native addon as TypeScript sees it, and finding and loading its file. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { addonFiles } from '../package-root.js';
import { Problem } from '../problem.js';

/** A loaded libclang; the handle is valid in every thread of the process. */
export interface NativeLibrary {
  readonly handle: number;
  readonly version: string;
  readonly path: string;
}

export interface NativeDiagnostic {
  readonly severity: number;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Six numbers for each token: kind, start line, column and offset, end line and offset. */
export interface NativeTokens {
  readonly spellings: readonly string[];
  readonly numbers: Uint32Array;
}

export type NativeEvaluation =
  | { readonly kind: 'int'; readonly value: bigint; readonly unsigned: boolean }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

/** Index of a cursor, type or file in the unit's tables. 0 stands for none (for types: the invalid type). */
export type Index = number;

/** Index and kind of each cursor in turn; undefined when there are none. */
export type NativeCursors = Uint32Array | undefined;

/** A parsed unit. Every method but `dispose` throws once it is disposed of, or when an index is out of range. */
export interface NativeUnit {
  dispose(): void;
  root(): Index;
  target(): { readonly triple: string; readonly pointerBits: number };
  diagnostics(): NativeDiagnostic[];
  inclusions(): Uint32Array;
  fileName(file: Index): string;
  fileIndex(name: string): Index;
  contentsOf(file: Index): Uint8Array | undefined;
  tokensOf(file: Index): NativeTokens | undefined;

  cursorKind(cursor: Index): number;
  cursorIdentity(cursor: Index): number;
  cursorSpelling(cursor: Index): string;
  cursorType(cursor: Index): Index;
  cursorChildren(cursor: Index): NativeCursors;
  /** Writes file, line, column and offset. */
  cursorLocation(cursor: Index, out: Uint32Array): void;
  /** Writes the same four numbers for the start and then for the end. */
  cursorExtent(cursor: Index, out: Uint32Array): void;
  cursorWrittenExtent(cursor: Index, out: Uint32Array): void;
  cursorEnumValue(cursor: Index): bigint;
  cursorEnumValueUnsigned(cursor: Index): bigint;
  cursorEvaluate(cursor: Index): NativeEvaluation | undefined;
  cursorTokens(cursor: Index): NativeTokens | undefined;
  isDefinition(cursor: Index): boolean;
  isInvalidDeclaration(cursor: Index): boolean;
  isAnonymous(cursor: Index): boolean;
  isAnonymousRecord(cursor: Index): boolean;
  isBitField(cursor: Index): boolean;
  isMacroFunctionLike(cursor: Index): boolean;
  isMacroBuiltin(cursor: Index): boolean;
  bitFieldWidth(cursor: Index): number;
  offsetOfField(cursor: Index): number;
  enumIntegerType(cursor: Index): Index;
  underlyingTypedefType(cursor: Index): Index;
  referenced(cursor: Index): Index;
  definition(cursor: Index): Index;
  semanticParent(cursor: Index): Index;
  binaryOperator(cursor: Index): string | undefined;
  unaryOperator(cursor: Index): string | undefined;

  typeKind(type: Index): number;
  typeSpelling(type: Index): string;
  typeSize(type: Index): number;
  typeAlign(type: Index): number;
  arraySize(type: Index): number;
  canonical(type: Index): Index;
  arrayElement(type: Index): Index;
  pointee(type: Index): Index;
  result(type: Index): Index;
  typeDeclaration(type: Index): Index;
  typeFields(type: Index): NativeCursors;
}

export interface NativeAddon {
  /** Throws an Error with the dynamic linker's reason. */
  open(path: string): NativeLibrary;
  cursorKindSpelling(library: number, kind: number): string;
  typeKindSpelling(library: number, kind: number): string;
  readonly TranslationUnit: new (
    library: number,
    fileName: string,
    args: readonly string[],
    unsavedNames: readonly string[],
    unsavedContents: readonly string[],
    options: number,
  ) => NativeUnit;
}

const ADDON_FILE = 'ringsmith_clang.node';

let loaded: NativeAddon | undefined;

/** Loads the addon, once; throws a Problem when it is not built. */
export function loadAddon(): NativeAddon {
  loaded ??= requireFirst(addonFiles(ADDON_FILE));
  return loaded;
}

/** The first that loads; the last one's reason when none does. */
function requireFirst([file, ...others]: readonly string[]): NativeAddon {
  try {
    return requireAddon(file!);
  } catch (problem) {
    if (others.length === 0) throw problem;
    return requireFirst(others);
  }
}

/** Exported for tests; use {@link loadAddon}. */
export function requireAddon(file: string): NativeAddon {
  if (!existsSync(file)) throw addonMissing(`The native addon ${file} has not been built.`);
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    throw addonMissing(`The native addon ${file} cannot be loaded: ${messageOf(error)}`, error);
  }
}

function addonMissing(what: string, cause?: unknown): Problem {
  return new Problem(
    {
      code: 'ADDON_MISSING',
      what,
      consequence: 'C headers and sources cannot be parsed.',
      remedy: 'Run `npm run build:native` in the ringsmith package; it needs a C++17 compiler.',
    },
    { cause },
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
