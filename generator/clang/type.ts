/** Type over a native unit. One object exists for each type of a unit, so what it caches is shared by its cursors. */

import type { Cursor, Type } from './api.js';
import type { Index } from './native.js';
import type { UnitContext } from './unit-context.js';

/** libclang's negative answers name the reason (incomplete, dependent, ...), which nobody here asks for. */
const UNKNOWN = -1;

export class ClangType implements Type {
  private spellingCache: string | undefined;
  private fieldsCache: readonly Cursor[] | undefined;

  constructor(
    private readonly unit: UnitContext,
    private readonly index: Index,
  ) {}

  get kind(): string {
    return this.unit.names.ofType(this.unit.native.typeKind(this.index));
  }

  get spelling(): string {
    const { native } = this.unit;
    this.spellingCache ??= native.typeSpelling(this.index);
    return this.spellingCache;
  }

  get canonical(): Type {
    return this.unit.typeAt(this.unit.native.canonical(this.index));
  }

  get size(): number {
    return Math.max(UNKNOWN, this.unit.native.typeSize(this.index));
  }

  get align(): number {
    return Math.max(UNKNOWN, this.unit.native.typeAlign(this.index));
  }

  get arraySize(): number {
    return Math.max(UNKNOWN, this.unit.native.arraySize(this.index));
  }

  get arrayElement(): Type | undefined {
    return this.unit.optionalTypeAt(this.unit.native.arrayElement(this.index));
  }

  get pointee(): Type | undefined {
    return this.unit.optionalTypeAt(this.unit.native.pointee(this.index));
  }

  get declaration(): Cursor | undefined {
    return this.unit.cursorAt(this.unit.native.typeDeclaration(this.index));
  }

  get result(): Type | undefined {
    return this.unit.optionalTypeAt(this.unit.native.result(this.index));
  }

  fields(): readonly Cursor[] {
    const { native } = this.unit;
    this.fieldsCache ??= this.unit.cursorsOf(native.typeFields(this.index));
    return this.fieldsCache;
  }
}

const UNSIGNED_KINDS: ReadonlySet<string> = new Set([
  'Bool',
  'Char_U',
  'UChar',
  'UShort',
  'UInt',
  'ULong',
  'ULongLong',
  'UInt128',
]);

/** Whether values of an integer or enum type are unsigned. */
export function isUnsigned(type: Type): boolean {
  const { canonical } = type;
  if (canonical.kind !== 'Enum') return UNSIGNED_KINDS.has(canonical.kind);
  const integer = canonical.declaration?.enumIntegerType;
  return integer !== undefined && UNSIGNED_KINDS.has(integer.canonical.kind);
}
