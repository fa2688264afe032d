/** Helpers for sockets: connections, messages, zero copy, and commands to a socket. */
import * as operations from '../../../generated/operations.js';
import {
  ALL32,
  big,
  buf,
  gap,
  INT_MAX,
  INT_MIN,
  none,
  P1,
  P2,
  P3,
  type Row,
  row,
  socketAddress,
  TOP,
} from './rows.js';

const NO_PEER = gap("no peer address: the builder has no arguments for the address and its length's address");
const NO_ACCEPT_MODE = gap('no IORING_ACCEPT_*, such as multishot: the builder has no argument for ioprio');
const NO_NULL = gap('a buffer is required, and a buffer has an address; with a group the kernel wants none');
const NO_GROUP = gap('no buffer group: the builder has no argument for buf_group');
const NO_DESTINATION = gap('no destination: the builder has no arguments for addr2 and addr_len');
const NO_TOTAL = gap('no limit to the bytes of a multishot: the builder has no argument for optlen');

const SELECT = 'io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT); io_uring_sqe_set_buf_group(sqe, 65535);';
const ofPeer = { differs: { addr: NO_PEER, off: NO_PEER } };

const connections: readonly Row[] = [
  row('socket', operations.socket, [
    ['AF_INET, SOCK_STREAM, 0, 0', { fd: 2, off: 1 }],
    ['AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP, 0', { fd: 10, off: 0o2000002, len: 17 }],
    ['-1, -1, -1, ALL32', { fd: -1, off: -1, len: -1, rwFlags: ALL32 }],
  ]),
  row('socket_direct', operations.socket, [
    ['AF_INET, SOCK_STREAM, 0, 0, 0', { fd: 2, off: 1, fileIndex: 1 }],
    ['AF_UNIX, SOCK_STREAM, 0, 4094, ALL32', { fd: 1, off: 1, fileIndex: 4095, rwFlags: ALL32 }],
    ['AF_UNIX, SOCK_STREAM, 0, IORING_FILE_INDEX_ALLOC, 0', { fd: 1, off: 1, fileIndex: ALL32 }],
  ]),
  row('socket_direct_alloc', operations.socket, [
    ['AF_INET, SOCK_STREAM, 6, 0', { fd: 2, off: 1, len: 6, fileIndex: ALL32 }],
  ]),
  row('bind', operations.bind, [
    ['3, P1, 16', { fd: 3, addr: P1, off: 16 }],
    ['-1, TOP, ALL32', { fd: -1, addr: TOP, off: ALL32 }],
  ]),
  row('listen', operations.listen, [
    ['3, 128', { fd: 3, len: 128 }],
    ['-1, -1', { fd: -1, len: -1 }],
  ]),
  row('connect', operations.connect, [
    ['3, ADDRESS, ADDRESS_LEN', { fd: 3, address: socketAddress }],
    ['INT_MIN, BIG, BIG_LEN', { fd: INT_MIN, address: big }],
  ]),
  row('shutdown', operations.shutdown, [
    ['3, SHUT_RDWR', { fd: 3, len: 2 }],
    ['-1, -1', { fd: -1, len: ALL32 }],
  ]),
  row('accept', operations.accept, [
    ['3, NULL, NULL, 0', { fd: 3 }],
    ['INT_MAX, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK', { fd: INT_MAX, flags: 0o2004000 }],
    ['-1, NULL, NULL, -1', { fd: -1, flags: ALL32 }],
    ['3, P1, P2, 0', { fd: 3 }, ofPeer],
    [
      '3, NULL, NULL, 0',
      { fd: 3 },
      { after: 'sqe->ioprio |= IORING_ACCEPT_POLL_FIRST;', differs: { ioprio: NO_ACCEPT_MODE } },
    ],
  ]),
  row('accept_direct', operations.accept, [
    ['3, NULL, NULL, 0, 0', { fd: 3, fileIndex: 1 }],
    ['3, NULL, NULL, -1, IORING_FILE_INDEX_ALLOC', { fd: 3, flags: -1, fileIndex: ALL32 }],
    ['3, P1, P2, 0, 4094', { fd: 3, fileIndex: 4095 }, ofPeer],
  ]),
  row('multishot_accept', operations.accept, [
    ['3, NULL, NULL, SOCK_CLOEXEC', { fd: 3, flags: 0o2000000 }, { differs: { ioprio: NO_ACCEPT_MODE } }],
    ['-1, P1, P2, -1', { fd: -1, flags: ALL32 }, { differs: { ioprio: NO_ACCEPT_MODE, ...ofPeer.differs } }],
  ]),
  row('multishot_accept_direct', operations.accept, [
    ['3, NULL, NULL, 0', { fd: 3, fileIndex: ALL32 }, { differs: { ioprio: NO_ACCEPT_MODE } }],
  ]),
];

