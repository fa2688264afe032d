/**
 * The one runtime module that generated packages import. Everything here is a contract with code that was generated
 * by this or an earlier ringsmith: add to it freely, change or remove nothing without a new major version.
 */

export type {
  BufferRing,
  BufferRingOptions,
  BufferRingStatistics,
  LeasedRead,
  LeasedReceive,
} from './buffer-ring.js';
export type { CancelTarget } from './cancellation.js';
export type { Capability } from './capabilities.js';
export { ChainError, type ChainOptions, type ChainResults } from './chain.js';
export { Completion } from './completion.js';
export { AbortError, errorNumber, RingError } from './errors.js';
export type { RingFeatures } from './features.js';
export {
  bits8,
  bits16,
  bits32,
  checkFields,
  commandBytes,
  type FieldTable,
  heldIn,
  high,
  highWord,
  low,
  lowWord,
  type U64,
  type Word64,
} from './fields.js';
export { IoVector } from './io-vector.js';
export type { Lease } from './lease.js';
export { RingBuffer } from './memory.js';
export type {
  Multishot,
  MultishotAccept,
  MultishotPoll,
  MultishotRead,
  MultishotReceive,
  MultishotTimeout,
} from './multishot.js';
export type { MultishotStream, QueuedStreamOptions, StreamOptions } from './multishot-stream.js';
export { packageEncoders } from './native.js';
export type { CommonArgs, Held, Operation, OperationOptions, Starter } from './operation.js';
export type { Bytes, Duration, Pins } from './pins.js';
export type { PollStream } from './poll-stream.js';
export type { RawArgs, RawFields } from './raw-operation.js';
export {
  encodeRecord,
  type FieldLayout,
  type IntegerType,
  type RecordInput,
  type RecordLayout,
  type RecordView,
  readRecord,
  viewRecord,
  writeRecord,
} from './records.js';
export { RingCore } from './ring-core.js';
export type { RingOptions } from './setup.js';
export type { SocketAddress } from './sockaddr.js';
export type { RingStatistics } from './statistics.js';
export { SyncRing, SyncRing as SyncRingCore } from './sync-ring.js';
export type { ZeroCopyReceive } from './zcrx.js';
export type { ZeroCopyResult, ZeroCopySend } from './zero-copy.js';

/** Version of this contract; generated packages say which one they were made for. */
export const SEAM_VERSION = 1;
