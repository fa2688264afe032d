/**
 * The one runtime module that generated packages import. Everything here is a contract with code that was generated
 * by this or an earlier ringsmith: add to it freely, change or remove nothing without a new major version.
 */
export { Completion } from './completion.js';
export type { BrokenRule } from './contract/check.js';
export type { OperationRules } from './contract/rules.js';
export { errorNumber, RingError } from './errors.js';
export type { ContractExplanation } from './explanation.js';
export {
  bits8,
  bits16,
  bits32,
  checkFields,
  commandBytes,
  type FieldTable,
  heldAmong,
  heldIn,
  high,
  highWord,
  low,
  lowWord,
  type U64,
  type Word64,
} from './fields.js';
export { IoVector } from './io-vector.js';
export { LinkedMemory } from './linked-memory.js';
export { RingBuffer } from './memory.js';
export {
  type Message,
  MessageHeader,
  type MessageParts,
  type MessageTarget,
  type ReceivedMessage,
} from './message.js';
export { packageEncoders } from './native.js';
export type { CommonArgs, Held, Operation, OperationOptions, Starter } from './operation.js';
export type { BufferOrGroup, Bytes, Duration, Pins, RecordArgument } from './pins.js';
export {
  encodeRecord,
  type FieldLayout,
  type IntegerType,
  type RecordInput,
  type RecordLayout,
  type RecordView,
  readDescriptorPair,
  readRecord,
  readRecords,
  viewRecord,
  writeRecord,
} from './records.js';
export { RingCore, type RingStatistics } from './ring-core.js';
export type { RingOptions } from './setup.js';
export { decodeSocketAddress, encodeSocketAddress, PeerAddress, type SocketAddress } from './sockaddr.js';
export { SyncRing, SyncRing as SyncRingCore } from './sync-ring.js';

/** Version of this contract; generated packages say which one they were made for. */
export const SEAM_VERSION = 1;
