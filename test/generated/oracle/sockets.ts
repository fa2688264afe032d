/** Helpers for sockets: connections, messages, zero copy, and commands to a socket. */
import * as operations from '../../../generated/operations.js';
import {
  ALL32,
  big,
  buf,
  gap,
  INT_MAX,
  INT_MIN,
  message,
  none,
  number,
  P1,
  P3,
  type Row,
  row,
  socketAddress,
  TOP,
  time,
} from './rows.js';

const NO_NULL = gap('bundles without a group would send from nowhere: a buffer is required');

const SELECT = 'io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT); io_uring_sqe_set_buf_group(sqe, 65535);';
const peer = { peer: buf, peerLength: time };

const connections: readonly Row[] = [
  row('socket', operations.socket, [
    ['AF_INET, SOCK_STREAM, 0, 0', { domain: 2, type: 1 }],
    [
      'AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP, 0',
      { domain: 10, type: number(0o2000002), protocol: 17 },
    ],
    ['45, 0x8080a, -1, 0', { domain: 45, type: number(0x8080a), protocol: -1 }],
  ]),
  row('socket_direct', operations.socket, [
    ['AF_INET, SOCK_STREAM, 0, 0, 0', { domain: 2, type: 1, fileSlot: 1 }],
    ['AF_UNIX, SOCK_STREAM, 0, 4094, 0', { domain: 1, type: 1, fileSlot: 4095 }],
    ['AF_UNIX, SOCK_STREAM, 0, IORING_FILE_INDEX_ALLOC, 0', { domain: 1, type: 1, fileSlot: ALL32 }],
  ]),
  row('socket_direct_alloc', operations.socket, [
    ['AF_INET, SOCK_STREAM, 6, 0', { domain: 2, type: 1, protocol: 6, fileSlot: ALL32 }],
  ]),
  row('bind', operations.bind, [
    ['3, ADDRESS, ADDRESS_LEN', { fd: 3, address: socketAddress }],
    ['-1, BUF, BUF_LEN', { fd: -1, address: buf }],
  ]),
  row('listen', operations.listen, [
    ['3, 128', { fd: 3, backlog: 128 }],
    ['-1, -1', { fd: -1, backlog: -1 }],
  ]),
  row('connect', operations.connect, [
    ['3, ADDRESS, ADDRESS_LEN', { fd: 3, address: socketAddress }],
    ['INT_MIN, BIG, BIG_LEN', { fd: INT_MIN, address: big }],
  ]),
  row('shutdown', operations.shutdown, [
    ['3, SHUT_RDWR', { fd: 3, how: 2 }],
    ['-1, SHUT_WR', { fd: -1, how: 1 }],
  ]),
  row('accept', operations.accept, [
    ['3, NULL, NULL, 0', { fd: 3 }],
    ['INT_MAX, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK', { fd: INT_MAX, flags: number(0o2004000) }],
    ['-1, NULL, NULL, 0x80800', { fd: -1, flags: number(0x80800) }],
    ['3, BUF, TIME, 0', { fd: 3, ...peer }],
    ['3, NULL, NULL, 0', { fd: 3, ioprio: 4 }, { after: 'sqe->ioprio |= IORING_ACCEPT_POLL_FIRST;' }],
  ]),
  row('accept_direct', operations.accept, [
    ['3, NULL, NULL, 0, 0', { fd: 3, fileSlot: 1 }],
    ['3, NULL, NULL, 0x80800, IORING_FILE_INDEX_ALLOC', { fd: 3, flags: number(0x80800), fileSlot: ALL32 }],
    ['3, BUF, TIME, 0, 4094', { fd: 3, fileSlot: 4095, ...peer }],
  ]),
  row('multishot_accept', operations.accept, [
    ['3, NULL, NULL, SOCK_CLOEXEC', { fd: 3, flags: 0o2000000, ioprio: 1 }],
    ['-1, BUF, TIME, 0x80800', { fd: -1, flags: number(0x80800), ioprio: 1, ...peer }],
  ]),
  row('multishot_accept_direct', operations.accept, [
    ['3, NULL, NULL, 0', { fd: 3, fileSlot: ALL32, ioprio: 1 }],
  ]),
];

const receiving: readonly Row[] = [
  row('recv', operations.recv, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf }],
    ['-1, BIG, BIG_LEN, 0x6605ffff', { fd: -1, buffer: big, flags: number(0x6605ffff) }],
    ['INT_MAX, NONE, 0, MSG_WAITALL', { fd: INT_MAX, buffer: none, flags: 0x100 }],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, ioprio: number(0x3f) }, { after: 'sqe->ioprio = 0x3f;' }],
    ['3, NULL, BUF_LEN, 0', { fd: 3, bufGroup: 65535, length: buf.byteLength }, { after: SELECT }],
  ]),
  row('recv_multishot', operations.recv, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, ioprio: 2 }],
    [
      '3, NULL, 0, 0x6605ffff',
      { fd: 3, bufGroup: 65535, flags: number(0x6605ffff), ioprio: 2 },
      { after: SELECT },
    ],
    [
      '3, BUF, 0, 0',
      { fd: 3, buffer: buf.subarray(0, 0), ioprio: 2, total: 4096 },
      { after: 'sqe->optlen = 4096;' },
    ],
  ]),
  row('recvmsg', operations.recvmsg, [
    ['3, MESSAGE, 0', { fd: 3, message }],
    ['-1, MESSAGE, 0x6605ffff', { fd: -1, message, flags: number(0x6605ffff) }],
  ]),
  row('recvmsg_multishot', operations.recvmsg, [
    ['3, MESSAGE, MSG_TRUNC', { fd: 3, message, flags: 0x20, ioprio: 2 }],
    [
      '3, MESSAGE, 0x6605ffff',
      { fd: 3, message, flags: number(0x6605ffff), ioprio: 2, bufGroup: 65535 },
      { after: SELECT },
    ],
  ]),
];

