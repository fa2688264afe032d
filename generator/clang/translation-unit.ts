/** TranslationUnit over a native unit: the owner of its cursors, types and file names. */

import type {
  Cursor,
  Diagnostic,
  DiagnosticSeverity,
  ParseOptions,
  Token,
  TranslationUnit,
  Type,
} from './api.js';
import { ClangCursor } from './cursor.js';
import type { KindNames } from './kind-names.js';
import type { Index, NativeAddon, NativeCursors, NativeDiagnostic, NativeUnit } from './native.js';
import { ClangType } from './type.js';
import { tokensFrom, type UnitContext } from './unit-context.js';

/** CXTranslationUnit_Flags. */
const DETAILED_PREPROCESSING_RECORD = 0x01;
const SKIP_FUNCTION_BODIES = 0x40;
const KEEP_GOING = 0x200;

/** By CXDiagnosticSeverity. */
const SEVERITIES: readonly DiagnosticSeverity[] = ['ignored', 'note', 'warning', 'error', 'fatal'];

const NO_CURSORS: readonly Cursor[] = [];

/** Parses; throws an Error naming the CXErrorCode when libclang has no unit to give. */
export function parseUnit(
  addon: NativeAddon,
  library: number,
  names: KindNames,
  options: ParseOptions,
): ClangUnit {
  const unsaved = Object.entries(options.unsaved ?? {});
  const flags =
    (options.detailedPreprocessing ? DETAILED_PREPROCESSING_RECORD : 0) |
    (options.skipFunctionBodies ? SKIP_FUNCTION_BODIES : 0) |
    (options.keepGoing ? KEEP_GOING : 0);
  const native = new addon.TranslationUnit(
    library,
    options.fileName,
    options.args,
    unsaved.map(([name]) => name),
    unsaved.map(([, contents]) => contents),
    flags,
  );
  return new ClangUnit(native, names);
}

export class ClangUnit implements TranslationUnit, UnitContext {
  readonly positions = new Uint32Array(8);
  private live: NativeUnit | undefined;
  private readonly types: ClangType[] = [];
  private readonly fileNames: string[] = [];
  private rootCache: Cursor | undefined;
  private diagnosticsCache: readonly Diagnostic[] | undefined;
  private filesCache: readonly string[] | undefined;

  constructor(
    native: NativeUnit,
    readonly names: KindNames,
  ) {
    this.live = native;
  }

  get native(): NativeUnit {
    if (this.live === undefined) throw new Error('the translation unit has been disposed of');
    return this.live;
  }

  get diagnostics(): readonly Diagnostic[] {
    const { native } = this;
    this.diagnosticsCache ??= native.diagnostics().map(diagnosticFrom);
    return this.diagnosticsCache;
  }

  get cursor(): Cursor {
    const { native } = this;
    this.rootCache ??= this.cursorAt(native.root());
    if (this.rootCache === undefined) throw new Error('libclang gave the translation unit no cursor');
    return this.rootCache;
  }

  get targetTriple(): string {
    return this.native.target().triple;
  }

  get pointerBits(): number {
    return this.native.target().pointerBits;
  }

  get files(): readonly string[] {
    const { native } = this;
    this.filesCache ??= [...new Set(Array.from(native.inclusions(), (file) => this.fileAt(file)))];
    return this.filesCache;
  }

  tokensOf(file: string): readonly Token[] {
    return tokensFrom(this.native.tokensOf(this.native.fileIndex(file)));
  }

  contentsOf(file: string): Uint8Array | undefined {
    return this.native.contentsOf(this.native.fileIndex(file));
  }

  dispose(): void {
    this.live?.dispose();
    this.live = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  cursorAt(index: Index): Cursor | undefined {
    return index === 0 ? undefined : new ClangCursor(this, index, this.native.cursorKind(index));
  }

  cursorsOf(pairs: NativeCursors): readonly Cursor[] {
    if (pairs === undefined) return NO_CURSORS;
    const cursors: Cursor[] = [];
    for (let i = 0; i < pairs.length; i += 2) cursors.push(new ClangCursor(this, pairs[i]!, pairs[i + 1]!));
    return cursors;
  }

  typeAt(index: Index): Type {
    const known = this.types[index];
    if (known !== undefined) return known;
    const type = new ClangType(this, index);
    this.types[index] = type;
    return type;
  }

  optionalTypeAt(index: Index): Type | undefined {
    return index === 0 ? undefined : this.typeAt(index);
  }

  fileAt(index: Index): string {
    const known = this.fileNames[index];
    if (known !== undefined) return known;
    const name = this.native.fileName(index);
    this.fileNames[index] = name;
    return name;
  }
}

function diagnosticFrom(native: NativeDiagnostic): Diagnostic {
  const { severity, message, file, line, column, offset } = native;
  return { severity: SEVERITIES[severity] ?? 'fatal', message, location: { file, line, column, offset } };
}
