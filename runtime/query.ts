/**
 * IORING_REGISTER_QUERY: the kernel's own account of what it has, since 6.18. Kernel and package may know a record at
 * different lengths: each says how much it has, and what the other does not know is left out or zero.
 */

import {
  IO_URING_QUERY_OPCODES,
  IO_URING_QUERY_SCQ,
  IO_URING_QUERY_ZCRX,
  IO_URING_QUERY_ZCRX_EVENT,
  IORING_REGISTER_QUERY,
} from '../generated/abi/constants.js';
import * as layouts from '../generated/abi/layouts.js';
import { oneOf } from './arguments/options.js';
import { encodeRecord, type RecordLayout, readRecord } from './arguments/records.js';
import { RingBuffer } from './memory/memory.js';
import { native } from './port/native.js';

const QUERIES = {
  /** Operations, register opcodes, flags and features. */
  opcodes: { queryOp: IO_URING_QUERY_OPCODES, layout: layouts.ioUringQueryOpcodeLayout },
  /** Zero-copy receiving. */
  zcrx: { queryOp: IO_URING_QUERY_ZCRX, layout: layouts.ioUringQueryZcrxLayout },
  /** Sizes in ring memory. */
  scq: { queryOp: IO_URING_QUERY_SCQ, layout: layouts.ioUringQueryScqLayout },
  /** Notifications of zero-copy receiving. */
  zcrxEvent: { queryOp: IO_URING_QUERY_ZCRX_EVENT, layout: layouts.ioUringQueryZcrxEventLayout },
} as const;

/** What the kernel can be asked about. */
export type Query = keyof typeof QUERIES;

/** What it answers. */
export type QueryAnswer<Name extends Query> =
  (typeof QUERIES)[Name]['layout'] extends RecordLayout<infer T> ? T : never;

const HEADER_AT = 0;
const DATA_AT = 256;
const MOST_BYTES = 2048;

/** An answer, and how many bytes of it the kernel knows. */
export interface SizedAnswer {
  readonly bytes: Uint8Array;
  readonly size: number;
}

/**
 * Asks the kernel. No ring is needed.
 * @param size how many bytes of the answer are wanted
 * @returns undefined when the kernel is too old to be asked this
 */
export function askKernel(queryOp: number, size: number): SizedAnswer | undefined {
  if (!(size >= 0 && size <= MOST_BYTES)) throw new RangeError(`an answer of ${size} bytes`);
  const memory = RingBuffer.allocate(4096);
  const header = encodeRecord(layouts.ioUringQueryHdrLayout, {
    queryData: memory.address + DATA_AT,
    queryOp,
    size,
  });
  memory.bytes.set(header, HEADER_AT);
  memory.toKernel();
  if (native().register(-1, IORING_REGISTER_QUERY, memory.address, 0) < 0) return undefined;
  memory.fromKernel(memory.byteLength);
  const answer = readRecord(layouts.ioUringQueryHdrLayout, memory.bytes);
  if (answer.result < 0) return undefined;
  return { bytes: memory.bytes.subarray(DATA_AT, DATA_AT + size), size: answer.size };
}

/** What the kernel says about something; undefined when it is too old to be asked. */
export function queryKernel<Name extends Query>(name: Name): QueryAnswer<Name> | undefined {
  oneOf(...Object.keys(QUERIES))(name, 'query: name');
  const { queryOp, layout } = QUERIES[name];
  const answer = askKernel(queryOp, layout.byteLength);
  // A kernel that knows less than this package fills less, and leaves the rest zero.
  return answer === undefined
    ? undefined
    : (readRecord(layout as RecordLayout, answer.bytes) as QueryAnswer<Name>);
}
