/**
 * The model: what is true of one kernel's ABI, named and checked. Emitters and templates see nothing else.
 */
import type { Rule } from '../contract/contract.js';
import type { Direction, ResultRow } from '../semantics/row.js';
import type { Name } from './name.js';

export interface ConstantModel {
  readonly name: string;
  readonly value: bigint | string | number;
  /** On arm64, where it is another. */
  readonly arm64?: bigint | string | number;
  readonly doc?: string;
  /** e.g. `linux/io_uring.h:52`. */
  readonly from: string;
  /** The release of Linux that brought it, e.g. `6.7`, or `7.2 or earlier`. */
  readonly since?: string;
}

/** A set of named values that belong together: a C enum, or a run of flag macros under one group header. */
export interface FamilyModel {
  /** Of the TypeScript enum. */
  readonly name: Name;
  readonly members: readonly {
    readonly key: string;
    readonly constant: string;
    readonly value: bigint;
    /** On arm64, where it is another. */
    readonly arm64?: bigint;
    readonly doc?: string;
    /** As of the constant. */
    readonly since?: string;
  }[];
  readonly doc?: string;
  /** The domain of the overlay that it is. */
  readonly domain?: string;
  /** Domains whose constants are values of it as well. */
  readonly also?: readonly string[];
  /** Bits that belong to it and that the headers have no constant for. */
  readonly unnamed?: bigint;
  readonly from: string;
}

/** A family and the SQE fields its group header says it belongs to. */
export interface FieldFamily extends FamilyModel {
  readonly fields: readonly string[];
}

export type IntegerTypeName = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64';

/** A leaf of the SQE: a named field at a fixed place. */
export interface SqeFieldModel {
  /** As the header spells it. */
  readonly cName: string;
  readonly name: Name;
  readonly bitOffset: number;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  readonly doc?: string;
  /** Names of the fields it shares bits with. */
  readonly shares: readonly string[];
  /** TypeScript enum that lists its flags. */
  readonly family?: Name;
}

/** The byte area at the SQE's end that commands use (`cmd[0]`); absent before it existed. */
export interface SqeModel {
  readonly bytes: number;
  /** Bits that `sqe->flags` may have. */
  readonly flags?: KnownBits;
  readonly fields: readonly SqeFieldModel[];
  readonly command?: {
    readonly cName: string;
    readonly name: Name;
    readonly byteOffset: number;
    readonly doc?: string;
  };
}

/** One store into the SQE: what goes where. `argument` is named as builders take it. */
export interface StoreModel {
  readonly field: SqeFieldModel;
  readonly value:
    | { readonly kind: 'opcode' }
    | { readonly kind: 'fixed'; readonly value: number }
    /** `always`: bits that the operation needs; `group`: bits that go with a buffer group. */
    | {
        readonly kind: 'integer';
        readonly argument: string;
        readonly default?: number;
        readonly always?: number;
        readonly group?: number;
        readonly closeOnExec?: CloseOnExecModel;
        readonly known?: KnownBits;
        readonly natural?: true;
      }
    /** The group's number where one is given, else what another argument says of the same place. */
    | { readonly kind: 'group'; readonly argument: string; readonly otherwise?: string }
    | ({ readonly kind: 'address'; readonly closeOnExec?: RecordCloseOnExec } & MemoryStore)
    | ({ readonly kind: 'length' } & MemoryStore)
    /** How many items of so many bytes; `arm64`: there, where they are others. */
    | ({ readonly kind: 'count'; readonly bytes: number; readonly arm64?: number } & MemoryStore);
}

/** The bit that keeps a new descriptor from executed programs, or with `inverted` the one that hands it on. */
export interface CloseOnExecModel {
  readonly bit: number;
  readonly inverted?: true;
  /** The argument that asks for a direct descriptor, of which the kernel refuses the bit. */
  readonly slot?: string;
}

/** The same in a record that the operation points to. */
export interface RecordCloseOnExec extends CloseOnExecModel {
  /** Of the member. */
  readonly byteOffset: number;
}

