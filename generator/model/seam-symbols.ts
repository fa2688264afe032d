/**
 * The contract with runtime/seam.ts, tabulated: what generated code may import, and what packages hand on.
 */

/** Names generated code may import from the seam: the contract of runtime/seam.ts. */
export const SEAM = {
  values: [
    'bits16',
    'bits32',
    'bits8',
    'checkFields',
    'commandBytes',
    'errorNumber',
    'heldIn',
    'high',
    'highWord',
    'IoVector',
    'low',
    'lowWord',
    'packageEncoders',
    'readRecord',
    'RingBuffer',
    'RingCore',
    'SyncRingCore',
  ],
  types: [
    'Bytes',
    'CommonArgs',
    'Duration',
    'FieldTable',
    'Held',
    'Operation',
    'OperationOptions',
    'RecordLayout',
    'RingOptions',
    'RingStatistics',
    'SocketAddress',
    'Starter',
    'U64',
    'Word64',
  ],
} as const;

/** What the package re-exports of the runtime, so that a program needs one import. */
export const PUBLIC = {
  values: [
    'Completion',
    'encodeRecord',
    'IoVector',
    'readRecord',
    'RingBuffer',
    'RingError',
    'SyncRing',
    'viewRecord',
    'writeRecord',
  ],
  types: [
    'Bytes',
    'Duration',
    'Operation',
    'OperationOptions',
    'RecordInput',
    'RecordLayout',
    'RecordView',
    'RingOptions',
    'RingStatistics',
    'SocketAddress',
    'U64',
  ],
} as const;