const receiving: readonly Row[] = [
  row('recv', operations.recv, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf }],
    ['-1, BIG, BIG_LEN, -1', { fd: -1, buffer: big, flags: ALL32 }],
    ['INT_MAX, NONE, 0, MSG_WAITALL', { fd: INT_MAX, buffer: none, flags: 0x100 }],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, ioprio: 0xffff }, { after: 'sqe->ioprio = 0xffff;' }],
    [
      '3, NULL, BUF_LEN, 0',
      { fd: 3, buffer: buf, sqeFlags: 32 },
      { after: SELECT, differs: { addr: NO_NULL, buf_index: NO_GROUP } },
    ],
  ]),
  row('recv_multishot', operations.recv, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, ioprio: 2 }],
    [
      '3, NULL, 0, -1',
      { fd: 3, buffer: none, flags: -1, ioprio: 2, sqeFlags: 32 },
      { after: SELECT, differs: { addr: NO_NULL, buf_index: NO_GROUP } },
    ],
    [
      '3, BUF, 0, 0',
      { fd: 3, buffer: buf.subarray(0, 0), ioprio: 2 },
      { after: 'sqe->optlen = 4096;', differs: { file_index: NO_TOTAL } },
    ],
  ]),
  row('recvmsg', operations.recvmsg, [
    ['3, P1, 0', { fd: 3, addr: P1, len: 1 }],
    ['-1, TOP, ALL32', { fd: -1, addr: TOP, len: 1, msgFlags: ALL32 }],
  ]),
  row('recvmsg_multishot', operations.recvmsg, [
    ['3, P1, MSG_TRUNC', { fd: 3, addr: P1, len: 1, msgFlags: 0x20, ioprio: 2 }],
    [
      '3, P1, ALL32',
      { fd: 3, addr: P1, len: 1, msgFlags: -1, ioprio: 2, sqeFlags: 32, bufGroup: 65535 },
      { after: SELECT },
    ],
  ]),
];

const sending: readonly Row[] = [
  row('send', operations.send, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf }],
    ['-1, BIG, BIG_LEN, -1', { fd: -1, buffer: big, flags: ALL32 }],
    ['INT_MIN, NONE, 0, MSG_NOSIGNAL', { fd: INT_MIN, buffer: none, flags: 0x4000 }],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, ioprio: 0x8001 }, { after: 'sqe->ioprio = 0x8001;' }],
  ]),
  row('send_bundle', operations.send, [
    [
      '3, 0, 0',
      { fd: 3, buffer: none, ioprio: 16, sqeFlags: 32 },
      { after: SELECT, differs: { addr: NO_NULL, buf_index: NO_GROUP } },
    ],
    ['-1, 4096, -1', { fd: -1, buffer: buf, flags: ALL32, ioprio: 16 }, { differs: { addr: NO_NULL } }],
  ]),
  row('sendto', operations.send, [
    ['3, BUF, BUF_LEN, 0, NULL, 0', { fd: 3, buffer: buf }],
    [
      '3, BUF, BUF_LEN, -1, P2, 16',
      { fd: 3, buffer: buf, flags: -1 },
      { differs: { off: NO_DESTINATION, file_index: NO_DESTINATION } },
    ],
  ]),
  row('send_set_addr', operations.send, [
    [
      'P2, 65535',
      { fd: 3, buffer: buf },
      {
        before: 'io_uring_prep_send(sqe, 3, BUF, BUF_LEN, 0);',
        differs: { off: NO_DESTINATION, file_index: NO_DESTINATION },
      },
    ],
  ]),
  row('send_set_addr', operations.sendZc, [
    [
      'TOP, 28',
      { fd: 3, addr: P1, len: 9, addr2: TOP, addrLen: 28 },
      { before: 'io_uring_prep_send_zc(sqe, 3, P1, 9, 0, 0);' },
    ],
    [
      'P2, 65535',
      { fd: 3, addr: P1, addr2: P2, addrLen: 65535 },
      { before: 'io_uring_prep_send_zc(sqe, 3, P1, 0, 0, 0);' },
    ],
  ]),
  row('send_zc', operations.sendZc, [
    ['3, P1, 4096, 0, 0', { fd: 3, addr: P1, len: 4096 }],
    ['-1, TOP, ALL32, -1, 0xffff', { fd: -1, addr: TOP, len: ALL32, msgFlags: ALL32, ioprio: 0xffff }],
    [
      '3, BUF, BUF_LEN, MSG_WAITALL, IORING_SEND_ZC_REPORT_USAGE',
      { fd: 3, addr: buf, len: 4096, msgFlags: 0x100, ioprio: 8 },
    ],
  ]),
  row('send_zc_fixed', operations.sendZc, [
    ['3, P1, 4096, 0, 0, 0', { fd: 3, addr: P1, len: 4096, ioprio: 4 }],
    [
      '-1, TOP, ALL32, -1, 0xfffb, 65535',
      { fd: -1, addr: TOP, len: ALL32, msgFlags: -1, ioprio: 0xffff, bufIndex: 65535 },
    ],
  ]),
  row('sendmsg', operations.sendmsg, [
    ['3, P1, 0', { fd: 3, addr: P1, len: 1 }],
    ['-1, TOP, ALL32', { fd: -1, addr: TOP, len: 1, msgFlags: ALL32 }],
  ]),
  row('sendmsg_zc', operations.sendmsgZc, [
    ['3, P1, 0', { fd: 3, addr: P1, len: 1 }],
    ['-1, P1, ALL32', { fd: -1, addr: P1, len: 1, msgFlags: ALL32 }],
  ]),
  row('sendmsg_zc_fixed', operations.sendmsgZc, [
    ['3, P1, 0, 0', { fd: 3, addr: P1, len: 1, ioprio: 4 }],
    ['-1, P1, ALL32, 65535', { fd: -1, addr: P1, len: 1, msgFlags: ALL32, ioprio: 4, bufIndex: 65535 }],
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
