/** Helpers that are about the ring, time, readiness, processes and drivers. */
import * as operations from '../../../generated/operations.js';
import {
  ALL32,
  ALL64,
  gap,
  INT_MAX,
  INT_MIN,
  P1,
  P2,
  type Row,
  row,
  SAFE,
  TOP,
  time,
  unread,
} from './rows.js';

const NO_FILE = unread('the helper leaves -1; this operation has no file and the kernel does not look');
const NOP_FILE = gap(
  'no file, no registered buffer, no extra results: the builder has no arguments for fd, buf_index, off, addr',
);
const NO_POLL_MODE = gap(
  'no multishot: the builder has no argument for len, where IORING_POLL_ADD_MULTI goes',
);

const ring: readonly Row[] = [
  row('nop', operations.nop, [
    ['', {}, { differs: { fd: NO_FILE } }],
    [
      '',
      { result: INT_MIN, flags: 1 },
      { after: 'sqe->len = 1u << 31; sqe->nop_flags = IORING_NOP_INJECT_RESULT;', differs: { fd: NO_FILE } },
    ],
    [
      '',
      { flags: ALL32 },
      {
        after: 'sqe->nop_flags = ALL32; sqe->fd = 3; sqe->buf_index = 7; sqe->off = 8; sqe->addr = 9;',
        differs: { fd: NOP_FILE, buf_index: NOP_FILE, off: NOP_FILE, addr: NOP_FILE },
      },
    ],
  ]),
  row('nop128', operations.nop128, [
    ['', { fd: -1 }],
    ['', { fd: -1, nopFlags: ALL32, len: ALL32 }, { after: 'sqe->nop_flags = ALL32; sqe->len = ALL32;' }],
  ]),
  row('msg_ring', operations.msgRing, [
    ['3, 16, 0, 0', { fd: 3, len: 16 }],
    ['-1, ALL32, ALL64, ALL32', { fd: -1, len: ALL32, off: ALL64, msgRingFlags: ALL32 }],
    ['INT_MAX, 0, SAFE, IORING_MSG_RING_CQE_SKIP', { fd: INT_MAX, off: SAFE, msgRingFlags: 1 }],
  ]),
  row('msg_ring_cqe_flags', operations.msgRing, [
    ['3, 16, 1, 0, 2', { fd: 3, len: 16, off: 1, msgRingFlags: 2, fileIndex: 2 }],
    ['-1, ALL32, SAFE, 1, ALL32', { fd: -1, len: ALL32, off: SAFE, msgRingFlags: 1 | 2, fileIndex: ALL32 }],
  ]),
  row('msg_ring_fd', operations.msgRing, [
    ['3, 0, 0, 0, 0', { fd: 3, addr: 1, fileIndex: 1 }],
    [
      '3, 7, 4094, SAFE, ALL32',
      { fd: 3, addr: 1, addr3: 7, fileIndex: 4095, off: SAFE, msgRingFlags: ALL32 },
    ],
    ['-1, -1, -1, ALL64, 1', { fd: -1, addr: 1, addr3: -1, fileIndex: ALL32, off: ALL64, msgRingFlags: 1 }],
  ]),
  row('msg_ring_fd_alloc', operations.msgRing, [
    ['3, 7, 5, 0', { fd: 3, addr: 1, addr3: 7, fileIndex: ALL32, off: 5 }],
  ]),
  row('files_update', operations.filesUpdate, [
    ['P1, 4, 0', { fd: -1, addr: P1, len: 4 }],
    ['P1, ALL32, INT_MAX', { fd: -1, addr: P1, len: ALL32, off: INT_MAX }],
    ['P1, 1, (int)IORING_FILE_INDEX_ALLOC', { fd: -1, addr: P1, len: 1, off: -1 }],
  ]),
  row('fixed_fd_install', operations.fixedFdInstall, [
    ['3, 0', { fd: 3, sqeFlags: 1 }],
    ['-1, ALL32', { fd: -1, sqeFlags: 1, installFdFlags: ALL32 }],
  ]),
  row('cancel64', operations.asyncCancel, [
    ['1, 0', { target: 1, fd: -1 }],
    ['SAFE, IORING_ASYNC_CANCEL_ALL', { target: SAFE, fd: -1, flags: 1 }],
    ['ALL64, -1', { target: ALL64, fd: -1, flags: ALL32 }],
    ['0, IORING_ASYNC_CANCEL_OP', { fd: -1, flags: 32, opcode: 22 }, { after: 'sqe->len = IORING_OP_READ;' }],
  ]),
  row('cancel', operations.asyncCancel, [
    ['P1, 0', { target: P1, fd: -1 }],
    ['TOP, IORING_ASYNC_CANCEL_ANY', { target: TOP, fd: -1, flags: 4 }],
  ]),
  row('cancel_fd', operations.asyncCancel, [
    ['3, 0', { fd: 3, flags: 2 }],
    ['INT_MIN, ALL32', { fd: INT_MIN, flags: ALL32 }],
    ['3, IORING_ASYNC_CANCEL_FD_FIXED', { fd: 3, flags: 2 | 8 }],
  ]),
];

