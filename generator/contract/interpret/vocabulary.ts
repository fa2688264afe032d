/**
 * The kernel's own words for what is done with user memory. They are the same for every operation: functions that
 * copy, the direction arguments of iov_iter, names of paths.
 */
import type { CType, Parameter } from '../ast.js';
import { type Direction, plainFields } from './facts.js';
import type { Machine } from './machine.js';
import type { Value } from './values.js';

export interface Passed {
  readonly value: Value;
  readonly type: CType;
  readonly parameter: Parameter | undefined;
}

/** Function → the argument that is user memory, and what the kernel does with it. */
const COPIES: Readonly<Record<string, { readonly argument: number; readonly direction: Direction }>> = {
  copy_from_user: { argument: 1, direction: 'in' },
  _copy_from_user: { argument: 1, direction: 'in' },
  __copy_from_user: { argument: 1, direction: 'in' },
  copy_struct_from_user: { argument: 2, direction: 'in' },
  strncpy_from_user: { argument: 1, direction: 'in' },
  memdup_user: { argument: 0, direction: 'in' },
  vmemdup_user: { argument: 0, direction: 'in' },
  copy_to_user: { argument: 0, direction: 'out' },
  _copy_to_user: { argument: 0, direction: 'out' },
  __copy_to_user: { argument: 0, direction: 'out' },
  clear_user: { argument: 0, direction: 'out' },
  GET_USER: { argument: 1, direction: 'in' },
  PUT_USER: { argument: 1, direction: 'out' },
};

/** Functions that are known by what they do; how they do it is the machine's business. */
export const isPrimitive = (name: string): boolean => name in COPIES || /access_ok$/.test(name);

/** `copy_from_user(&destination, source, …)`: what is copied tells what the pointer points to. */
const COPY_OTHER_SIDE: Readonly<Record<string, number>> = {
  copy_from_user: 0,
  _copy_from_user: 0,
  copy_to_user: 1,
  _copy_to_user: 1,
  copy_struct_from_user: 0,
};

/** Written into memory, or read from it; the older names are those of the block layer. */
const ITERATOR: Readonly<Record<string, Direction>> = {
  ITER_DEST: 'out',
  READ: 'out',
  ITER_SOURCE: 'in',
  WRITE: 'in',
};

/** Constant are the iovecs, not the buffers that they lead to. */
export const IOVEC = 'struct iovec';
const PATH = /getname/;
const LENGTH = /len|size|count|nr|num|segs|max/i;
const ADDRESS = /addr|buf/i;
/** They only look whether an address is one of user memory. */
const CHECK = /access/;

export function noteCall(machine: Machine, name: string, passed: readonly Passed[]): void {
  const { facts } = machine;
  const direction = passed.map(({ value }) => iterator(value)).find((found) => found !== undefined);
  if (direction !== undefined) facts.iterators.add(direction);
  for (const [i, { value, type, parameter }] of passed.entries()) {
    const fields = plainFields(value);
    if (fields.length === 0) continue;
    const isPointer = type.kind === 'pointer' || parameter?.type.kind === 'pointer';
    // Addresses in registered buffers stay numbers; the direction next to them tells what they are.
    const isAddress =
      direction !== undefined &&
      ADDRESS.test(parameter?.name ?? '') &&
      type.kind === 'integer' &&
      type.bits === 64;
    if (!isPointer && !isAddress) continue;
    for (const field of fields) {
      notePointee(machine, field, pointee(type, parameter?.type));
      if (direction !== undefined) facts.direction(field, direction);
      if (PATH.test(name)) facts.paths.add(field);
      if (
        isConst(parameter) &&
        pointee(type, parameter?.type) !== IOVEC &&
        !CHECK.test(name) &&
        !facts.directions.has(field)
      ) {
        facts.direction(field, 'in');
      }
      noteLength(machine, field, passed[i + 1]);
    }
  }
  noteCopy(machine, name, passed);
}

const isConst = (parameter: Parameter | undefined): boolean =>
  parameter?.type.kind === 'pointer' && parameter.type.toConst;

function iterator(value: Value): Direction | undefined {
  if (value.kind !== 'constant' || value.text === undefined) return undefined;
  return ITERATOR[value.text];
}

function notePointee(machine: Machine, field: string, type: string): void {
  machine.facts.point({ field, pointee: type, how: 'used', guards: machine.guards() });
  machine.facts.used.add(field);
}

/** The more telling one of what the caller has and what the function wants. */
function pointee(given: CType, wanted: CType | undefined): string {
  const types = [given, wanted].flatMap((type) => (type?.kind === 'pointer' ? [type.pointee] : []));
  return types.find((type) => type !== 'void') ?? 'void';
}

function noteLength(machine: Machine, pointer: string, next: Passed | undefined): void {
  if (next === undefined || next.type.kind !== 'integer') return;
  const [field, ...others] = plainFields(next.value);
  if (field === undefined || others.length > 0 || field === pointer) return;
  if (!LENGTH.test(next.parameter?.name ?? '')) return;
  machine.facts.measure(pointer, field);
}

function noteCopy(machine: Machine, name: string, passed: readonly Passed[]): void {
  const copy = COPIES[name];
  if (copy === undefined) return;
  const memory = passed[copy.argument];
  const other = passed[COPY_OTHER_SIDE[name] ?? -1];
  for (const field of memory === undefined ? [] : plainFields(memory.value)) {
    machine.facts.direction(field, copy.direction);
    notePointee(machine, field, memory === undefined ? 'void' : pointee(memory.type, other?.type));
  }
}
