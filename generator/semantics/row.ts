/**
 * What ringsmith knows of an operation and the kernel's source does not say: what it is for, what its result means,
 * which length belongs to which memory, what an integer's values are called. Rows are data, keyed by the opcode and by the
 * field of the SQE; the model checks each against the header and the contract, so a row that no longer fits fails the
 * generation instead of producing a wrong builder. What a row leaves out comes from the contract.
 */
import type { DomainName } from './domains.js';

/** Who writes the memory: `in`: the program, for the kernel to read; `out`: the kernel. */
export type Direction = 'in' | 'out' | 'inout';

interface Described {
  /** As the program writes it, in camelCase. */
  readonly name: string;
  /** One sentence for the TSDoc. */
  readonly doc: string;
}

interface Optional {
  /** May be left out: then the field is 0. */
  readonly optional?: true;
}

/**
 * A descriptor beside the file that the operation as such is for: an ordinary one; a bare number, which no handle keeps
 * account of; or of any kind, with a bit of another argument saying that it is a direct one.
 */
export type OtherFile = 'ordinary' | 'bare' | { readonly argument: string; readonly directFlag: string };

/** Memory that lies, or may lie, in a buffer registered with the ring: the kernel then takes it by its place in the table. */
interface Registrable {
  readonly registered?: {
    /** The field with that place. It is no argument: the memory itself says it. */
    readonly index: string;
    /** The bit that says so, of an operation that takes other memory too. */
    readonly flag?: { readonly field: string; readonly constant: string };
  };
}

/**
 * How a descriptor that the operation makes is kept from the programs that the process executes, unless `inheritable` is
 * asked for: the bit that says so; with `inverted` the one that says the contrary, which goes with `inheritable`.
 */
export interface CloseOnExec {
  readonly constant: string;
  readonly inverted?: true;
}

/** One field of the SQE, and with it those that it names. */
export type FieldRow =
  | (Described & {
      /** A plain value. Required without a default. */
      readonly kind: 'integer';
      readonly default?: number;
      readonly domain?: DomainName;
      readonly file?: OtherFile;
      /** The user_data of an operation of the ring's: a program may say which by its promise or its stream. */
      readonly operation?: true;
      /** Bits that the kernel allows and the other arguments cannot serve: not offered by the type. */
      readonly without?: readonly string[];
      readonly closeOnExec?: CloseOnExec;
      /** A negative number means something, although the kernel's type has none. */
      readonly signed?: true;
    })
  | (Described &
      Optional &
      Registrable & {
        /** Data of any kind, copied where it lies in foreign memory. `length`: the field with its size in bytes. */
        readonly kind: 'bytes';
        readonly direction: Direction;
        readonly length?: string;
      })
  | (Described &
      Optional & {
        /** Memory that must stay in its place, because the kernel or others use it beyond this operation. */
        readonly kind: 'memory';
        readonly length?: string;
      })
  | (Described &
      Registrable & {
        /** An iovec array and the number of its entries. */
        readonly kind: 'vector';
        readonly direction: 'in' | 'out';
        readonly count: string;
      })
  /** A NUL-terminated path. `isName`: it is the name of something else, e.g. an attribute. */
  | (Described & { readonly kind: 'path'; readonly isName?: true })
  /** A socket address that the kernel reads. `length`: the field with its size. */
  | (Described & Optional & { readonly kind: 'socketAddress'; readonly length: string })
  /** A socket address that the kernel writes. `length`: the field with the address of its size. */
  | (Described & { readonly kind: 'peer'; readonly length: string })
  | (Described & Optional & { readonly kind: 'timespec' })
  /** A record that the kernel reads. `size`: the field with its size in bytes. */
  | (Described &
      Optional & {
        readonly kind: 'record';
        readonly record: string;
        readonly size?: string;
        /** `member`: of the record, that has the bit. */
        readonly closeOnExec?: Pick<CloseOnExec, 'constant'> & { readonly member: string };
      })
  /** Records that the kernel reads. `count`: the field with their number. */
  | (Described & { readonly kind: 'records'; readonly record: string; readonly count: string })
  /** Descriptors that the kernel reads and may write back. `count`: the field with their number. */
  | (Described & { readonly kind: 'descriptors'; readonly count: string })
  /** A `struct msghdr` and everything it points to. */
  | (Described & Registrable & { readonly kind: 'message'; readonly direction: 'in' | 'out' })
  /** A record that the kernel fills, and that the operation resolves with. */
  | (Described & { readonly kind: 'result'; readonly record: string })
  /** Two descriptors that the kernel writes, and that the operation resolves with. */
  | (Described & { readonly kind: 'descriptorPair' })
  /** Records that the kernel fills, as many as its result says. `most`: the argument for how many there is room. */
  | (Described & {
      readonly kind: 'results';
      readonly record: string;
      readonly count: string;
      readonly most: { readonly name: string; readonly default: number };
    })
  /** A value that the kernel wants, or that changes nothing: no argument. */
  | { readonly kind: 'fixed'; readonly value: number; readonly reason: string };

/** What `cqe->res` means when it is not negative, and what the promise resolves with. */
export type ResultRow =
  | { readonly kind: 'number'; readonly doc: string }
  | { readonly kind: 'void' }
  /** A new descriptor; a direct one where `file_index` asks for that. */
  | { readonly kind: 'descriptor'; readonly doc: string }
  /** What the field of kind `result`, `results`, `descriptorPair` or `message` says. */
  | { readonly kind: 'contents'; readonly doc: string }
  | {
      /** Some negative results are answers. Each maps to a word, any other result to `otherwise`. */
      readonly kind: 'answer';
      readonly errors: Readonly<Record<string, string>>;
      readonly otherwise: string;
      readonly doc: string;
    };

export interface OperationRow {
  /** One or two sentences: what the operation does. */
  readonly doc: string;
  /** The man page of the system call it corresponds to, e.g. `read(2)`. */
  readonly man: string;
  /** By the field of the SQE, as the kernel reads it. The order is that of the arguments. */
  readonly fields?: Readonly<Record<string, FieldRow>>;
  readonly result: ResultRow;
  /** What the two more words of its completion say, on rings whose completions have them; absent when it gives none. */
  readonly extra?: string;
}

export type OperationRows = Readonly<Record<string, OperationRow>>;
