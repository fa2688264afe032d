/**
 * The small syntax tree that kernel functions are interpreted as: C without what the interpretation has no use for
 * (parentheses, qualifiers, attributes, assembly). It outlives the translation unit that it was converted from.
 */

/** Where a node stands: byte offsets into a file of the tree, for its text, and the line, for people. */
export interface Place {
  /** Path inside the tree, e.g. `io_uring/sync.c`. */
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** As much of a C type as the contract asks for. */
export type CType =
  | {
      readonly kind: 'integer';
      readonly spelling: string;
      readonly bits: number;
      readonly signed: boolean;
      readonly isBool: boolean;
    }
  | {
      readonly kind: 'pointer';
      readonly spelling: string;
      /** What it points to, without qualifiers. */
      readonly pointee: string;
      readonly toConst: boolean;
    }
  | { readonly kind: 'record'; readonly spelling: string }
  | { readonly kind: 'array'; readonly spelling: string; readonly element: CType }
  | { readonly kind: 'other'; readonly spelling: string };

interface NodeBase {
  readonly at: Place;
  readonly type: CType;
}

export type Node = NodeBase &
  (
    | { readonly kind: 'constant'; readonly value: bigint }
    | { readonly kind: 'string' }
    /** A variable or parameter. `id` tells apart variables of one name; empty for globals. */
    | { readonly kind: 'variable'; readonly name: string; readonly id: string }
    | { readonly kind: 'function'; readonly name: string }
    | {
        readonly kind: 'member';
        /** The record whose member it is, e.g. `struct io_kiocb`; anonymous records inside it are left out. */
        readonly record: string;
        readonly member: string;
        /** The member that stands for this one in memory: the first one of an anonymous union. */
        readonly cell: string;
        readonly inUnion: boolean;
        readonly arrow: boolean;
        readonly base: Node;
      }
    | { readonly kind: 'index'; readonly base: Node; readonly index: Node }
    | { readonly kind: 'unary'; readonly operator: string; readonly of: Node }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
    /** `operator` of a compound assignment: `|` for `|=`. */
    | { readonly kind: 'assign'; readonly operator?: string; readonly to: Node; readonly value: Node }
    | { readonly kind: 'conditional'; readonly if: Node; readonly yes: Node; readonly no: Node }
    | { readonly kind: 'call'; readonly callee: Node; readonly arguments: readonly Node[] }
    | { readonly kind: 'cast'; readonly implicit: boolean; readonly of: Node }
    | { readonly kind: 'statements'; readonly body: Statement }
    | {
        readonly kind: 'list';
        readonly entries: readonly { readonly designator?: string; readonly value: Node }[];
      }
    /** What the conversion does not know, and what libclang could not make sense of. */
    | { readonly kind: 'opaque'; readonly parts: readonly Node[] }
  );

export type NodeOf<K extends Node['kind']> = Extract<Node, { kind: K }>;

export type Statement = { readonly at: Place } & (
  | { readonly kind: 'block'; readonly statements: readonly Statement[] }
  | { readonly kind: 'expression'; readonly expression: Node }
  | {
      readonly kind: 'declare';
      readonly name: string;
      readonly id: string;
      readonly type: CType;
      readonly value?: Node;
    }
  | { readonly kind: 'if'; readonly if: Node; readonly yes: Statement; readonly no?: Statement }
  | { readonly kind: 'return'; readonly value?: Node }
  | { readonly kind: 'goto'; readonly label: string }
  | { readonly kind: 'label'; readonly label: string; readonly statement: Statement }
  | { readonly kind: 'switch'; readonly on: Node; readonly body: Statement }
  /** `value` absent: default. */
  | { readonly kind: 'case'; readonly value?: Node; readonly statement: Statement }
  /** `parts`: the head of the loop, run in each round. `once`: `do … while (0)`. */
  | {
      readonly kind: 'loop';
      readonly parts: readonly Statement[];
      readonly body: Statement;
      readonly once: boolean;
    }
  | { readonly kind: 'leave'; readonly how: 'break' | 'continue' }
  | { readonly kind: 'empty' }
);

export interface Parameter {
  readonly name: string;
  readonly id: string;
  readonly type: CType;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly at: Place;
  readonly result: CType;
  readonly parameters: readonly Parameter[];
  /** Absent for a function whose definition is elsewhere. */
  readonly body?: Statement;
}

export type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;
