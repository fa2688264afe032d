/**
 * IORING_REGISTER_QUERY: the kernel's own account of what it has, since 6.18.
 */
import { IO_URING_QUERY_OPCODES, IORING_REGISTER_QUERY } from '../generated/abi/constants.js';
import {
  type IoUringQueryOpcode,
  ioUringQueryHdrLayout,
  ioUringQueryOpcodeLayout,
} from '../generated/abi/layouts.js';
import { RingBuffer } from './memory.js';
import { native } from './native.js';
import { encodeRecord, readRecord } from './records.js';

const HEADER_AT = 0;
const DATA_AT = 256;

/** What the kernel supports; undefined when it is too old to be asked this way. No ring is needed. */
export function queryKernel(): IoUringQueryOpcode | undefined {
  const memory = RingBuffer.allocate(4096);
  const header = encodeRecord(ioUringQueryHdrLayout, {
    queryData: memory.address + DATA_AT,
    queryOp: IO_URING_QUERY_OPCODES,
    size: ioUringQueryOpcodeLayout.byteLength,
  });
  memory.bytes.set(header, HEADER_AT);
  memory.toKernel();
  if (native().register(-1, IORING_REGISTER_QUERY, memory.address, 0) < 0) return undefined;
  memory.fromKernel(memory.byteLength);
  const answer = readRecord(ioUringQueryHdrLayout, memory.bytes);
  if (answer.result < 0) return undefined;
  // A kernel that knows less than this package fills less, and leaves the rest zero.
  return readRecord(ioUringQueryOpcodeLayout, memory.bytes.subarray(DATA_AT));
}