const waiting: readonly Row[] = [
  row('timeout', operations.timeout, [
    ['TIME, 0, 0', { after: time }, { differs: { fd: NO_FILE } }],
    ['TIME, ALL32, ALL32', { after: time, count: ALL32, flags: ALL32 }, { differs: { fd: NO_FILE } }],
    [
      'TIME, 7, IORING_TIMEOUT_ABS | IORING_TIMEOUT_MULTISHOT',
      { after: time, count: 7, flags: 65 },
      { differs: { fd: NO_FILE } },
    ],
  ]),
  row('timeout_remove', operations.timeoutRemove, [
    ['1, 0', { fd: -1, addr: 1 }],
    ['ALL64, ALL32', { fd: -1, addr: ALL64, timeoutFlags: ALL32 }],
  ]),
  row('timeout_update', operations.timeoutRemove, [
    ['P1, SAFE, 0', { fd: -1, addr: SAFE, addr2: P1, timeoutFlags: 2 }],
    ['TOP, ALL64, ALL32', { fd: -1, addr: ALL64, addr2: TOP, timeoutFlags: ALL32 }],
    ['TIME, 9, IORING_LINK_TIMEOUT_UPDATE', { fd: -1, addr: 9, off: time, timeoutFlags: 18 }],
  ]),
  row('link_timeout', operations.linkTimeout, [
    ['P1, 0', { fd: -1, addr: P1, len: 1 }],
    ['TIME, ALL32', { fd: -1, addr: time, len: 1, timeoutFlags: ALL32 }],
  ]),
  row('poll_add', operations.pollAdd, [
    ['3, POLLIN', { fd: 3, events: 1 }],
    ['-1, ALL32', { fd: -1, events: ALL32 }],
    ['INT_MAX, 0x80002005', { fd: INT_MAX, events: 0x80002005 }],
  ]),
  row('poll_multishot', operations.pollAdd, [
    ['3, POLLIN', { fd: 3, events: 1 }, { differs: { len: NO_POLL_MODE } }],
    ['-1, ALL32', { fd: -1, events: ALL32 }, { differs: { len: NO_POLL_MODE } }],
  ]),
  row('poll_remove', operations.pollRemove, [
    ['1', { fd: -1, addr: 1 }],
    ['ALL64', { fd: -1, addr: ALL64 }],
  ]),
  row('poll_update', operations.pollRemove, [
    ['1, 2, POLLIN, IORING_POLL_UPDATE_EVENTS', { fd: -1, addr: 1, off: 2, poll32Events: 1, len: 2 }],
    ['SAFE, ALL64, ALL32, ALL32', { fd: -1, addr: SAFE, off: ALL64, poll32Events: ALL32, len: ALL32 }],
  ]),
  row('epoll_ctl', operations.epollCtl, [
    ['3, 4, 1, P1', { fd: 3, off: 4, len: 1, addr: P1 }],
    ['-1, -1, -1, TOP', { fd: -1, off: ALL32, len: -1, addr: TOP }],
  ]),
  row('epoll_wait', operations.epollWait, [
    ['3, P1, 64, 0', { fd: 3, addr: P1, len: 64 }],
    ['-1, TOP, -1, ALL32', { fd: -1, addr: TOP, len: -1, rwFlags: ALL32 }],
  ]),
  row('waitid', operations.waitid, [
    ['P_ALL, 0, P1, WEXITED, 0', { addr2: P1, fileIndex: 4 }],
    [
      'P_PID, 1234, P1, WEXITED | WNOHANG, ALL32',
      { len: 1, fd: 1234, addr2: P1, fileIndex: 5, waitidFlags: ALL32 },
    ],
    ['P_PGID, ALL32, TOP, -1, 0', { len: 2, fd: ALL32, off: TOP, fileIndex: ALL32 }],
  ]),
  row('futex_wait', operations.futexWait, [
    ['P1, 7, 1, 2, 0', { addr: P1, off: 7, addr3: 1, fd: 2 }],
    [
      'TOP, ALL64, ALL64, ALL32, ALL32',
      { addr: TOP, off: ALL64, addr3: ALL64, fd: ALL32, futexFlags: ALL32 },
    ],
    ['P1, SAFE, SAFE, 0x82, 0', { addr: P1, off: SAFE, addr3: SAFE, fd: 0x82 }],
  ]),
  row('futex_wake', operations.futexWake, [
    ['P1, 1, ALL32, 2, 0', { addr: P1, off: 1, addr3: ALL32, fd: 2 }],
    [
      'TOP, ALL64, ALL64, ALL32, ALL32',
      { addr: TOP, off: ALL64, addr3: ALL64, fd: ALL32, futexFlags: ALL32 },
    ],
  ]),
  row('futex_waitv', operations.futexWaitv, [
    ['P1, 3, 0', { addr: P1, len: 3 }],
    ['TOP, ALL32, ALL32', { addr: TOP, len: ALL32, futexFlags: ALL32 }],
  ]),
];

