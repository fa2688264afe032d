/**
 * The cursor API the generator is written against: libclang's C API, thinned to what ringsmith asks of it.
 * Types only; `index.ts` holds the implementation over the native addon.
 */

/** A position in a file as the preprocessor sees it (the expansion location). */
export interface SourceLocation {
  /** Path as libclang spells it; empty when the cursor has no file (built-in macros, the command line). */
  readonly file: string;
  /** 1-based; 0 when there is no file. */
  readonly line: number;
  /** 1-based; 0 when there is no file. */
  readonly column: number;
  /** Byte offset in the file, 0-based. */
  readonly offset: number;
}

/** From the first byte of an entity to the first byte after it. */
export interface SourceExtent {
  readonly start: SourceLocation;
  readonly end: SourceLocation;
}

export type DiagnosticSeverity = 'ignored' | 'note' | 'warning' | 'error' | 'fatal';

export interface Diagnostic {
  readonly severity: DiagnosticSeverity;
  readonly message: string;
  readonly location: SourceLocation;
}

export type TokenKind = 'punctuation' | 'keyword' | 'identifier' | 'literal' | 'comment';

export interface Token {
  readonly kind: TokenKind;
  readonly spelling: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly startOffset: number;
  readonly endLine: number;
  readonly endOffset: number;
}

/** What an expression, a variable's initialiser or an enumerator evaluates to. */
export type Evaluation =
  | { readonly kind: 'int'; readonly value: bigint; readonly unsigned: boolean }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

/** A C type. Two Type objects may denote one type; compare by `canonical.spelling`. */
export interface Type {
  /** libclang's kind name, e.g. `Int`, `ULongLong`, `Record`, `Elaborated`, `Typedef`, `Pointer`, `ConstantArray`. */
  readonly kind: string;
  readonly spelling: string;
  readonly canonical: Type;
  /** In bytes; -1 when incomplete, invalid or dependent. */
  readonly size: number;
  /** In bytes; -1 as for size. */
  readonly align: number;
  /** Number of elements of an array; -1 for an incomplete array or something else. */
  readonly arraySize: number;
  readonly arrayElement: Type | undefined;
  readonly pointee: Type | undefined;
  readonly declaration: Cursor | undefined;
  /** Result type of a function type. */
  readonly result: Type | undefined;
  /** Fields of a record type in order (clang_Type_visitFields): anonymous records come as one field. */
  fields(): readonly Cursor[];
}

/** A node of the syntax tree (or of the preprocessing record). */
export interface Cursor {
  /** libclang's kind name without its prefix, e.g. `EnumDecl`, `FieldDecl`, `MacroDefinition`, `CallExpr`. */
  readonly kind: string;
  /** Empty for an anonymous entity, whatever the version of libclang; the typedef's name where only that names it. */
  readonly spelling: string;
  readonly type: Type;
  readonly location: SourceLocation;
  readonly extent: SourceExtent;
  /** As `extent`, but what is an argument of a macro is where it is written, and not where the macro is used. */
  readonly writtenExtent: SourceExtent;
  readonly isDefinition: boolean;
  /** libclang could not make sense of the declaration, e.g. an unknown field type. */
  readonly isInvalidDeclaration: boolean;
  /** On a record's declaration: it is an anonymous struct or union inside another record. */
  readonly isAnonymousRecord: boolean;
  /** The entity has no name at all (anonymous enum, unnamed struct). */
  readonly isAnonymous: boolean;
  readonly isBitField: boolean;
  /** In bits; -1 when not a bit field. */
  readonly bitFieldWidth: number;
  /** In bits from the start of the record it is declared in; negative when unknown. */
  readonly offsetOfField: number;
  /** Value of an enumerator as a signed and as an unsigned 64-bit number. */
  readonly enumValue: bigint;
  readonly enumValueUnsigned: bigint;
  /** The integer type of an enum declaration. */
  readonly enumIntegerType: Type;
  readonly underlyingTypedefType: Type;
  readonly isMacroFunctionLike: boolean;
  readonly isMacroBuiltin: boolean;
  /** The declaration a reference points to, if any; a declaration refers to itself. */
  readonly referenced: Cursor | undefined;
  /** The definition of the declared entity, if this unit has one. */
  readonly definition: Cursor | undefined;
  readonly semanticParent: Cursor | undefined;
  /** Operator of a BinaryOperator / CompoundAssignOperator, e.g. `&`, `|=`; undefined for others. Needs libclang 17. */
  readonly binaryOperator: string | undefined;
  /** Operator of a UnaryOperator, e.g. `!`, `~`, `*`, `&`, `-`, `++` (prefix and postfix alike). Needs libclang 17. */
  readonly unaryOperator: string | undefined;
  /** Equal for cursors that denote the same node of the same unit, and for no others. */
  readonly hash: number;
  children(): readonly Cursor[];
  /** clang_Cursor_Evaluate; undefined when libclang cannot. */
  evaluate(): Evaluation | undefined;
  /** Tokens of the cursor's extent. */
  tokens(): readonly Token[];
}

/** A parsed unit. Dispose it when done; its cursors and types are invalid afterwards (using one throws). */
export interface TranslationUnit extends Disposable {
  /** In libclang's order, each followed by its notes. */
  readonly diagnostics: readonly Diagnostic[];
  readonly cursor: Cursor;
  /** e.g. `x86_64-unknown-linux-gnu`. */
  readonly targetTriple: string;
  readonly pointerBits: number;
  /** Every file the unit read, in the order of their first inclusion, the main file first. */
  readonly files: readonly string[];
  /** All tokens of one file of the unit, comments included; empty when the unit did not read it. */
  tokensOf(file: string): readonly Token[];
  /** Bytes of a file as the unit read them (unsaved contents included). */
  contentsOf(file: string): Uint8Array | undefined;
  dispose(): void;
}

export interface ParseOptions {
  /** Name of the main file; it need not exist when `unsaved` has it. */
  readonly fileName: string;
  /**
   * Contents that shadow files on disk. Names are those libclang looks up: where the main file has no folder, a header
   * next to it is `./name.h`.
   */
  readonly unsaved?: Readonly<Record<string, string>>;
  /** Compiler arguments, without the file name. */
  readonly args: readonly string[];
  /** Record macro definitions and expansions (CXTranslationUnit_DetailedPreprocessingRecord). */
  readonly detailedPreprocessing?: boolean;
  readonly skipFunctionBodies?: boolean;
  /**
   * Do not stop at a fatal error such as a missing include (CXTranslationUnit_KeepGoing). Its severity becomes `error`.
   */
  readonly keepGoing?: boolean;
}

/** A loaded libclang. */
export interface Clang {
  /** Major version, e.g. 19. */
  readonly major: number;
  /** Full version text as libclang reports it. */
  readonly version: string;
  /** The shared object that was loaded. */
  readonly path: string;
  /** Throws an Error with the CXErrorCode's name when there is no unit at all, e.g. for a main file that is missing. */
  parse(options: ParseOptions): TranslationUnit;
}
