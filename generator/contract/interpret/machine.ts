/**
 * The state of an interpretation: memory, the path that led here, the functions that are being run. Functions are run
 * once for each operation, both sides of a test that the SQE decides one after the other, and joined behind it.
 */
import type { FunctionDeclaration, Place } from '../ast.js';
import type { Program } from '../program.js';
import type { TableRow } from '../tables.js';
import { choose, joinBits, specialize } from './choices.js';
import { Facts } from './facts.js';
import { not, or } from './logic.js';
import { ASYNC, USER } from './objects.js';
import { equal, type Guard, unknownValue, type Value, type ValueOf } from './values.js';

/** `object|path` → value. */
export type Memory = Map<string, Value>;

export interface Location {
  readonly object: string;
  readonly path: string;
}

/** A way out of a function. */
export interface Exit {
  readonly guards: readonly Guard[];
  readonly value: Value | undefined;
  readonly memory: Memory;
  readonly at: Place;
}

export interface Frame {
  readonly id: number;
  readonly declaration: FunctionDeclaration;
  /** Length of the path when it was entered. */
  readonly base: number;
  readonly exits: Exit[];
  /** Where `break` and `continue` lead: states that got there. */
  readonly leaving: { readonly breaks: Memory[]; readonly continues: Memory[] }[];
  jumps: number;
}

/** Records that there are many of: an unknown pointer to one is not taken for the request's own. */
const MANY: ReadonlySet<string> = new Set(['struct io_kiocb', 'struct io_ring_ctx', 'struct io_uring_sqe']);

const key = ({ object, path }: Location): string => `${object}|${path}`;

/** After so many evaluated nodes no more calls are followed. */
const BUDGET = 400_000;

export class Machine {
  /** Undefined where the path has ended. */
  memory: Memory | undefined = new Map();
  readonly path: Guard[] = [];
  readonly frames: Frame[] = [];
  facts = new Facts();
  /** Reads and names are recorded. Off while a loop's effects are forgotten. */
  watching = true;
  /** By the identity of an unknown value: what functions outside of io_uring/ may answer. */
  readonly answers = new Map<number, Value>();
  private readonly initial = new Map<string, Value>();
  private ids = 0;
  private steps = 0;

  constructor(
    readonly program: Program,
    /** Undefined: any operation. */
    readonly row: TableRow | undefined,
  ) {}

  get frame(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new Error('no function is being run');
    return frame;
  }

  get exhausted(): boolean {
    return this.steps > BUDGET;
  }

  step(): void {
    this.steps++;
  }

  nextId(): number {
    return ++this.ids;
  }

  unknown(text: string, of: readonly Value[] = []): Value {
    return unknownValue(text, of);
  }

  /** For the operations on values, which give up with the text of the node they were asked for. */
  unknownAt(node: { readonly at: Place }): (of: readonly Value[]) => Value {
    return (of) => this.unknown(this.program.text(node.at), of);
  }

  /** Where a pointer to a record points. */
  target(pointer: Value, record: string): Location {
    if (pointer.kind === 'address') {
      if (pointer.object === ASYNC) return { object: `?${record}`, path: '' };
      return { object: pointer.object, path: pointer.path };
    }
    if (pointer.kind === 'field') return { object: `${USER}${pointer.field}`, path: '' };
    const isOne = !MANY.has(record) || pointer.kind === 'constant';
    if (isOne) return { object: `?${record}`, path: '' };
    return { object: pointer.kind === 'unknown' ? `*${pointer.id}` : `*${record}`, path: '' };
  }

  load(location: Location, text: () => string): Value {
    const memory = this.memory ?? new Map<string, Value>();
    const value = this.lookup(memory, location, text);
    const left = specialize(value, this.path);
    // Kept, so that a test of the value and its use later on mean the same one.
    if (left !== value) memory.set(key(location), left);
    return left;
  }

  private lookup(memory: Memory, location: Location, text: () => string): Value {
    const name = key(location);
    const known = memory.get(name);
    if (known !== undefined) return known;
    const whole = this.enclosing(memory, location);
    if (whole?.kind === 'constant') return whole;
    const identity = whole === undefined ? name : `${whole.id} ${name}`;
    let value = this.initial.get(identity);
    if (value === undefined) {
      value = this.unknown(text(), whole === undefined ? [] : [whole]);
      this.initial.set(identity, value);
    }
    return value;
  }

  /** What was last stored to the whole record that a place is in. */
  private enclosing(memory: Memory, { object, path }: Location): ValueOf<'constant' | 'unknown'> | undefined {
    for (let outer = path; outer !== ''; ) {
      outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')));
      const whole = memory.get(key({ object, path: outer }));
      if (whole !== undefined)
        return whole.kind === 'constant' || whole.kind === 'unknown' ? whole : undefined;
    }
    return undefined;
  }

  store(location: Location, value: Value): void {
    this.forget(location);
    this.memory?.set(key(location), value);
  }

  /** What a place holds is no longer known; neither are its members. */
  forget(location: Location): void {
    const { memory } = this;
    if (memory === undefined) return;
    const name = key(location);
    memory.delete(name);
    const prefix = location.path === '' ? name : `${name}.`;
    for (const other of memory.keys()) if (other.startsWith(prefix)) memory.delete(other);
  }

  guard(value: Value, text: string, at: Place, subject?: Value): Guard {
    const guard = { value, text, at: this.place(at), passed: false };
    return subject === undefined ? guard : { ...guard, subject };
  }

  guards(): readonly Guard[] {
    return this.path.filter((guard) => !guard.passed);
  }

  place({ file, line }: Place): string {
    return `${file}:${line}`;
  }

  /** Joins what two or more ways left in memory. */
  join(ways: readonly { readonly guards: readonly Guard[]; readonly memory: Memory }[]): Memory {
    const [first, ...rest] = ways;
    if (first === undefined) throw new Error('nothing to join');
    if (rest.every(({ memory }) => memory === first.memory)) return first.memory;
    const joined: Memory = new Map();
    const names = new Set(ways.flatMap(({ memory }) => [...memory.keys()]));
    for (const name of names) {
      const values = ways.map(({ memory }) => memory.get(name));
      const [one] = values;
      if (one !== undefined && values.every((value) => value === one)) {
        joined.set(name, one);
        continue;
      }
      const isLocal = /^\d+\./.test(name);
      // A variable that one way has not declared is out of scope behind the join.
      if (isLocal && values.some((value) => value === undefined)) {
        const only = values.filter((value) => value !== undefined);
        if (only.length === 1) joined.set(name, only[0]!);
        continue;
      }
      const all = values.map((value, i) => value ?? this.before(name, ways[i]!.memory));
      const alternatives = all.map((value, i) => ({ guards: ways[i]!.guards, value }));
      const isSame = all.every((value) => equal(value, all[0]!));
      joined.set(name, isSame ? all[0]! : (joinBits(alternatives) ?? choose(alternatives)));
    }
    return joined;
  }

  /** What a place held before the first write to it. */
  private before(name: string, memory: Memory): Value {
    const [object = '', path = ''] = name.split('|');
    return this.lookup(memory, { object, path }, () => `${object.replace(/^.*:|^\?/, '')}.${path}`);
  }
}

/** What is left of the guards of one way behind the join with others: those that outlive it. */
export function outliving(guards: readonly Guard[]): Guard[] {
  const [first, ...rest] = guards;
  if (first === undefined) return [];
  return rest.map(({ value, text, at, passed }) => ({
    value: or(not(first.value), value),
    text: `!(${first.text}) || ${text}`,
    at,
    passed,
  }));
}