interface MemoryStore {
  readonly argument: string;
  /** Memory that points to other memory. */
  readonly linked?: true;
  /** 0 where it is not given. */
  readonly optional?: true;
  /** Not given where a buffer group is. */
  readonly selectable?: true;
}

/** Enums whose members a parameter takes; without `keys` all of them. */
export interface FlagType {
  readonly enums: readonly { readonly name: Name; readonly keys?: readonly string[] }[];
  /** 0 is allowed beside them. */
  readonly zero: boolean;
  /** Absent where the values are no bits of a word. */
  readonly known?: KnownBits;
}

/** Bits that constants of the argument's families have: others are of another family, or newer than the header. */
export interface KnownBits {
  readonly bits: bigint;
  /** The families as an error calls them, e.g. `OpenFlags`. */
  readonly family: string;
  /** The bits that hold one of some values. */
  readonly choice?: { readonly mask: bigint; readonly values: readonly bigint[] };
}

/**
 * What may be given for a file: any kind of descriptor; a direct one; an ordinary one, with or without a handle that owns it; its bare
 * number; or any kind, with a bit of another argument saying that it is a direct one.
 */
export type FileArgument =
  | 'any'
  | 'direct'
  | 'ordinary'
  | 'bare'
  | { readonly argument: string; readonly directBit: number };

/** Memory of a registered buffer: always, or where an argument has a bit set. */
export interface Registrable {
  readonly registered?: {
    /** The argument that tells the buffer's place. */
    readonly index: string;
    readonly flag?: { readonly argument: string; readonly bits: bigint };
  };
}

interface ArgumentBase {
  readonly name: string;
  readonly optional: boolean;
  readonly doc: string;
}

/** One argument as a program writes it, and what becomes of it. */
export type ArgumentModel = ArgumentBase &
  (
    | {
        readonly kind: 'integer';
        readonly bits: 8 | 16 | 32 | 64;
        /** May exceed what a number can say exactly. */
        readonly wide: boolean;
        readonly flags?: FlagType;
        /** The kernel knows no negative ones. */
        readonly natural?: true;
        readonly file?: FileArgument;
        /** The user_data of an operation, for which its promise or stream may stand. */
        readonly operation?: true;
        /** Another argument says it: a builder takes it, a program does not give it. */
        readonly derived?: true;
      }
    /** `selectable`: the kernel may choose it from a group instead. */
    | ({ readonly kind: 'bytes'; readonly direction: Direction; readonly selectable: boolean } & Registrable)
    | { readonly kind: 'memory' | 'socketAddress' | 'timespec' | 'descriptors' }
    /** `isName`: a string that names something else than a file. */
    | { readonly kind: 'path'; readonly isName: boolean }
    /** Whether executed programs inherit the descriptors that it makes. */
    | { readonly kind: 'inheritable' }
    | ({ readonly kind: 'vector' | 'message'; readonly direction: 'in' | 'out' } & Registrable)
    | { readonly kind: 'record' | 'records'; readonly record: Name }
    /** What the kernel writes; not among the program's arguments. */
    | { readonly kind: 'result'; readonly byteLength: number; readonly arm64?: number }
    /** The same for as many items as the program's argument `most` says. */
    | {
        readonly kind: 'results';
        readonly byteLength: number;
        readonly arm64?: number;
        readonly most: { readonly name: string; readonly default: number };
      }
    /** An address the kernel writes; its length lies in memory of its own. */
    | { readonly kind: 'peer'; readonly lengthName: string }
  );

/** What the promise resolves with. */
export type ResultModel =
  | { readonly kind: 'number'; readonly doc: string }
  | { readonly kind: 'void' }
  /** `slot`: the argument that asks for a direct one. */
  | { readonly kind: 'descriptor'; readonly slot?: string; readonly doc: string }
  | Extract<ResultRow, { kind: 'answer' }>
  | {
      readonly kind: 'record' | 'records';
      readonly record: Name;
      readonly argument: string;
      readonly doc: string;
    }
  | {
      readonly kind: 'descriptors';
      readonly argument: string;
      readonly slot?: string;
      readonly doc: string;
    }
  | { readonly kind: 'message'; readonly argument: string; readonly doc: string };

