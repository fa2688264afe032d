/**
 * One row per operation that has named arguments. An opcode without a row gets a builder over the SQE's own fields, so
 * nothing here is needed before an opcode works.
 */
import type { ArgumentRow, OperationRow } from './row.js';

/** "The current position of the file", and what streams want. */
const CURRENT_POSITION = -1;
/** AT_FDCWD: relative paths start at the working directory. */
const WORKING_DIRECTORY = -100;
const PERMISSIONS = 0o666;

const fd = (doc: string): ArgumentRow => ({ kind: 'integer', name: 'fd', field: 'fd', doc });
const dirfd: ArgumentRow = {
  kind: 'integer',
  name: 'dirfd',
  field: 'fd',
  default: WORKING_DIRECTORY,
  doc: 'Directory that a relative path starts from. Default: the working directory (AT_FDCWD).',
};
const path: ArgumentRow = { kind: 'path', name: 'path', address: 'addr', doc: 'Path of the file.' };
const fileOffset: ArgumentRow = {
  kind: 'integer',
  name: 'offset',
  field: 'off',
  default: CURRENT_POSITION,
  doc: 'Position in the file, in bytes; -1 (the default) uses and moves the current position, and suits streams.',
};
const rwFlags: ArgumentRow = {
  kind: 'integer',
  name: 'flags',
  field: 'rw_flags',
  default: 0,
  doc: 'RWF_* bits as for preadv2(2).',
};
const messageFlags: ArgumentRow = {
  kind: 'integer',
  name: 'flags',
  field: 'msg_flags',
  default: 0,
  doc: 'MSG_* bits.',
};
const sendReceiveMode: ArgumentRow = {
  kind: 'integer',
  name: 'ioprio',
  field: 'ioprio',
  default: 0,
  doc: 'IORING_RECVSEND_* bits, e.g. IORING_RECVSEND_POLL_FIRST.',
};

const newDescriptorSlot: ArgumentRow = {
  kind: 'integer',
  name: 'fileIndex',
  field: 'file_index',
  default: 0,
  doc: 'Slot for a direct descriptor, counted from 1, or IORING_FILE_INDEX_ALLOC. Default: an ordinary descriptor.',
};

const RW_SOURCE = 'io_uring/rw.c; readv(2)';
const NET_SOURCE = 'io_uring/net.c';