const sending: readonly Row[] = [
  row('send', operations.send, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf }],
    ['-1, BIG, BIG_LEN, 0x6605ffff', { fd: -1, buffer: big, flags: number(0x6605ffff) }],
    ['INT_MIN, NONE, 0, MSG_NOSIGNAL', { fd: INT_MIN, buffer: none, flags: 0x4000 }],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, ioprio: number(0x21) }, { after: 'sqe->ioprio = 0x21;' }],
  ]),
  row('send_bundle', operations.send, [
    ['3, 0, 0', { fd: 3, bufGroup: 65535, ioprio: 16 }, { after: SELECT }],
    [
      '-1, 4096, 0x6605ffff',
      { fd: -1, buffer: buf, flags: number(0x6605ffff), ioprio: 16 },
      { differs: { addr: NO_NULL } },
    ],
  ]),
  row('sendto', operations.send, [
    ['3, BUF, BUF_LEN, 0, NULL, 0', { fd: 3, buffer: buf }],
    [
      '3, BUF, BUF_LEN, 0x6605ffff, ADDRESS, ADDRESS_LEN',
      { fd: 3, buffer: buf, flags: number(0x6605ffff), to: socketAddress },
    ],
  ]),
  row('send_set_addr', operations.send, [
    [
      'BUF, BUF_LEN',
      { fd: 3, buffer: buf, to: buf },
      { before: 'io_uring_prep_send(sqe, 3, BUF, BUF_LEN, 0);' },
    ],
  ]),
  row('send_set_addr', operations.sendZc, [
    [
      'ADDRESS, ADDRESS_LEN',
      { fd: 3, buffer: buf, to: socketAddress },
      { before: 'io_uring_prep_send_zc(sqe, 3, BUF, BUF_LEN, 0, 0);' },
    ],
    [
      'BUF, BUF_LEN',
      { fd: 3, buffer: none, to: buf },
      { before: 'io_uring_prep_send_zc(sqe, 3, NONE, 0, 0, 0);' },
    ],
  ]),
  row('send_zc', operations.sendZc, [
    ['3, BUF, BUF_LEN, 0, 0', { fd: 3, buffer: buf }],
    [
      '-1, BIG, BIG_LEN, 0x6605ffff, 0x3f',
      { fd: -1, buffer: big, flags: number(0x6605ffff), ioprio: number(0x3f) },
    ],
    [
      '3, BUF, BUF_LEN, MSG_WAITALL, IORING_SEND_ZC_REPORT_USAGE',
      { fd: 3, buffer: buf, flags: 0x100, ioprio: 8 },
    ],
  ]),
  row('send_zc_fixed', operations.sendZc, [
    ['3, BUF, BUF_LEN, 0, 0, 0', { fd: 3, buffer: buf, ioprio: 4 }],
    [
      '-1, BIG, BIG_LEN, 0x6605ffff, 0x3b, 65535',
      { fd: -1, buffer: big, flags: number(0x6605ffff), ioprio: number(0x3f), bufIndex: 65535 },
    ],
  ]),
  row('sendmsg', operations.sendmsg, [
    ['3, MESSAGE, 0', { fd: 3, message }],
    ['-1, MESSAGE, 0x6605ffff', { fd: -1, message, flags: number(0x6605ffff) }],
  ]),
  row('sendmsg_zc', operations.sendmsgZc, [
    ['3, MESSAGE, 0', { fd: 3, message }],
    ['-1, MESSAGE, 0x6605ffff', { fd: -1, message, flags: number(0x6605ffff) }],
  ]),
  row('sendmsg_zc_fixed', operations.sendmsgZc, [
    ['3, MESSAGE, 0, 0', { fd: 3, message, ioprio: 4 }],
    [
      '-1, MESSAGE, 0x6605ffff, 65535',
      { fd: -1, message, flags: number(0x6605ffff), ioprio: 4, bufIndex: 65535 },
    ],
  ]),
];

const commands: readonly Row[] = [
  row('cmd_sock', operations.uringCmd, [
    ['SOCKET_URING_OP_SIOCINQ, 3, 0, 0, NULL, 0', { fd: 3 }],
    [
      'SOCKET_URING_OP_SETSOCKOPT, 3, SOL_SOCKET, SO_REUSEADDR, P1, 4',
      { cmdOp: 3, fd: 3, level: 1, optname: 2, optval: P1, optlen: 4 },
    ],
    [
      'SOCKET_URING_OP_GETSOCKOPT, -1, -1, INT_MIN, TOP, -1',
      { cmdOp: 2, fd: -1, level: -1, optname: INT_MIN, optval: TOP, optlen: -1 },
    ],
  ]),
  row('cmd_getsockname', operations.uringCmd, [
    ['3, P1, P3, 0', { cmdOp: 5, fd: 3, addr: P1, addr3: P3 }],
    ['-1, P1, TOP, 1', { cmdOp: 5, fd: -1, addr: P1, addr3: TOP, optlen: 1 }],
  ]),
];

export const socketRows: readonly Row[] = [...connections, ...receiving, ...sending, ...commands];