export interface OperationModel {
  readonly name: Name;
  readonly constant: string;
  readonly opcode: number;
  readonly sqeBytes: 64 | 128;
  /** Paragraphs of its documentation. */
  readonly docs: readonly string[];
  readonly man?: string;
  readonly since?: string;
  /** Its completion may have two more words. */
  readonly extra: boolean;
  /** Absent for an operation over the SQE's own fields. */
  readonly typed?: {
    readonly args: readonly ArgumentModel[];
    /** What all operations take and this one refuses. */
    readonly refused: readonly string[];
    readonly stores: readonly StoreModel[];
    readonly result: ResultModel;
  };
  /** For people: what it could not be given because the header, or the contract, does not fit what ringsmith knows. */
  readonly lost?: string;
  /** Fields that an operation over the SQE's own fields must, or must not, be given. */
  readonly fields?: { readonly required: readonly string[]; readonly refused: readonly string[] };
  /** The kernel's rules for it. */
  readonly rules?: readonly Rule[];
  /** On arm64, where they are others. */
  readonly arm64Rules?: readonly Rule[];
  /** What the kernel calls the fields it reads. */
  readonly fieldNames?: readonly { readonly field: string; readonly name?: string }[];
  readonly from: string;
}

export interface RecordFieldModel {
  readonly cName: string;
  readonly name: Name;
  readonly byteOffset: number;
  /** On arm64, where it is another. */
  readonly arm64?: number;
  readonly type: IntegerTypeName | { readonly record: string };
  /** Of flags. */
  readonly known?: KnownBits;
  /** Elements of an array; 0 for a flexible one. */
  readonly count?: number;
  readonly bitField?: { readonly offset: number; readonly width: number };
  readonly doc?: string;
  readonly from: string;
}

/** A member of a record as C declares it, anonymous members included: for the C++ declarations. */
export type CMemberModel =
  | {
      readonly kind: 'field';
      readonly declaration: string;
      readonly name: string;
      readonly bitOffset: number;
    }
  | {
      readonly kind: 'struct' | 'union';
      readonly packed: boolean;
      readonly members: readonly CMemberModel[];
    };

export interface RecordModel {
  readonly cName: string;
  readonly name: Name;
  readonly kind: 'struct' | 'union';
  /** The name is a typedef's, not a tag. */
  readonly typedef: boolean;
  readonly bytes: number;
  /** On arm64, where they are others. */
  readonly arm64?: number;
  readonly align: number;
  readonly fields: readonly RecordFieldModel[];
  /** `packed`: the compiler leaves no gaps of its own. */
  readonly cBody: { readonly packed: boolean; readonly members: readonly CMemberModel[] };
  readonly doc?: string;
  readonly from: string;
}

export interface Model {
  /** What it was generated for, e.g. `Linux 7.3` or a header's base name. */
  readonly label: string;
  /** Where the facts came from, for the preamble. */
  readonly source: string;
  /** Digest of the facts. */
  readonly sourceHash: string;
  /** Machines that it is for, as Node calls them. Two are x64 and arm64: what differs has the other's value beside it. */
  readonly architectures: readonly string[];
  readonly constants: readonly ConstantModel[];
  readonly families: readonly FamilyModel[];
  readonly records: readonly RecordModel[];
  readonly sqe: SqeModel;
  readonly operations: readonly OperationModel[];
  /** Where the contracts come from, e.g. `Linux 7.3 (linux-source-7.3 7.3.4-1)`, and what holds for every operation. */
  readonly contract?: {
    readonly from: string;
    readonly common: readonly Rule[];
    readonly arm64Common?: readonly Rule[];
  };
}
