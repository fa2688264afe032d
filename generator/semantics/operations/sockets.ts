/**
 * Operations on sockets: making and connecting them, sending and receiving.
 */
import type { FieldRow, OperationRow, OperationRows } from '../row.js';
import { bufIndex, data, fd, fileSlot, messageFlags, optional, required, sendReceiveMode } from './shared.js';

const socket = fd('The socket.');
const REGISTERED = 'in a registered buffer with IORING_RECVSEND_FIXED_BUF.';
const BYTES_RECEIVED = 'Bytes received; 0 when the peer has finished.';
const BYTES_SENT = 'Bytes sent. May be fewer than given without MSG_WAITALL.';

const address = (doc: string): FieldRow => ({
  kind: 'socketAddress',
  name: 'address',
  length: 'addr2',
  doc,
});

const destination: FieldRow = {
  kind: 'socketAddress',
  name: 'to',
  length: 'addr_len',
  optional: true,
  doc: 'Whom to send to, on a socket that is not connected.',
};

const message = (direction: 'in' | 'out', doc: string) =>
  ({ kind: 'message', name: 'message', direction, doc }) as const satisfies FieldRow;

const ONE: FieldRow = { kind: 'fixed', value: 1, reason: 'one message, as every library says' };
const OWN_USER_DATA: FieldRow = {
  kind: 'fixed',
  value: 0,
  reason: 'the notification must come back under the user_data of its operation, which it ends',
};
const SOCKET_TYPES = ['STREAM', 'DGRAM', 'RAW', 'RDM', 'SEQPACKET', 'DCCP', 'PACKET'].map(
  (type) => `SOCK_${type}`,
);
const registeredIndex = bufIndex('Index of the registered buffer, with IORING_RECVSEND_FIXED_BUF.');
const registrable = {
  registered: { index: 'buf_index', flag: { field: 'ioprio', constant: 'IORING_RECVSEND_FIXED_BUF' } },
} as const;

const send: OperationRow = {
  doc: 'Sends on a socket.',
  man: 'send(2)',
  fields: {
    fd: socket,
    addr: { ...data('in', `The data; ${REGISTERED}`), ...registrable },
    msg_flags: messageFlags,
    ioprio: sendReceiveMode,
    addr2: destination,
    buf_index: registeredIndex,
  },
  result: { kind: 'number', doc: BYTES_SENT },
};

const sendmsg: OperationRow = {
  doc: 'Sends several buffers as one message, with an address or control data beside them.',
  man: 'sendmsg(2)',
  fields: {
    fd: socket,
    addr: message('in', 'What to send.'),
    len: ONE,
    msg_flags: messageFlags,
    ioprio: sendReceiveMode,
  },
  result: { kind: 'number', doc: BYTES_SENT },
};

