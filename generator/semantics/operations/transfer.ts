/**
 * Operations that move data: reads, writes, and from pipe to pipe.
 */
import type { FieldRow, OperationRow, OperationRows } from '../row.js';
import {
  BYTES_READ,
  BYTES_WRITTEN,
  bufIndex,
  data,
  fd,
  optional,
  readWriteCommon,
  readWriteRest,
  required,
  vector,
} from './shared.js';

const REGISTERED = 'Index of the registered buffer that it lies in.';

const registered = { registered: { index: 'buf_index' } } as const;

const writeStream = optional('writeStream', "The device's stream that the data belongs to; 0 for none.");
const spliceFlags = optional(
  'flags',
  'SPLICE_F_* bits. SPLICE_F_FD_IN_FIXED goes by itself with a direct descriptor as `fdIn`.',
  { domain: 'splice_flags' },
);
const fdIn = (doc: string): FieldRow =>
  required('fdIn', doc, { file: { argument: 'flags', directFlag: 'SPLICE_F_FD_IN_FIXED' } });
const POSITION = 'Position in it, in bytes; -1 (the default) uses its own, and is what a pipe wants.';
const NO_POSITION = -1;

const NO_INDEX = {
  kind: 'fixed',
  value: 0,
  reason: 'the kernel reads it for all of these operations, and looks at it for registered buffers only',
} as const;

const NO_STREAM = {
  kind: 'fixed',
  value: 0,
  reason: 'streams are for what is written; the kernel reads the field for all of these operations',
} as const;

const read: OperationRow = {
  doc: 'Reads into a buffer.',
  man: 'read(2)',
  fields: {
    fd: fd('File or socket to read from.'),
    addr: data('out', 'Where the data goes.'),
    ...readWriteRest,
    write_stream: NO_STREAM,
  },
  result: { kind: 'number', doc: BYTES_READ },
};

const write: OperationRow = {
  doc: 'Writes a buffer.',
  man: 'write(2)',
  fields: {
    fd: fd('File or socket to write to.'),
    addr: data('in', 'The data.'),
    ...readWriteRest,
    write_stream: writeStream,
    buf_index: NO_INDEX,
  },
  result: { kind: 'number', doc: BYTES_WRITTEN },
};

const readv: OperationRow = {
  doc: 'Reads into several buffers, in order.',
  man: 'preadv2(2)',
  fields: {
    fd: fd('File or socket to read from.'),
    addr: vector('out', 'Filled one after the other.'),
    ...readWriteRest,
    write_stream: NO_STREAM,
  },
  result: { kind: 'number', doc: 'Bytes read in all.' },
};

const writev: OperationRow = {
  doc: 'Writes several buffers, in order.',
  man: 'pwritev2(2)',
  fields: {
    fd: fd('File or socket to write to.'),
    addr: vector('in', 'Written one after the other.'),
    ...readWriteRest,
    write_stream: writeStream,
    buf_index: NO_INDEX,
  },
  result: { kind: 'number', doc: 'Bytes written in all.' },
};

export const transfer: OperationRows = {
  IORING_OP_READ: read,
  IORING_OP_WRITE: write,
  IORING_OP_READV: readv,
  IORING_OP_WRITEV: writev,
  IORING_OP_READ_FIXED: {
    ...read,
    doc: 'Reads into a part of a registered buffer.',
    fields: {
      ...read.fields,
      addr: { ...data('out', 'Where the data goes.'), ...registered },
      buf_index: bufIndex(REGISTERED),
    },
  },
  IORING_OP_WRITE_FIXED: {
    ...write,
    doc: 'Writes a part of a registered buffer.',
    fields: {
      ...write.fields,
      addr: { ...data('in', 'The data.'), ...registered },
      buf_index: bufIndex(REGISTERED),
    },
  },
  IORING_OP_READV_FIXED: {
    ...readv,
    doc: 'Reads into several parts of a registered buffer, in order.',
    fields: {
      ...readv.fields,
      addr: {
        ...vector('out', 'Parts of one registered buffer, filled one after the other.'),
        ...registered,
      },
      buf_index: bufIndex(REGISTERED),
    },
  },
  IORING_OP_WRITEV_FIXED: {
    ...writev,
    doc: 'Writes several parts of a registered buffer, in order.',
    fields: {
      ...writev.fields,
      addr: {
        ...vector('in', 'Parts of one registered buffer, written one after the other.'),
        ...registered,
      },
      buf_index: bufIndex(REGISTERED),
    },
  },
  IORING_OP_READ_MULTISHOT: {
    doc: "Reads again and again into buffers of a group, whenever there is data; each time calls the option's `onMore`.",
    man: 'io_uring_prep_read_multishot(3)',
    fields: { fd: fd('File or socket that can be polled.'), ...readWriteCommon, write_stream: NO_STREAM },
    result: { kind: 'number', doc: 'Bytes of the last read.' },
  },
  IORING_OP_SPLICE: {
    doc: 'Moves data between two descriptors, of which one is a pipe, without copying it.',
    man: 'splice(2)',
    fields: {
      splice_fd_in: fdIn('Where the data comes from. One of the two is a pipe.'),
      splice_off_in: optional('offsetIn', POSITION, { default: NO_POSITION }),
      fd: required('fdOut', 'Where the data goes.'),
      off: optional('offsetOut', POSITION, { default: NO_POSITION }),
      len: required('length', 'The most bytes to move.'),
      splice_flags: spliceFlags,
    },
    result: { kind: 'number', doc: 'Bytes moved; 0 when there are no more.' },
  },
  IORING_OP_TEE: {
    doc: 'Copies data from one pipe to another, and leaves it in the first.',
    man: 'tee(2)',
    fields: {
      splice_fd_in: fdIn('The pipe to copy from.'),
      fd: required('fdOut', 'The pipe to copy to.'),
      len: required('length', 'The most bytes to copy.'),
      splice_flags: spliceFlags,
    },
    result: { kind: 'number', doc: 'Bytes copied.' },
  },
};
