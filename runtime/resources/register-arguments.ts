/**
 * What each opcode of io_uring_register takes, as data: its record, and what the count beside it counts. An opcode
 * without a row can be called all the same, with bytes.
 */
import type { IoUringRegisterOp } from '../../generated/abi/flags.js';
import * as layouts from '../../generated/abi/layouts.js';
import type { RecordLayout } from '../arguments/records.js';
import type { RingBuffer } from '../memory/memory.js';

/** What `nr_args` of the call says; `'given'`: what the program says it is. */
type Count = 'zero' | 'one' | 'bytes' | 'elements' | 'given';

interface RegisterRow {
  /** Its record, or the integers it takes as an array; absent when it takes nothing. */
  readonly argument?: RecordLayout | 'int32s' | 'uint32s' | 'bytes';
  readonly count: Count;
  /** The kernel uses the memory it is told of beyond the call. */
  readonly keeps?: true;
  /** Would upset what the ring keeps account of; says what to use instead. */
  readonly instead?: string;
}

export const REGISTER_ARGUMENTS = {
  IORING_REGISTER_BUFFERS: { argument: layouts.iovecLayout, count: 'elements', keeps: true },
  IORING_UNREGISTER_BUFFERS: { count: 'zero' },
  IORING_REGISTER_FILES: { argument: 'int32s', count: 'elements' },
  IORING_UNREGISTER_FILES: { count: 'zero' },
  IORING_REGISTER_EVENTFD: { argument: 'int32s', count: 'elements' },
  IORING_UNREGISTER_EVENTFD: { count: 'zero' },
  IORING_REGISTER_FILES_UPDATE: { argument: layouts.ioUringFilesUpdateLayout, count: 'given' },
  IORING_REGISTER_EVENTFD_ASYNC: { argument: 'int32s', count: 'elements' },
  IORING_REGISTER_PROBE: { argument: layouts.ioUringProbeLayout, count: 'given' },
  IORING_REGISTER_PERSONALITY: { count: 'zero' },
  IORING_UNREGISTER_PERSONALITY: { count: 'given' },
  IORING_REGISTER_RESTRICTIONS: { argument: layouts.ioUringRestrictionLayout, count: 'elements' },
  IORING_REGISTER_ENABLE_RINGS: { count: 'zero', instead: 'ring.enable()' },
  IORING_REGISTER_FILES2: { argument: layouts.ioUringRsrcRegisterLayout, count: 'bytes' },
  IORING_REGISTER_FILES_UPDATE2: { argument: layouts.ioUringRsrcUpdate2Layout, count: 'bytes' },
  IORING_REGISTER_BUFFERS2: { argument: layouts.ioUringRsrcRegisterLayout, count: 'bytes', keeps: true },
  IORING_REGISTER_BUFFERS_UPDATE: { argument: layouts.ioUringRsrcUpdate2Layout, count: 'bytes', keeps: true },
  IORING_REGISTER_IOWQ_AFF: { argument: 'bytes', count: 'bytes' },
  IORING_UNREGISTER_IOWQ_AFF: { count: 'zero' },
  IORING_REGISTER_IOWQ_MAX_WORKERS: { argument: 'uint32s', count: 'elements' },
  IORING_REGISTER_RING_FDS: { argument: layouts.ioUringRsrcUpdateLayout, count: 'elements' },
  IORING_UNREGISTER_RING_FDS: {
    argument: layouts.ioUringRsrcUpdateLayout,
    count: 'elements',
    instead: 'ring.close(), which does so for the place that the ring itself uses',
  },
  IORING_REGISTER_PBUF_RING: { argument: layouts.ioUringBufRegLayout, count: 'one', keeps: true },
  IORING_UNREGISTER_PBUF_RING: { argument: layouts.ioUringBufRegLayout, count: 'one' },
  IORING_REGISTER_SYNC_CANCEL: { argument: layouts.ioUringSyncCancelRegLayout, count: 'one' },
  IORING_REGISTER_FILE_ALLOC_RANGE: { argument: layouts.ioUringFileIndexRangeLayout, count: 'zero' },
  IORING_REGISTER_PBUF_STATUS: { argument: layouts.ioUringBufStatusLayout, count: 'one' },
  IORING_REGISTER_NAPI: { argument: layouts.ioUringNapiLayout, count: 'one' },
  IORING_UNREGISTER_NAPI: { argument: layouts.ioUringNapiLayout, count: 'one' },
  IORING_REGISTER_CLOCK: { argument: layouts.ioUringClockRegisterLayout, count: 'zero' },
  IORING_REGISTER_CLONE_BUFFERS: { argument: layouts.ioUringCloneBuffersLayout, count: 'one' },
  IORING_REGISTER_SEND_MSG_RING: { argument: layouts.ioUringSqeLayout, count: 'one' },
  IORING_REGISTER_ZCRX_IFQ: { argument: layouts.ioUringZcrxIfqRegLayout, count: 'one', keeps: true },
  IORING_REGISTER_RESIZE_RINGS: {
    argument: layouts.ioUringParamsLayout,
    count: 'one',
    instead: 'ring.resize()',
  },
  IORING_REGISTER_MEM_REGION: { argument: layouts.ioUringMemRegionRegLayout, count: 'one', keeps: true },
  IORING_REGISTER_QUERY: { argument: layouts.ioUringQueryHdrLayout, count: 'zero' },
  IORING_REGISTER_ZCRX_CTRL: { argument: layouts.zcrxCtrlLayout, count: 'zero' },
  IORING_REGISTER_BPF_FILTER: { argument: layouts.ioUringBpfLayout, count: 'one' },
} as const satisfies Readonly<Record<string, RegisterRow>>;

type Rows = typeof REGISTER_ARGUMENTS;

type FullName<Short extends string> = Short extends `UNREGISTER_${string}`
  ? `IORING_${Short}`
  : `IORING_REGISTER_${Short}`;

/** Opcodes of io_uring_register, as the header spells them. */
export type RegisterOpcode = FullName<
  Exclude<keyof typeof IoUringRegisterOp, 'LAST' | 'USE_REGISTERED_RING'>
>;

/** Opcodes whose argument is typed. */
export type TypedRegisterOpcode = keyof Rows;

type ArgumentOfRow<Row> = Row extends { readonly argument: infer Argument; readonly count: infer Counted }
  ? Argument extends RecordLayout<infer T>
    ? Counted extends 'elements'
      ? readonly T[]
      : T
    : Argument extends 'int32s'
      ? Int32Array
      : Argument extends 'uint32s'
        ? Uint32Array
        : Uint8Array
  : undefined;

/** What the kernel makes of the argument of an opcode, and writes back into it. */
export type RegisterArgument<Name extends TypedRegisterOpcode> = ArgumentOfRow<Rows[Name]>;

/** Members of a record to be registered: addresses may be given as the memory itself, which is then kept. */
export type RegisterInput<T> = T extends Int32Array | Uint32Array | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly RegisterInput<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: T[K] extends bigint ? bigint | number | RingBuffer : RegisterInput<T[K]> }
      : T;

/** What is said of an opcode; undefined for one that this ringsmith does not know. */
export function registerRow(name: string): RegisterRow | undefined {
  return (REGISTER_ARGUMENTS as Readonly<Record<string, RegisterRow>>)[name];
}