export const sockets: OperationRows = {
  IORING_OP_SOCKET: {
    doc: 'Makes a socket.',
    man: 'socket(2)',
    fields: {
      fd: required('domain', 'Address family, e.g. AF_INET.', { domain: 'af_flags' }),
      off: {
        ...required(
          'type',
          'SOCK_STREAM or another, with SOCK_NONBLOCK beside it. SOCK_CLOEXEC goes by itself.',
        ),
        domain: 'socket_type',
        closeOnExec: { constant: 'SOCK_CLOEXEC' },
      },
      len: optional('protocol', 'Protocol of the family. Default: the usual one of the type.'),
      file_index: fileSlot,
    },
    result: { kind: 'descriptor', doc: "The socket's descriptor." },
  },
  IORING_OP_BIND: {
    doc: 'Gives a socket its own address.',
    man: 'bind(2)',
    fields: { fd: socket, addr: address('Its address.') },
    result: { kind: 'void' },
  },
  IORING_OP_LISTEN: {
    doc: 'Makes a socket accept connections.',
    man: 'listen(2)',
    fields: { fd: socket, len: required('backlog', 'How many connections may wait to be accepted.') },
    result: { kind: 'void' },
  },
  IORING_OP_ACCEPT: {
    doc: 'Accepts a connection.',
    man: 'accept4(2)',
    fields: {
      fd: fd('The listening socket.'),
      accept_flags: optional('flags', 'SOCK_NONBLOCK. SOCK_CLOEXEC goes by itself.', {
        domain: 'socket_type',
        // The type is that of the listening socket.
        without: SOCKET_TYPES,
        closeOnExec: { constant: 'SOCK_CLOEXEC' },
      }),
      addr: { kind: 'peer', name: 'peer', length: 'addr2', doc: 'Is told the address of the peer.' },
      file_index: fileSlot,
      ioprio: optional('ioprio', 'IORING_ACCEPT_* bits.'),
    },
    result: { kind: 'descriptor', doc: "The connection's descriptor." },
  },
  IORING_OP_CONNECT: {
    doc: 'Connects a socket.',
    man: 'connect(2)',
    fields: { fd: socket, addr: address('Whom to connect to.') },
    result: { kind: 'void' },
  },
  IORING_OP_SHUTDOWN: {
    doc: 'Ends one or both directions of a connection.',
    man: 'shutdown(2)',
    fields: {
      fd: socket,
      len: { ...required('how', 'SHUT_RD, SHUT_WR or SHUT_RDWR.'), domain: 'shutdown_how' },
    },
    result: { kind: 'void' },
  },
  IORING_OP_SEND: send,
  IORING_OP_SEND_ZC: {
    ...send,
    doc: 'Sends on a socket without copying the data. Settles once the kernel needs the buffer no more.',
    man: 'io_uring_prep_send_zc(3)',
    fields: { ...send.fields, addr3: OWN_USER_DATA },
  },
  IORING_OP_SENDMSG: sendmsg,
  IORING_OP_SENDMSG_ZC: {
    ...sendmsg,
    doc: 'Sends a message without copying its data. Settles once the kernel needs the buffers no more.',
    man: 'io_uring_prep_sendmsg_zc(3)',
    fields: {
      ...sendmsg.fields,
      addr: { ...message('in', `What to send; ${REGISTERED}`), ...registrable },
      buf_index: registeredIndex,
      addr3: OWN_USER_DATA,
    },
  },
  IORING_OP_RECV: {
    doc: 'Receives on a socket.',
    man: 'recv(2)',
    fields: {
      fd: socket,
      addr: { ...data('out', `Where the data goes; ${REGISTERED}`), ...registrable },
      msg_flags: messageFlags,
      ioprio: sendReceiveMode,
      optlen: optional('total', 'With IORING_RECV_MULTISHOT: end after that many bytes in all; 0 for never.'),
      buf_index: registeredIndex,
    },
    result: { kind: 'number', doc: BYTES_RECEIVED },
  },
  IORING_OP_RECVMSG: {
    doc: 'Receives a message into several buffers, with its address and control data.',
    man: 'recvmsg(2)',
    fields: {
      fd: socket,
      addr: message('out', 'Where the message goes.'),
      len: ONE,
      msg_flags: {
        ...messageFlags,
        doc: 'MSG_* bits. MSG_CMSG_CLOEXEC, for descriptors in control messages, goes by itself.',
        closeOnExec: { constant: 'MSG_CMSG_CLOEXEC' },
      },
      ioprio: sendReceiveMode,
    },
    result: { kind: 'contents', doc: 'What was received beside the data, and how many bytes of that.' },
  },
  IORING_OP_RECV_ZC: {
    doc: 'Receives into memory that the network card writes directly (zero-copy receive), again and again.',
    man: 'io_uring_register_ifq(3)',
    fields: {
      fd: socket,
      zcrx_ifq_idx: optional('zcrxIfqIdx', 'Index of the registered interface queue.'),
      len: optional('length', 'End after that many bytes; 0 for never.'),
      ioprio: required('ioprio', 'IORING_RECV_MULTISHOT, which it needs, and IORING_RECVSEND_POLL_FIRST.'),
    },
    result: { kind: 'number', doc: '`cqe->res` of the last completion.' },
    extra: 'where in its area the data lies, as a `struct io_uring_zcrx_cqe`',
  },
};
