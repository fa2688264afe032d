/** What the interpretation of one operation finds out about the fields it reads, besides its refusals. */
import { USER } from './objects.js';
import type { Guard, Value, ValueOf } from './values.js';

export type Direction = 'in' | 'out';

/**
 * How much an observed name or type is worth: the weaker ones only count where there is nothing better. `view`: the
 * member of a union through which a stored value is used; `member`: of the command's own record; `elsewhere`: of another.
 */
export type Strength = 'view' | 'member' | 'variable' | 'elsewhere' | 'parameter';

export interface NameFact {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly strength: Strength;
}

export interface PointerFact {
  readonly field: string;
  /** e.g. `struct statx`; `void` when the kernel only has an address. */
  readonly pointee: string;
  /** `used`: handed to a function; `stored`: kept as such; `union`: kept as one of several views of the same memory. */
  readonly how: 'used' | 'stored' | 'union' | 'cast';
  readonly issuing: boolean;
  readonly guards: readonly Guard[];
}

export class Facts {
  /** What follows is found out while the operation is issued, not while it is prepared. */
  issuing = false;
  /** Each read's guards, by field, in the order of first reads. */
  readonly reads = new Map<string, (readonly Guard[])[]>();
  readonly names: NameFact[] = [];
  readonly pointers: PointerFact[] = [];
  readonly directions = new Map<string, Set<Direction>>();
  /** Directions in which anything is copied at all. */
  readonly iterators = new Set<Direction>();
  readonly paths = new Set<string>();
  /** Field → the field that is its length. */
  readonly lengths = new Map<string, string>();
  /** Fields whose value goes somewhere, and not only into tests. */
  readonly used = new Set<string>();
  readonly multishot: (readonly Guard[])[] = [];
  open = false;

  point(fact: Omit<PointerFact, 'issuing'>): void {
    this.pointers.push({ ...fact, issuing: this.issuing });
  }

  /** What preparing does with a pointer tells more than what becomes of it later. */
  measure(pointer: string, length: string): void {
    const isPrepared = this.pointers.some(
      ({ field, how, issuing }) => field === pointer && how === 'used' && !issuing,
    );
    if (this.lengths.has(pointer) || (this.issuing && isPrepared)) return;
    this.lengths.set(pointer, length);
  }

  read(field: string, guards: readonly Guard[]): void {
    const known = this.reads.get(field);
    if (known === undefined) this.reads.set(field, [guards]);
    else known.push(guards);
  }

  direction(field: string, direction: Direction): void {
    const known = this.directions.get(field);
    if (known === undefined) this.directions.set(field, new Set([direction]));
    else known.add(direction);
  }
}

/** A negative number in a wider unsigned type, written with the mask of that type. */
const isWidening = ({ operator, left, right }: ValueOf<'binary'>): boolean =>
  operator === '&' &&
  left.kind === 'field' &&
  right.kind === 'constant' &&
  right.value > 0n &&
  right.value === BigInt.asUintN(64, -1n);

/** The fields that a value is, alone or as alternatives: not those it is computed from. */
export function plainFields(value: Value): readonly string[] {
  if (value.kind === 'field') return [value.field];
  if (value.kind === 'address' && value.object.startsWith(USER)) return [value.object.slice(USER.length)];
  if (value.kind === 'binary' && isWidening(value)) return plainFields(value.left);
  if (value.kind !== 'choice') return [];
  return [...new Set(value.alternatives.flatMap((alternative) => plainFields(alternative.value)))];
}
