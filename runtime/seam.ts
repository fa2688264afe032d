/**
 * The one runtime module that generated packages import. Everything here is a contract with code that was generated
 * by this or an earlier ringsmith: add to it freely, change or remove nothing without a new major version.
 */

export type { BufferPool, BufferPoolOptions, BufferPoolStatistics } from './buffer-pool.js';
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
export type { BrokenRule } from './contract/check.js';
export type { OperationRules } from './contract/rules.js';
export { createdDescriptor, createdPair, readDescriptorPair } from './created-descriptors.js';
export type { Descriptor, OrdinaryDescriptor } from './descriptor.js';
export { AbortError, errorNumber, RingError } from './errors.js';
export type { ContractExplanation } from './explanation.js';
export type { RingFeatures } from './features.js';
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
export { File, type FileOptions, type ReadOptions, type WriteOptions } from './handles/file.js';
export type { HandleStatistics } from './handles/handle-host.js';
export type { HandleOperations, HandleOps, HandleOptions } from './handles/handle-operations.js';
export { HandleRing as RingCore } from './handles/handle-ring.js';
export { Listener, type ListenOptions } from './handles/listener.js';
export { OwnedDescriptor } from './handles/owned-descriptor.js';
export { type ConnectOptions, Socket, type TransmissionOptions } from './handles/socket.js';
export { IoVector } from './io-vector.js';
export type { Lease } from './lease.js';
export type { LeasedMessage, MultishotReceiveMessage } from './leased-message.js';
export { LinkedMemory } from './linked-memory.js';
export type { Loan } from './loan.js';
export { type AllocationOptions, RingBuffer } from './memory.js';
export {
  type Message,
  MessageHeader,
  type MessageParts,
  type MessageTarget,
  type ReceivedMessage,
} from './message.js';
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
export type {
  CommonArgs,
  Held,
  Operation,
  OperationOptions,
  Starter,
} from './operation.js';
export type { BufferOrGroup, Bytes, Duration, Pins, RecordArgument, SourceBytes } from './pins.js';
export type { PollStream } from './poll-stream.js';
export type { RingMessage } from './posted.js';
export type { Query, QueryAnswer } from './query.js';
export type { FileTarget, RawArgs, RawFields } from './raw-operation.js';
export type { ReadOnlyBuffer } from './read-only-buffer.js';
export {
  encodeRecord,
  type FieldLayout,
  type IntegerType,
  type RecordInput,
  type RecordLayout,
  type RecordView,
  readRecord,
  readRecords,
  viewRecord,
  writeRecord,
} from './records.js';
export type { BufferTable, BufferTableContents } from './resources/buffer-table.js';
export type { DescriptorTable, DescriptorTableContents } from './resources/descriptor-table.js';
export { DirectDescriptor } from './resources/direct-descriptor.js';
export type { EventDescriptor } from './resources/event-descriptor.js';
export { FixedBuffer } from './resources/fixed-buffer.js';
export type {
  IncomingMessage,
  MessageListener,
  OutgoingDescriptor,
  OutgoingMessage,
} from './resources/messages.js';
export type { Registered, RegisterOptions } from './resources/register.js';
export type { RegisterArgument, RegisterInput, RegisterOpcode } from './resources/register-arguments.js';
export type { QueueSizes } from './resources/resize.js';
export type {
  BusyPolling,
  Personality,
  Restrictions,
  RingClock,
  WorkerLimits,
} from './resources/settings.js';
export type { RingOptions } from './setup.js';
export { decodeSocketAddress, encodeSocketAddress, PeerAddress, type SocketAddress } from './sockaddr.js';
export type { RingStatistics } from './statistics.js';
export { SyncRing, SyncRing as SyncRingCore, type WaitLimits } from './sync-ring.js';
export type { ZeroCopyReceive } from './zcrx.js';
export type { ZeroCopyResult, ZeroCopySend } from './zero-copy.js';

/** Version of this contract; generated packages say which one they were made for. */
export const SEAM_VERSION = 1;
