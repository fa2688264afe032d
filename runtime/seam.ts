/**
 * The one runtime module that generated packages import. Everything here is a contract with code that was generated
 * by this or an earlier ringsmith: add to it freely, change or remove nothing without a new major version.
 */

export { closeOnExec, inherited, setRecordBit } from './arguments/close-on-exec.js';
export type { Descriptor, OrdinaryDescriptor } from './arguments/descriptor.js';
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
  natural,
  type U64,
  type Word64,
} from './arguments/fields.js';
export { chosen, inFamily } from './arguments/flag-families.js';
export { IoVector } from './arguments/io-vector.js';
export { unknownArgument } from './arguments/known-names.js';
export {
  type Message,
  MessageHeader,
  type MessageParts,
  type MessageTarget,
  type ReceivedMessage,
} from './arguments/message.js';
export type { BufferOrGroup, Bytes, Duration, Pins, RecordArgument, SourceBytes } from './arguments/pins.js';
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
} from './arguments/records.js';
export {
  decodeSocketAddress,
  encodeSocketAddress,
  PeerAddress,
  type SocketAddress,
} from './arguments/sockaddr.js';
export type { RingAvailability, RingUnavailable, UnavailableCause } from './availability/cause.js';
export type { Capability } from './capabilities.js';
export type { BrokenRule } from './contract/check.js';
export type { OperationRules } from './contract/rules.js';
export { AbortError, errorNumber, RingError } from './errors.js';
export type { ContractExplanation } from './explanation.js';
export { File, type FileOptions, type ReadOptions, type WriteOptions } from './handles/file.js';
export type { HandleStatistics } from './handles/handle-host.js';
export type { HandleOperations, HandleOps, HandleOptions } from './handles/handle-operations.js';
export { HandleRing as RingCore } from './handles/handle-ring.js';
export { Listener, type ListenOptions } from './handles/listener.js';
export { OwnedDescriptor } from './handles/owned-descriptor.js';
export { type ConnectOptions, Socket, type TransmissionOptions } from './handles/socket.js';
export type { BufferPool, BufferPoolOptions, BufferPoolStatistics } from './memory/buffer-pool.js';
export { LinkedMemory } from './memory/linked-memory.js';
export type { Loan } from './memory/loan.js';
export { type AllocationOptions, RingBuffer } from './memory/memory.js';
export type { ReadOnlyBuffer } from './memory/read-only-buffer.js';
export type { CancelTarget } from './operations/cancellation.js';
export { ChainError, type ChainOptions, type ChainResults } from './operations/chain.js';
export type { OperationChange } from './operations/change.js';
export { createdDescriptor, createdPair, readDescriptorPair } from './operations/created-descriptors.js';
export type {
  CommonArgs,
  Completed,
  ExtraOptions,
  Held,
  Operation,
  OperationOptions,
  Starter,
  WithExtra,
} from './operations/operation.js';
export { extraArgument } from './operations/operation-options.js';
export type { RingMessage } from './operations/posted.js';
export type { FileTarget, RawArgs, RawFields } from './operations/raw-operation.js';
export type { RingStatistics } from './operations/statistics.js';
export type { OperationTarget } from './operations/target.js';
export { Completion } from './port/completion.js';
export type { ExtraWords } from './port/extra-words.js';
export type { RingFeatures } from './port/features.js';
export { packageEncoders } from './port/native.js';
export type { RingOptions } from './port/setup.js';
export type { Query, QueryAnswer } from './query.js';
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
export type {
  BufferRing,
  BufferRingOptions,
  BufferRingStatistics,
  LeasedRead,
  LeasedReceive,
} from './streams/buffer-ring.js';
export type { Lease } from './streams/lease.js';
export type { LeasedMessage, MultishotReceiveMessage } from './streams/leased-message.js';
export type {
  Multishot,
  MultishotAccept,
  MultishotPoll,
  MultishotRead,
  MultishotReceive,
  MultishotTimeout,
} from './streams/multishot.js';
export type { MultishotStream, QueuedStreamOptions, StreamOptions } from './streams/multishot-stream.js';
export type { PollStream } from './streams/poll-stream.js';
export type { ZeroCopyReceive } from './streams/zcrx.js';
export type { ZeroCopyResult, ZeroCopySend } from './streams/zero-copy.js';
export { SyncRing, SyncRing as SyncRingCore, type WaitLimits } from './sync-ring.js';

/** Version of this contract; generated packages say which one they were made for. */
export const SEAM_VERSION = 1;
