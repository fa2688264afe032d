/**
 * The model: what is true of one kernel's ABI, named and checked. Emitters and templates see nothing else.
 */
import type { OperationRow, ResultRow } from '../semantics/row.js';
import type { Name } from './name.js';

export interface ConstantModel {
  readonly name: string;
  readonly value: bigint | string | number;
  readonly doc?: string;
  /** e.g. `linux/io_uring.h:52`. */
  readonly from: string;
}

/** A set of named values that belong together: a C enum, or a run of flag macros under one group header. */
export interface FamilyModel {
  /** Of the TypeScript enum. */
  readonly name: Name;
  readonly members: readonly {
    readonly key: string;
    readonly constant: string;
    readonly value: bigint;
    readonly doc?: string;
  }[];
  readonly doc?: string;
  readonly from: string;
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
  readonly fields: readonly SqeFieldModel[];
  readonly command?: {
    readonly cName: string;
    readonly name: Name;
    readonly byteOffset: number;
    readonly doc?: string;
  };
}

/** One store into the SQE: what goes where. */
export interface StoreModel {
  readonly field: SqeFieldModel;
  readonly value:
    | { readonly kind: 'opcode' }
    | { readonly kind: 'fixed'; readonly value: number }
    | { readonly kind: 'integer'; readonly argument: string; readonly default?: number }
    | { readonly kind: 'address' | 'vectorAddress'; readonly argument: string }
    | { readonly kind: 'length'; readonly argument: string }
    | { readonly kind: 'vectorCount'; readonly argument: string };
}

export type ArgumentKind = 'integer' | 'bytes' | 'vector' | 'path' | 'socketAddress' | 'timespec' | 'record';

export interface ArgumentModel {
  readonly name: string;
  readonly kind: ArgumentKind;
  readonly direction?: 'source' | 'target';
  /** Bits of an integer's field. */
  readonly bits?: number;
  readonly family?: Name;
  readonly optional: boolean;
  readonly doc: string;
  /** Of a record that the kernel fills. */
  readonly byteLength?: number;
}

export interface OperationModel {
  readonly name: Name;
  readonly constant: string;
  readonly opcode: number;
  readonly sqeBytes: 64 | 128;
  readonly doc: string;
  readonly man?: string;
  readonly since?: string;
  /** Absent for an operation over the SQE's own fields. */
  readonly typed?: {
    readonly args: readonly ArgumentModel[];
    readonly stores: readonly StoreModel[];
    readonly result: ResultRow;
  };
  readonly from: string;
}

export interface RecordFieldModel {
  readonly cName: string;
  readonly name: Name;
  readonly byteOffset: number;
  readonly type: IntegerTypeName | { readonly record: string };
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
  readonly align: number;
  readonly packed: boolean;
  readonly fields: readonly RecordFieldModel[];
  readonly cMembers: readonly CMemberModel[];
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
  readonly constants: readonly ConstantModel[];
  readonly families: readonly FamilyModel[];
  readonly records: readonly RecordModel[];
  readonly sqe: SqeModel;
  readonly operations: readonly OperationModel[];
}

export type OperationRows = Readonly<Record<string, OperationRow>>;
