/**
 * Rules of a kernel's contract as a running program meets them: the reasons for which the kernel refuses a submission
 * entry. The generator's contract of a kernel is made of the same ones; they stand here because the runtime imports
 * nothing of the generator. Fields have the kernel's names (`fsync_flags`, not the union's first member), errors those of
 * errno; values of 64 bits are decimal strings.
 */

/** A value the kernel computes from a submission entry before it decides. */
export type Expression =
  /** `names`: the UAPI names it is made of, e.g. `["IORING_ACCEPT_MULTISHOT"]`. */
  | { readonly kind: 'constant'; readonly value: string; readonly names?: readonly string[] }
  /** A field of the SQE, converted to the kernel's type for it. */
  | {
      readonly kind: 'field';
      readonly field: string;
      readonly bits: 8 | 16 | 32 | 64;
      readonly signed: boolean;
    }
  /** The flags the ring was set up with (`IORING_SETUP_*`). */
  | { readonly kind: 'setup' }
  | { readonly kind: 'unary'; readonly operator: '!' | '~' | '-'; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** Something no SQE says: a file's type, a capability, what another call returned. */
  | { readonly kind: 'unknown'; readonly text: string };

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type BinaryOperator =
  | '&'
  | '|'
  | '^'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '<<'
  | '>>'
  | '&&'
  | '||'
  | ComparisonOperator;

/** What holds on the way to a read or a refusal, and the source's own words for it, single-spaced. */
export interface Condition {
  readonly if: Expression;
  readonly text: string;
}

export interface RuleBase {
  /** What the kernel answers, e.g. `EINVAL`. */
  readonly error: string;
  /** All of these hold where the rule stands; empty: always. */
  readonly when: readonly Condition[];
  /** Where in the kernel's source, e.g. `io_uring/sync.c:44`. */
  readonly at: string;
}

/** A reason for which the kernel refuses a submission entry: when the rule is broken. */
export type Rule = RuleBase &
  (
    | { readonly kind: 'zero'; readonly fields: readonly string[] }
    | {
        /** Only these bits may be set, of those `within`, or of all. */
        readonly kind: 'mask';
        readonly field: string;
        readonly allowed: string;
        /** UAPI names of the allowed bits, in order of value. */
        readonly names: readonly string[];
        readonly within?: string;
        /** Names of bits that may not be set, where the kernel names those. */
        readonly forbidden?: readonly string[];
      }
    | { readonly kind: 'nonzero'; readonly field: string }
    | {
        /** How `field` must compare with a constant. */
        readonly kind: 'compare';
        readonly field: string;
        readonly signed: boolean;
        readonly bits: 8 | 16 | 32 | 64;
        readonly operator: ComparisonOperator;
        readonly value: string;
        readonly name?: string;
      }
    | {
        readonly kind: 'oneOf';
        readonly field: string;
        readonly values: readonly { readonly value: string; readonly name?: string }[];
      }
    /** IOSQE_* bits of `sqe->flags` that must, or must not, be set. */
    | { readonly kind: 'flags'; readonly requires: readonly string[]; readonly forbids: readonly string[] }
    /** Any other test: refused when it is true. */
    | { readonly kind: 'reject'; readonly if: Expression; readonly text: string }
  );

/** What a contract says of one operation, as far as errors are explained with it. */
export type OperationRules = {
  /** In the order the kernel checks them. */
  readonly rules: readonly Rule[];
  /** Fields that mean something, and the kernel's name for them where it has another. */
  readonly fields: readonly { readonly field: string; readonly name?: string }[];
  /** Whose contract it is, e.g. `Linux 7.3`. */
  readonly from: string;
};