const command = Uint8Array.from({ length: 80 }, (_, index) => 0x10 + index);
const fillCommand = (bytes: number): string =>
  `for (int i = 0; i < ${bytes}; i++) ((unsigned char *)sqe->cmd)[i] = 0x10 + i;`;

const drivers: readonly Row[] = [
  row('uring_cmd', operations.uringCmd, [
    ['0, 3', { fd: 3 }],
    ['INT_MIN, -1', { cmdOp: INT_MIN, fd: -1 }],
    [
      '-1, INT_MAX',
      { cmdOp: ALL32, fd: INT_MAX, uringCmdFlags: 1, bufIndex: 9 },
      { after: 'sqe->uring_cmd_flags = 1; sqe->buf_index = 9;' },
    ],
    ['7, 3', { cmdOp: 7, fd: 3, cmd: command.subarray(0, 16) }, { after: fillCommand(16) }],
  ]),
  row('uring_cmd128', operations.uringCmd128, [
    ['7, 3', { cmdOp: 7, fd: 3 }],
    ['-1, -1', { cmdOp: -1, fd: -1, cmd: command }, { after: fillCommand(80) }],
    ['1, 3', { cmdOp: 1, fd: 3, cmd: command.subarray(0, 33) }, { after: fillCommand(33) }],
  ]),
  row('__io_uring_prep_uring_cmd', operations.uringCmd128, [
    ['sqe, IORING_OP_URING_CMD128, ALL32, 3', { cmdOp: ALL32, fd: 3 }],
  ]),
  row('cmd_discard', operations.uringCmd, [
    ['3, 0, 4096', { cmdOp: 0x1200, fd: 3, addr3: 4096 }],
    ['-1, SAFE, ALL64', { cmdOp: 0x1200, fd: -1, addr: SAFE, addr3: ALL64 }],
    [
      '3, ALL64, 1ull << 32',
      { cmdOp: 0x1200, fd: 3, addr: ALL64, addr3: P2 },
      { after: 'sqe->addr3 = (uintptr_t)P2;' },
    ],
  ]),
];

export const controlRows: readonly Row[] = [...ring, ...waiting, ...drivers];
