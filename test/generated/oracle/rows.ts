/**
 * What a row of the oracle is: a helper of liburing, our operation, and arguments that mean the same in C and here.
 * The C side is text and the TypeScript side is typed, so neither is derived from the other.
 */
import { IoVector } from '../../../runtime/arguments/io-vector.js';
import { MessageHeader } from '../../../runtime/arguments/message.js';
import { RingBuffer } from '../../../runtime/memory/memory.js';
import type { Encodable } from '../../../runtime/operations/operation.js';

/** Fields of the SQE by their bytes, after the header: what a difference is named by. */
export const SQE_BYTES = {
  opcode: [0, 1],
  flags: [1, 2],
  ioprio: [2, 4],
  fd: [4, 8],
  off: [8, 16],
  addr: [16, 24],
  len: [24, 28],
  op_flags: [28, 32],
  user_data: [32, 40],
  buf_index: [40, 42],
  personality: [42, 44],
  file_index: [44, 48],
  addr3: [48, 56],
  pad2: [56, 64],
  large_command: [64, 128],
} as const satisfies Record<string, readonly [start: number, end: number]>;

export type SqeBytes = keyof typeof SQE_BYTES;

/** Why a field is not the same on both sides. */
export interface Difference {
  /** `gap`: the builder does not offer what the helper does. `unread`: the kernel does not look at the field. */
  readonly kind: 'gap' | 'unread';
  readonly reason: string;
}

export const gap = (reason: string): Difference => ({ kind: 'gap', reason });
export const unread = (reason: string): Difference => ({ kind: 'unread', reason });

interface More {
  /** C statements before the helper is called. */
  readonly before?: string;
  /** C statements after it, e.g. liburing's setters, or a field that no helper sets. */
  readonly after?: string;
  /** Fields that differ, each with its reason. One that does not differ any more fails the test. */
  readonly differs?: Readonly<Partial<Record<SqeBytes, Difference>>>;
}

export interface ArgumentSet extends More {
  /** The helper's arguments as a C expression list, without the SQE; or with `sqe` when that is not the first. */
  readonly c: string;
  readonly args: object;
  readonly encode: (words: Uint32Array) => void;
}

export interface Row {
  /** As liburing calls it. */
  readonly helper: string;
  /** As the package calls it. */
  readonly operation: string;
  readonly sqeBytes: number;
  readonly sets: readonly ArgumentSet[];
}

interface Builder<Ready extends object> extends Encodable<Ready> {
  readonly sqeBytes: number;
}

/** Operations whose new descriptors are close-on-exec by a bit that liburing does not set. */
const INHERITED = new Set(['openat', 'accept', 'socket', 'pipe', 'recvmsg']);

/** Argument sets of one helper and one operation. The helper is named without `io_uring_prep_`, or in full with `__`. */
export function row<Ready extends object>(
  helper: string,
  operation: Builder<Ready>,
  sets: readonly (readonly [c: string, args: NoInfer<Ready>, more?: More])[],
): Row {
  const { name, sqeBytes } = operation;
  // Liburing leaves it to the program to keep descriptors from others; the builders do it unless they are told not to.
  const as = (args: Ready): Ready => (INHERITED.has(name) ? { inheritable: true, ...args } : args);
  const encoding = (args: Ready) => (words: Uint32Array) => void operation.encode(words, 0, args);
  return {
    helper: helper.startsWith('__') ? helper : `io_uring_prep_${helper}`,
    operation: name,
    sqeBytes,
    sets: sets.map(([c, given, more]) => {
      const args = as(given);
      return { c, args, encode: encoding(args), ...more };
    }),
  };
}

// Values that fit no enum of flags are given as numbers, hence the widened types.
export const number = (value: number): number => value;
export const SAFE: number = Number.MAX_SAFE_INTEGER;
export const ALL32: number = 0xffffffff;
export const ALL64: bigint = 2n ** 64n - 1n;
export const INT_MIN: number = -(2 ** 31);
export const INT_MAX: number = 2 ** 31 - 1;
export const AT_FDCWD: number = -100;

/** Addresses that nothing is at; no builder and no helper looks there. */
export const P1: number = 0x7f12_3456_7890;
export const P2: number = 0x7ffd_0000_1000;
export const P3: number = 0x5555_8000_0018;
/** One that only a bigint can hold. */
export const TOP: bigint = 0xffff_ffff_8000_1000n;

/** Real memory, for builders that take nothing else. */
export const buf = RingBuffer.allocate(4096);
/** More bytes than 31 bits can count. Nothing touches them, so they take no memory. */
export const big = RingBuffer.allocate(2 ** 31 + 4096);
export const none = buf.subarray(64, 64);
export const path = RingBuffer.allocate(256);
export const other = path.subarray(128);
export const socketAddress = RingBuffer.allocate(128).subarray(0, 28);
export const time = RingBuffer.allocate(16);
export const result = RingBuffer.allocate(256);
export const vector = new IoVector([buf, big, none], RingBuffer.allocate(4096).subarray(16));
export const message = new MessageHeader({ vector }, RingBuffer.allocate(64).subarray(8));
/** Two of the kernel's `struct futex_waitv`, or of `struct epoll_event`. */
export const waiters = RingBuffer.allocate(48);
export const events = RingBuffer.allocate(24);

const pointer = (address: number | bigint): string => `((void *)0x${address.toString(16)}ul)`;

/** The names above as the C side has them. */
export const C_NAMES: Readonly<Record<string, string>> = {
  SAFE: `${SAFE}ull`,
  ALL32: '0xffffffffu',
  ALL64: 'UINT64_MAX',
  P1: pointer(P1),
  P2: pointer(P2),
  P3: pointer(P3),
  TOP: pointer(TOP),
  BUF: pointer(buf.address),
  BUF_LEN: `${buf.byteLength}u`,
  BIG: pointer(big.address),
  BIG_LEN: `${big.byteLength}u`,
  NONE: pointer(none.address),
  PATH: pointer(path.address),
  OTHER: pointer(other.address),
  MESSAGE: pointer(message.address),
  WAITERS: pointer(waiters.address),
  EVENTS: pointer(events.address),
  ADDRESS: pointer(socketAddress.address),
  ADDRESS_LEN: `${socketAddress.byteLength}u`,
  TIME: pointer(time.address),
  RESULT: pointer(result.address),
  VECTOR: pointer(vector.address),
  VECTOR_COUNT: '3u',
};
