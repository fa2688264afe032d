/**
 * Rows of arguments that several operations have.
 */
import type { Direction, FieldRow } from '../row.js';

export type Integer = Extract<FieldRow, { kind: 'integer' }>;

/** AT_FDCWD: relative paths start at the working directory. */
const WORKING_DIRECTORY = -100;
/** "The current position of the file", and what streams want. */
const CURRENT_POSITION = -1;

/** A value that must be given. */
export const required = (name: string, doc: string, more: Partial<Integer> = {}): Integer => ({
  kind: 'integer',
  name,
  doc,
  ...more,
});

/** A value that is 0 when it is not given. */
export const optional = (name: string, doc: string, more: Partial<Integer> = {}): Integer => ({
  kind: 'integer',
  name,
  doc,
  default: 0,
  ...more,
});

export const fd = (doc: string): Integer => required('fd', doc);

export const directory = (name: string, of: string): Integer => ({
  kind: 'integer',
  name,
  default: WORKING_DIRECTORY,
  file: 'ordinary',
  doc: `Directory that ${of} starts from. Default: the working directory (AT_FDCWD).`,
});

export const dirfd: Integer = directory('dirfd', 'a relative path');

export const path = (name: string, doc: string): FieldRow => ({ kind: 'path', name, doc });

export const position: Integer = {
  kind: 'integer',
  name: 'offset',
  default: CURRENT_POSITION,
  doc: 'Position in the file, in bytes; -1 (the default) uses and moves the current position, and suits streams.',
};

/** Data in `addr`, its length in `len`. */
export const data = (direction: Direction, doc: string): FieldRow => ({
  kind: 'bytes',
  name: 'buffer',
  direction,
  length: 'len',
  doc,
});

/** An iovec array in `addr`, its number of entries in `len`. */
export const vector = (direction: 'in' | 'out', doc: string): FieldRow => ({
  kind: 'vector',
  name: 'buffers',
  direction,
  count: 'len',
  doc,
});

export const fileSlot: Integer = optional(
  'fileSlot',
  'Slot for a direct descriptor, counted from 1, or IORING_FILE_INDEX_ALLOC. Default: an ordinary descriptor.',
);

export const messageFlags: Integer = optional('flags', 'MSG_* bits.', { domain: 'message_flags' });

export const sendReceiveMode: Integer = optional(
  'ioprio',
  'IORING_RECVSEND_* bits, e.g. IORING_RECVSEND_POLL_FIRST.',
  {
    // The buffer would have to be an iovec array: SENDMSG takes several buffers.
    without: ['IORING_SEND_VECTORIZED'],
  },
);

export const readWriteFlags: Integer = optional('flags', 'RWF_* bits as for preadv2(2).', {
  domain: 'read_write_flags',
});

export const bufIndex = (doc: string): Integer => optional('bufIndex', doc);

/** Fields of every read and write beside its data, without a priority. */
export const readWriteCommon: Readonly<Record<string, FieldRow>> = {
  off: position,
  rw_flags: readWriteFlags,
  attr_type_mask: optional(
    'attributeTypes',
    'IORING_RW_ATTR_FLAG_* bits: which attributes `attributes` holds.',
  ),
  attr_ptr: {
    kind: 'record',
    name: 'attributes',
    record: 'io_uring_attr_pi',
    optional: true,
    doc: 'Protection information that goes with the data (`struct io_uring_attr_pi`).',
  },
};

/** The same with one. */
export const readWriteRest: Readonly<Record<string, FieldRow>> = {
  ...readWriteCommon,
  ioprio: optional('ioprio', "I/O priority as for ioprio_set(2); 0 for the task's own."),
};

export const BYTES_READ = 'Bytes read; 0 at the end of the file. May be fewer than asked for.';
export const BYTES_WRITTEN = 'Bytes written. May be fewer than given.';
