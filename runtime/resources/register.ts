/**
 * io_uring_register, every opcode of it, over the records of the header.
 */

import { IORING_REGISTER_USE_REGISTERED_RING } from '../../generated/abi/constants.js';
import { membersOf } from '../../generated/abi/names.js';
import { checkHolds } from '../arguments/holds.js';
import { wrongType } from '../arguments/known-names.js';
import { integer, Shape } from '../arguments/options.js';
import { encodeRecord, type RecordInput, type RecordLayout, readRecord } from '../arguments/records.js';
import { systemError } from '../errors.js';
import { RingBuffer } from '../memory/memory.js';
import { deferredTaskWork } from '../port/features.js';
import { native } from '../port/native.js';
import type { Port } from '../port/port.js';
import {
  type RegisterArgument,
  type RegisterInput,
  type RegisterOpcode,
  registerRow,
  type TypedRegisterOpcode,
} from './register-arguments.js';

export interface RegisterOptions {
  /** `nr_args`, where it does not follow from the argument. */
  readonly count?: number;
  /** Memory that records or lists in other memory name by address: kept as long as what is named directly. */
  readonly holds?: readonly RingBuffer[];
}

const REGISTER = new Shape({ count: integer(0, 2 ** 32 - 1), holds: checkHolds });

function checkArgument(argument: unknown, what: string): void {
  if (argument === undefined || (typeof argument === 'object' && argument !== null)) return;
  throw wrongType(what, "the opcode's record, a list of them, or bytes", argument);
}

/** What io_uring_register answered. */
export interface Registered<Argument> {
  readonly result: number;
  /** The argument as the kernel left it. */
  readonly argument: Argument;
}

/** Any argument, once its types do not matter. */
export type AnyArgument = object | undefined;

interface Call {
  readonly fd: number;
  readonly opcode: RegisterOpcode | number;
  readonly argument: AnyArgument;
  readonly options: RegisterOptions;
  /** Memory that the kernel goes on using. */
  readonly keep: (buffer: RingBuffer) => void;
}

const opcodes = (): Readonly<Record<string, number>> => membersOf('IoUringRegisterOp');

const shortName = (name: string): string => name.replace(/^IORING_(REGISTER_)?/, '');

/** The header's name of a register opcode, or its number where the header has none. */
function nameOf(opcode: RegisterOpcode | number): string {
  if (typeof opcode === 'string') return opcode;
  const [short] = Object.entries(opcodes()).find(([, value]) => value === opcode) ?? [];
  if (short === undefined || short === 'LAST') return `register opcode ${opcode}`;
  return short.startsWith('UNREGISTER_') ? `IORING_${short}` : `IORING_REGISTER_${short}`;
}

