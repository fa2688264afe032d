/**
 * Header facts: everything ringsmith reads out of a kernel's UAPI headers, as plain JSON.
 * Facts say what the header says and nothing else; what it means is the model's business.
 * 64-bit values are decimal strings, so that a JSON round trip loses no bit.
 */

/** An integer of any size, in decimal, e.g. `"-2"` or `"18446744073709551615"`. */
export type DecimalText = string;

/** Where an entity stands: index into {@link HeaderFacts.files}, 1-based line. */
export interface FactLocation {
  readonly file: number;
  readonly line: number;
}

/** Text of a comment with its decoration removed; paragraphs and lines are kept, separated by `\n`. */
export type DocText = string;

export interface FileFact {
  /** As a program would include it, e.g. `linux/io_uring.h`; a file from elsewhere has its base name. */
  readonly include: string;
  /** Hex digest of the bytes that were parsed. */
  readonly sha256: string;
}

/** A C type as a field has it, reduced to what bytes need. */
export type TypeFact =
  | {
      readonly kind: 'int';
      readonly bits: 8 | 16 | 32 | 64;
      readonly signed: boolean;
      readonly spelling: string;
    }
  | { readonly kind: 'pointer'; readonly pointee: string; readonly bits: number; readonly spelling: string }
  | {
      readonly kind: 'record';
      readonly name: string;
      readonly record: 'struct' | 'union';
      readonly spelling: string;
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly bits: 8 | 16 | 32 | 64;
      readonly signed: boolean;
      readonly spelling: string;
    }
  | {
      readonly kind: 'array';
      readonly element: TypeFact;
      /** Number of elements; 0 for a zero-length array and `flexible` for `x[]` and for `x[0]` used as one. */
      readonly length: number | 'flexible';
      readonly spelling: string;
      /** Present where it stands for a value that no integer holds, a `double` or `__int128`: its alignment in bytes. */
      readonly valueAlign?: number;
    };

/** A named member. Offsets count from the start of the outermost named record. */
export interface FieldFact {
  readonly kind: 'field';
  readonly name: string;
  readonly type: TypeFact;
  readonly offsetBits: number;
  readonly sizeBits: number;
  /** Present only for bit fields. */
  readonly bitFieldWidth?: number;
  readonly doc?: DocText;
  readonly location: FactLocation;
}

/** An anonymous struct or union inside a record; its members are members of the outer record. */
export interface AnonymousFact {
  readonly kind: 'struct' | 'union';
  readonly offsetBits: number;
  readonly sizeBits: number;
  readonly alignBits: number;
  readonly packed?: true;
  readonly members: readonly MemberFact[];
  readonly doc?: DocText;
  readonly location: FactLocation;
}

export type MemberFact = FieldFact | AnonymousFact;

export interface RecordFact {
  readonly kind: 'struct' | 'union';
  /** Tag, e.g. `io_uring_sqe`; for an untagged record behind a typedef, the typedef's name. */
  readonly name: string;
  /** The name is a typedef's: C knows no tag of that name. */
  readonly typedef?: true;
  readonly sizeBits: number;
  readonly alignBits: number;
  readonly packed?: true;
  readonly members: readonly MemberFact[];
  readonly doc?: DocText;
  readonly location: FactLocation;
}

export interface EnumeratorFact {
  readonly name: string;
  readonly value: DecimalText;
  readonly doc?: DocText;
  readonly location: FactLocation;
}

export interface EnumFact {
  /** Tag; absent for an anonymous enum. */
  readonly name?: string;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  readonly members: readonly EnumeratorFact[];
  /** The comment above it when that is a group header or its documentation. */
  readonly doc?: DocText;
  readonly location: FactLocation;
}

/** An object-like macro that evaluates to a constant. */
export interface MacroFact {
  readonly name: string;
  readonly value:
    | {
        readonly kind: 'int';
        readonly value: DecimalText;
        readonly bits: 8 | 16 | 32 | 64;
        readonly signed: boolean;
      }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'float'; readonly value: number };
  /** The macro's own text, single-spaced, comments removed, e.g. `(1U << 0)`. */
  readonly expression: string;
  readonly doc?: DocText;
  /** Index into {@link HeaderFacts.groups} of the group header it stands under. */
  readonly group?: number;
  readonly location: FactLocation;
}

/** A macro that has no value of its own: function-like, empty, or not an expression. Recorded so that nothing is lost. */
export interface OtherMacroFact {
  readonly name: string;
  readonly reason: 'function-like' | 'empty' | 'not-constant';
  readonly expression: string;
  readonly location: FactLocation;
}

/** A comment that speaks for a run of macros, e.g. `sqe->fsync_flags` or `io_uring_setup() flags`. */
export interface GroupFact {
  readonly doc: DocText;
  /** `record->field` mentions in the comment, in order, e.g. `["sqe->fsync_flags"]`. */
  readonly mentions: readonly string[];
  readonly location: FactLocation;
}

export interface TypedefFact {
  readonly name: string;
  readonly type: string;
  readonly location: FactLocation;
}

export interface HeaderFacts {
  /** Version of this JSON's shape; a reader refuses one it does not know. */
  readonly schema: 1;
  readonly target: { readonly triple: string; readonly pointerBits: number; readonly bigEndian?: boolean };
  readonly files: readonly FileFact[];
  readonly enums: readonly EnumFact[];
  readonly records: readonly RecordFact[];
  readonly macros: readonly MacroFact[];
  readonly otherMacros: readonly OtherMacroFact[];
  readonly groups: readonly GroupFact[];
  readonly typedefs: readonly TypedefFact[];
}