export const operations = {
  IORING_OP_NOP: {
    doc: 'Does nothing, and completes: the cost of a ring by itself.',
    man: 'io_uring_enter(2)',
    args: [
      {
        kind: 'integer',
        name: 'flags',
        field: 'nop_flags',
        default: 0,
        doc: 'IORING_NOP_* bits, since 6.10; `result` comes back with IORING_NOP_INJECT_RESULT.',
      },
      { kind: 'integer', name: 'result', field: 'len', default: 0, doc: 'Result to inject.' },
    ],
    result: { kind: 'number', doc: '0, or the injected result.' },
    source: 'io_uring/nop.c',
  },
  IORING_OP_READ: {
    doc: 'Reads into a buffer.',
    man: 'read(2)',
    args: [
      fd('File or socket to read from.'),
      {
        kind: 'bytes',
        name: 'buffer',
        direction: 'target',
        address: 'addr',
        length: 'len',
        doc: 'Where the data goes.',
      },
      fileOffset,
      rwFlags,
    ],
    result: { kind: 'number', doc: 'Bytes read; 0 at the end of the file. May be fewer than asked for.' },
    source: RW_SOURCE,
  },
  IORING_OP_WRITE: {
    doc: 'Writes a buffer.',
    man: 'write(2)',
    args: [
      fd('File or socket to write to.'),
      {
        kind: 'bytes',
        name: 'buffer',
        direction: 'source',
        address: 'addr',
        length: 'len',
        doc: 'The data.',
      },
      fileOffset,
      rwFlags,
    ],
    result: { kind: 'number', doc: 'Bytes written. May be fewer than given.' },
    source: RW_SOURCE,
  },
  IORING_OP_READV: {
    doc: 'Reads into several buffers, in order.',
    man: 'preadv2(2)',
    args: [
      fd('File or socket to read from.'),
      {
        kind: 'vector',
        name: 'buffers',
        direction: 'target',
        address: 'addr',
        count: 'len',
        doc: 'Filled one after the other.',
      },
      fileOffset,
      rwFlags,
    ],
    result: { kind: 'number', doc: 'Bytes read in all.' },
    source: RW_SOURCE,
  },
  IORING_OP_WRITEV: {
    doc: 'Writes several buffers, in order.',
    man: 'pwritev2(2)',
    args: [
      fd('File or socket to write to.'),
      {
        kind: 'vector',
        name: 'buffers',
        direction: 'source',
        address: 'addr',
        count: 'len',
        doc: 'Written one after the other.',
      },
      fileOffset,
      rwFlags,
    ],
    result: { kind: 'number', doc: 'Bytes written in all.' },
    source: RW_SOURCE,
  },
  IORING_OP_FSYNC: {
    doc: 'Brings a file to stable storage.',
    man: 'fsync(2)',
    args: [
      fd('File to bring to storage.'),
      {
        kind: 'integer',
        name: 'flags',
        field: 'fsync_flags',
        default: 0,
        doc: 'IORING_FSYNC_DATASYNC for fdatasync(2).',
      },
      { kind: 'integer', name: 'offset', field: 'off', default: 0, doc: 'Start of the range. Default 0.' },
      {
        kind: 'integer',
        name: 'length',
        field: 'len',
        default: 0,
        doc: 'Bytes of the range; 0 for all of the file.',
      },
    ],
    result: { kind: 'void' },
    source: 'io_uring/sync.c',
  },
  IORING_OP_OPENAT: {
    doc: 'Opens a file.',
    man: 'openat(2)',
    args: [
      path,
      { kind: 'integer', name: 'flags', field: 'open_flags', default: 0, doc: 'O_* bits. Default O_RDONLY.' },
      {
        kind: 'integer',
        name: 'mode',
        field: 'len',
        default: PERMISSIONS,
        doc: 'Permissions of a file that is created. Default 0o666.',
      },
      dirfd,
      newDescriptorSlot,
    ],
    result: { kind: 'number', doc: 'The new file descriptor.' },
    source: 'io_uring/openclose.c',
  },
  IORING_OP_CLOSE: {
    doc: 'Closes a file descriptor.',
    man: 'close(2)',
    args: [
      {
        kind: 'integer',
        name: 'fd',
        field: 'fd',
        default: 0,
        doc: 'The descriptor; 0 when a direct one is closed.',
      },
      {
        kind: 'integer',
        name: 'fileIndex',
        field: 'file_index',
        default: 0,
        doc: 'Slot of a direct descriptor, counted from 1.',
      },
    ],
    result: { kind: 'void' },
    source: 'io_uring/openclose.c',
  },
  IORING_OP_STATX: {
    doc: "Tells a file's type, size, times and owner.",
    man: 'statx(2)',
    args: [
      path,
      {
        kind: 'integer',
        name: 'mask',
        field: 'len',
        default: 0x7ff,
        doc: 'STATX_* bits: what is wanted. Default STATX_BASIC_STATS.',
      },
      {
        kind: 'integer',
        name: 'flags',
        field: 'statx_flags',
        default: 0,
        doc: 'AT_* bits, e.g. AT_SYMLINK_NOFOLLOW.',
      },
      dirfd,
    ],
    result: { kind: 'record', record: 'statx', address: 'addr2', doc: 'The contents of `struct statx`.' },
    source: 'io_uring/statx.c',
  },
  IORING_OP_ACCEPT: {
    doc: 'Accepts a connection.',
    man: 'accept4(2)',
    args: [
      fd('The listening socket.'),
      {
        kind: 'integer',
        name: 'flags',
        field: 'accept_flags',
        default: 0,
        doc: 'SOCK_CLOEXEC, SOCK_NONBLOCK.',
      },
      newDescriptorSlot,
    ],
    result: { kind: 'number', doc: "The connection's descriptor." },
    source: NET_SOURCE,
  },
  IORING_OP_CONNECT: {
    doc: 'Connects a socket.',
    man: 'connect(2)',
    args: [
      fd('The socket.'),
      { kind: 'socketAddress', name: 'address', address: 'addr', length: 'off', doc: 'Whom to connect to.' },
    ],
    result: { kind: 'void' },
    source: NET_SOURCE,
  },
  IORING_OP_SEND: {
    doc: 'Sends on a connected socket.',
    man: 'send(2)',
    args: [
      fd('The socket.'),
      {
        kind: 'bytes',
        name: 'buffer',
        direction: 'source',
        address: 'addr',
        length: 'len',
        doc: 'The data.',
      },
      messageFlags,
      sendReceiveMode,
    ],
    result: { kind: 'number', doc: 'Bytes sent. May be fewer than given without MSG_WAITALL.' },
    source: NET_SOURCE,
  },
  IORING_OP_RECV: {
    doc: 'Receives on a socket.',
    man: 'recv(2)',
    args: [
      fd('The socket.'),
      {
        kind: 'bytes',
        name: 'buffer',
        direction: 'target',
        address: 'addr',
        length: 'len',
        doc: 'Where the data goes.',
      },
      messageFlags,
      sendReceiveMode,
    ],
    result: { kind: 'number', doc: 'Bytes received; 0 when the peer has finished.' },
    source: NET_SOURCE,
  },
  IORING_OP_TIMEOUT: {
    doc: 'Completes after a time, or after a number of completions.',
    man: 'io_uring_enter(2)',
    args: [
      {
        kind: 'timespec',
        name: 'after',
        address: 'addr',
        doc: 'How long, or with IORING_TIMEOUT_ABS until when.',
      },
      {
        kind: 'integer',
        name: 'count',
        field: 'off',
        default: 0,
        doc: 'Complete early after that many other completions; 0 for never.',
      },
      { kind: 'integer', name: 'flags', field: 'timeout_flags', default: 0, doc: 'IORING_TIMEOUT_* bits.' },
    ],
    fixed: { len: 1 },
    result: {
      kind: 'answer',
      errors: { ETIME: 'expired' },
      otherwise: 'counted',
      doc: "'expired' when the time was over, 'counted' when `count` completions came first.",
    },
    source: 'io_uring/timeout.c',
  },
  IORING_OP_ASYNC_CANCEL: {
    doc: 'Asks for the cancellation of operations in flight. They complete by themselves, usually with ECANCELED.',
    man: 'io_uring_enter(2)',
    args: [
      {
        kind: 'integer',
        name: 'target',
        field: 'addr',
        default: 0,
        doc: 'user_data of the operation to cancel.',
      },
      {
        kind: 'integer',
        name: 'fd',
        field: 'fd',
        default: 0,
        doc: 'Its descriptor, with IORING_ASYNC_CANCEL_FD.',
      },
      {
        kind: 'integer',
        name: 'opcode',
        field: 'len',
        default: 0,
        doc: 'Its opcode, with IORING_ASYNC_CANCEL_OP.',
      },
      {
        kind: 'integer',
        name: 'flags',
        field: 'cancel_flags',
        default: 0,
        doc: 'IORING_ASYNC_CANCEL_* bits: what to match.',
      },
    ],
    result: { kind: 'number', doc: 'Operations found, with IORING_ASYNC_CANCEL_ALL; otherwise 0.' },
    source: 'io_uring/cancel.c',
  },
  IORING_OP_POLL_ADD: {
    doc: 'Waits until a descriptor is ready.',
    man: 'poll(2)',
    args: [
      fd('What to wait for.'),
      {
        kind: 'integer',
        name: 'events',
        field: 'poll32_events',
        doc: 'POLL* bits, e.g. POLLIN (1), POLLOUT (4).',
      },
    ],
    result: { kind: 'number', doc: 'The events that are there.' },
    source: 'io_uring/poll.c',
  },
} as const satisfies Record<string, OperationRow>;
