/**
 * Cursor over a native unit. Units have hundreds of thousands of cursors: an object holds its index and kind, asks the
 * addon when read, and keeps only the answers that walks ask for again.
 */

import type { Cursor, Evaluation, SourceExtent, SourceLocation, Token, Type } from './api.js';
import type { Index } from './native.js';
import { isUnsigned } from './type.js';
import { locationFrom, tokensFrom, type UnitContext } from './unit-context.js';

const TAG_KINDS: ReadonlySet<string> = new Set(['StructDecl', 'UnionDecl', 'EnumDecl']);

export class ClangCursor implements Cursor {
  private spellingCache: string | undefined;
  private typeCache: Type | undefined;
  private locationCache: SourceLocation | undefined;
  private childrenCache: readonly Cursor[] | undefined;
  private referencedCache: Cursor | null | undefined;

  constructor(
    private readonly unit: UnitContext,
    private readonly index: Index,
    private readonly kindNumber: number,
  ) {}

  get kind(): string {
    // Read for its check only: the name itself would outlive the unit.
    void this.unit.native;
    return this.unit.names.ofCursor(this.kindNumber);
  }

  get spelling(): string {
    const { native } = this.unit;
    this.spellingCache ??= this.nameFrom(native.cursorSpelling(this.index));
    return this.spellingCache;
  }

  /**
   * Versions of libclang differ in how they spell what has no name of its own: some describe it, `(unnamed at ...)`,
   * and those before 16 leave out the name a typedef gives. Here it is the typedef's name, else empty, in all.
   */
  private nameFrom(spelling: string): string {
    const isTag = TAG_KINDS.has(this.kind);
    if (spelling === '' && isTag && !this.isAnonymous) {
      const typeSpelling = this.type.spelling;
      return /^\w+$/.test(typeSpelling) ? typeSpelling : '';
    }
    return (isTag || this.kind === 'FieldDecl') && spelling.includes('(') ? '' : spelling;
  }

  get type(): Type {
    const { native } = this.unit;
    this.typeCache ??= this.unit.typeAt(native.cursorType(this.index));
    return this.typeCache;
  }

  get location(): SourceLocation {
    const { native } = this.unit;
    if (this.locationCache === undefined) {
      native.cursorLocation(this.index, this.unit.positions);
      this.locationCache = locationFrom(this.unit, 0);
    }
    return this.locationCache;
  }

  get extent(): SourceExtent {
    this.unit.native.cursorExtent(this.index, this.unit.positions);
    return { start: locationFrom(this.unit, 0), end: locationFrom(this.unit, 4) };
  }

  get writtenExtent(): SourceExtent {
    this.unit.native.cursorWrittenExtent(this.index, this.unit.positions);
    return { start: locationFrom(this.unit, 0), end: locationFrom(this.unit, 4) };
  }

  get isDefinition(): boolean {
    return this.unit.native.isDefinition(this.index);
  }

  get isInvalidDeclaration(): boolean {
    return this.unit.native.isInvalidDeclaration(this.index);
  }

  get isAnonymousRecord(): boolean {
    return this.unit.native.isAnonymousRecord(this.index);
  }

  get isAnonymous(): boolean {
    return this.unit.native.isAnonymous(this.index);
  }

  get isBitField(): boolean {
    return this.unit.native.isBitField(this.index);
  }

  get bitFieldWidth(): number {
    return this.unit.native.bitFieldWidth(this.index);
  }

  get offsetOfField(): number {
    return this.unit.native.offsetOfField(this.index);
  }

  get enumValue(): bigint {
    return BigInt.asIntN(64, this.enumerator());
  }

  get enumValueUnsigned(): bigint {
    return BigInt.asUintN(64, this.enumerator());
  }

  /** libclang extends a value of fewer than 64 bits the way it is asked, not the way its type says. */
  private enumerator(): bigint {
    const { native } = this.unit;
    return isUnsigned(this.type)
      ? native.cursorEnumValueUnsigned(this.index)
      : native.cursorEnumValue(this.index);
  }

  get enumIntegerType(): Type {
    return this.unit.typeAt(this.unit.native.enumIntegerType(this.index));
  }

  get underlyingTypedefType(): Type {
    return this.unit.typeAt(this.unit.native.underlyingTypedefType(this.index));
  }

  get isMacroFunctionLike(): boolean {
    return this.unit.native.isMacroFunctionLike(this.index);
  }

  get isMacroBuiltin(): boolean {
    return this.unit.native.isMacroBuiltin(this.index);
  }

  get referenced(): Cursor | undefined {
    const { native } = this.unit;
    if (this.referencedCache === undefined) {
      this.referencedCache = this.unit.cursorAt(native.referenced(this.index)) ?? null;
    }
    return this.referencedCache ?? undefined;
  }

  get definition(): Cursor | undefined {
    return this.unit.cursorAt(this.unit.native.definition(this.index));
  }

  get semanticParent(): Cursor | undefined {
    return this.unit.cursorAt(this.unit.native.semanticParent(this.index));
  }

  get binaryOperator(): string | undefined {
    return this.unit.native.binaryOperator(this.index);
  }

  get unaryOperator(): string | undefined {
    return this.unit.native.unaryOperator(this.index);
  }

  get hash(): number {
    return this.unit.native.cursorIdentity(this.index);
  }

  children(): readonly Cursor[] {
    const { native } = this.unit;
    this.childrenCache ??= this.unit.cursorsOf(native.cursorChildren(this.index));
    return this.childrenCache;
  }

  evaluate(): Evaluation | undefined {
    if (this.kind === 'EnumConstantDecl') {
      return { kind: 'int', value: this.enumerator(), unsigned: isUnsigned(this.type) };
    }
    return this.unit.native.cursorEvaluate(this.index);
  }

  tokens(): readonly Token[] {
    return tokensFrom(this.unit.native.cursorTokens(this.index));
  }
}