function numberOf(opcode: RegisterOpcode | number): number {
  const value = typeof opcode === 'number' ? opcode : opcodes()[shortName(opcode)];
  // The bit above 31 of opcodes says how the ring's descriptor is given, which is not the program's to say.
  if (
    value !== undefined &&
    Number.isInteger(value) &&
    value >= 0 &&
    value < IORING_REGISTER_USE_REGISTERED_RING
  ) {
    return value;
  }
  throw Object.assign(new TypeError(`io_uring_register has no opcode ${String(opcode)}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

/** Replaces memory by its address, and notes it. */
function addresses(value: unknown, named: RingBuffer[]): unknown {
  if (value instanceof RingBuffer) {
    named.push(value);
    return RingBuffer.address(value);
  }
  if (Array.isArray(value)) return value.map((element) => addresses(element, named));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, addresses(member, named)]));
}

const asBytes = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** An argument as bytes, and how to read back what the kernel made of them. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly elements: number;
  readonly decode: (bytes: Uint8Array) => AnyArgument;
}

function encodeRecords(layout: RecordLayout, values: readonly object[]): Encoded {
  const parts = values.map((value) => encodeRecord(layout, value as RecordInput<unknown>));
  const decode = (bytes: Uint8Array): AnyArgument =>
    parts.map((_, index) => readRecord(layout, bytes.subarray(index * layout.byteLength)) as object);
  return { bytes: Buffer.concat(parts), elements: parts.length, decode };
}

/** Elements of the array at a record's end, which `count` counts. */
function flexibleBytes(layout: RecordLayout, count: number): number {
  const last = layout.fields.at(-1);
  return last?.count === 0 && typeof last.type === 'object' ? last.type.byteLength * count : 0;
}

function encodeArgument(call: Call, name: string, named: RingBuffer[]): Encoded | undefined {
  const { argument, options } = call;
  if (argument === undefined) return undefined;
  if (ArrayBuffer.isView(argument)) {
    const bytes = asBytes(argument);
    const elements = 'length' in argument ? Number(argument.length) : bytes.byteLength;
    return {
      bytes,
      elements,
      decode: (answer) => {
        bytes.set(answer.subarray(0, bytes.byteLength));
        return argument;
      },
    };
  }
  const layout = registerRow(name)?.argument;
  if (typeof layout !== 'object') {
    throw Object.assign(
      new TypeError(`${name} takes ${layout === undefined ? 'bytes' : `an array of ${layout}`}`),
      {
        code: 'ERR_INVALID_ARG_TYPE',
      },
    );
  }
  const plain = addresses(argument, named) as object;
  if (Array.isArray(plain)) return encodeRecords(layout, plain);
  const bytes = encodeRecord(
    layout,
    plain as RecordInput<unknown>,
    flexibleBytes(layout, options.count ?? 0),
  );
  return { bytes, elements: 1, decode: (answer) => readRecord(layout, answer) as object };
}

function countOf(call: Call, name: string, encoded: Encoded | undefined): number {
  if (call.options.count !== undefined) return call.options.count;
  switch (registerRow(name)?.count) {
    case 'one':
      return 1;
    case 'bytes':
      return encoded?.bytes.byteLength ?? 0;
    case 'elements':
      return encoded?.elements ?? 0;
    default:
      return 0;
  }
}

/**
 * Calls io_uring_register.
 * @throws RingError with syscall `io_uring_register` and the opcode's name
 */
export function callRegister(call: Call): Registered<AnyArgument> {
  const opcode = numberOf(call.opcode);
  const name = nameOf(call.opcode);
  const named: RingBuffer[] = [...(call.options.holds ?? [])];
  const encoded = encodeArgument(call, name, named);
  const count = countOf(call, name, encoded);
  const room = encoded === undefined || encoded.bytes.byteLength === 0 ? undefined : encoded;
  const memory = room === undefined ? undefined : RingBuffer.allocate(room.bytes.byteLength);
  memory?.fill(room!.bytes);
  const result = native().register(call.fd, opcode, memory?.address ?? 0, count);
  if (result < 0) throw systemError(result, 'io_uring_register', name);
  // Of an opcode that is not known here it is not known either whether the kernel goes on using the memory.
  const row = registerRow(name);
  if (row === undefined || row.keeps === true) for (const buffer of named) call.keep(buffer);
  if (memory === undefined) return { result, argument: call.argument };
  const answer = new Uint8Array(memory.byteLength);
  memory.drainInto(answer);
  return { result, argument: room!.decode(answer) };
}

/** Refuses what would upset the ring's own account, with what to use instead. */
function refuseOwn(opcode: RegisterOpcode | number, deferred: boolean): void {
  const name = nameOf(opcode);
  const wakes = deferred && name === 'IORING_UNREGISTER_EVENTFD';
  const instead = wakes
    ? "another ring: this one's event loop is woken through it"
    : registerRow(name)?.instead;
  if (instead === undefined) return;
  throw Object.assign(new TypeError(`${name} is the ring's own to call; use ${instead}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

/**
 * The call as programs make it: on their ring, of anything that does not upset it.
 * @param keep gets the memory that the kernel goes on using
 */
export function callOwn(
  port: Port,
  opcode: RegisterOpcode | number,
  argument: unknown,
  options: RegisterOptions,
  keep: (buffer: RingBuffer) => void,
): never {
  REGISTER.check(options, 'register');
  checkArgument(argument, 'register: argument');
  refuseOwn(opcode, deferredTaskWork(port.native));
  // The types are those of `Register`.
  return callRegister({
    fd: port.native.fd,
    opcode,
    argument: argument as AnyArgument,
    options,
    keep,
  }) as never;
}

/** `register` as rings have it. */
export interface Register {
  /**
   * io_uring_register. The argument is the opcode's record, by its members; an address may be given as a RingBuffer,
   * which is kept for the call, or as long as the ring where the kernel goes on using it.
   * @returns the result, and the argument as the kernel left it
   * @throws RingError with syscall `io_uring_register` and the opcode's name as `op`
   */
  <Name extends TypedRegisterOpcode>(
    opcode: Name,
    argument?: RegisterInput<RegisterArgument<Name>>,
    options?: RegisterOptions,
  ): Registered<RegisterArgument<Name>>;
  /** The same for any opcode, with the argument as bytes, which get what the kernel writes. */
  <Bytes extends ArrayBufferView | undefined = undefined>(
    opcode: RegisterOpcode | number,
    argument?: Bytes,
    options?: RegisterOptions,
  ): Registered<Bytes>;
}
