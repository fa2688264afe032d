/**
 * What ringsmith knows of an operation and no header says. Rows are data; the model checks every field they name
 * against the header, so a row that no longer fits fails the generation instead of producing a wrong builder.
 */

/** Facts about one argument that all kinds share. */
export interface ArgumentBase {
  /** As the program writes it, in camelCase. */
  readonly name: string;
  /** One sentence for the TSDoc. */
  readonly doc: string;
}

export type ArgumentRow = ArgumentBase &
  (
    | {
        /** A plain value in one field. `family` names the enum its bits come from, e.g. `fsync_flags`. */
        readonly kind: 'integer';
        readonly field: string;
        readonly default?: number;
      }
    | {
        /** Data the kernel reads (`source`) or writes (`target`): its address in one field, its length in another. */
        readonly kind: 'bytes';
        readonly direction: 'source' | 'target';
        readonly address: string;
        readonly length: string;
      }
    | {
        /** An iovec array: its address in one field, its number of entries in another. */
        readonly kind: 'vector';
        readonly direction: 'source' | 'target';
        readonly address: string;
        readonly count: string;
      }
    | {
        /** A NUL-terminated path. */
        readonly kind: 'path';
        readonly address: string;
      }
    | {
        /** A socket address the kernel reads; its length goes into `length`. */
        readonly kind: 'socketAddress';
        readonly address: string;
        readonly length: string;
      }
    | {
        /** A `struct __kernel_timespec`. */
        readonly kind: 'timespec';
        readonly address: string;
      }
  );

/** What `cqe->res` means when it is not negative, and what the promise resolves with. */
export type ResultRow =
  | { readonly kind: 'number'; readonly doc: string }
  | { readonly kind: 'void' }
  | {
      /** The kernel fills a record; the promise resolves with its decoded contents. */
      readonly kind: 'record';
      readonly record: string;
      readonly address: string;
      readonly doc: string;
    }
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
  readonly args: readonly ArgumentRow[];
  /** Fields the kernel wants at a certain value. */
  readonly fixed?: Readonly<Record<string, number>>;
  readonly result: ResultRow;
  /** Where the row's knowledge comes from. */
  readonly source: string;
}
