/** Helpers that are about the ring, time, readiness, processes and drivers. */
import { TimeoutFlags, WaitOptions } from '../../../generated/abi/flags.js';
import * as operations from '../../../generated/operations.js';
import {
  ALL32,
  ALL64,
  buf,
  events,
  INT_MAX,
  INT_MIN,
  none,
  number,
  P1,
  P2,
  type Row,
  result,
  row,
  SAFE,
  TOP,
  time,
  unread,
  waiters,
} from './rows.js';

const NO_FILE = unread('the helper leaves -1; this operation has no file and the kernel does not look');
const noFile = { differs: { fd: NO_FILE } };

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
      { flags: number(0x3f), fd: 3, bufIndex: 7, extra1: 8, extra2: 9 },
      { after: 'sqe->nop_flags = 0x3f; sqe->fd = 3; sqe->buf_index = 7; sqe->off = 8; sqe->addr = 9;' },
    ],
  ]),
  row('nop128', operations.nop128, [
    ['', { fd: -1 }],
    [
      '',
      { fd: -1, flags: number(0x3f), result: ALL32 },
      { after: 'sqe->nop_flags = 0x3f; sqe->len = ALL32;' },
    ],
  ]),
  row('msg_ring', operations.msgRing, [
    ['3, 16, 0, 0', { fd: 3, result: 16 }],
    ['-1, ALL32, ALL64, 3', { fd: -1, result: ALL32, data: ALL64, flags: number(3) }],
    ['INT_MAX, 0, SAFE, IORING_MSG_RING_CQE_SKIP', { fd: INT_MAX, data: SAFE, flags: 1 }],
  ]),
  row('msg_ring_cqe_flags', operations.msgRing, [
    ['3, 16, 1, 0, 2', { fd: 3, result: 16, data: 1, flags: 2, target: 2 }],
    ['-1, ALL32, SAFE, 1, ALL32', { fd: -1, result: ALL32, data: SAFE, flags: 1 | 2, target: ALL32 }],
  ]),
  row('msg_ring_fd', operations.msgRing, [
    ['3, 0, 0, 0, 0', { fd: 3, command: 1, target: 1 }],
    ['3, 7, 4094, SAFE, 3', { fd: 3, command: 1, sourceSlot: 7, target: 4095, data: SAFE, flags: number(3) }],
    [
      '-1, INT_MAX, -1, ALL64, 1',
      { fd: -1, command: 1, sourceSlot: INT_MAX, target: ALL32, data: ALL64, flags: 1 },
    ],
  ]),
  row('msg_ring_fd_alloc', operations.msgRing, [
    ['3, 7, 5, 0', { fd: 3, command: 1, sourceSlot: 7, target: ALL32, data: 5 }],
  ]),
  row('files_update', operations.filesUpdate, [
    ['TIME, 4, 0', { descriptors: time }, noFile],
    ['BUF, BUF_LEN / 4, INT_MAX', { descriptors: buf, offset: INT_MAX }, noFile],
    ['TIME, 4, (int)IORING_FILE_INDEX_ALLOC', { descriptors: time, offset: -1 }, noFile],
  ]),
  row('fixed_fd_install', operations.fixedFdInstall, [
    ['3, 0', { fd: 3 }],
    ['-1, 1', { fd: -1, sqeFlags: 1, flags: 1 }],
  ]),
  row('cancel64', operations.asyncCancel, [
    ['1, 0', { target: 1, fd: -1 }],
    ['SAFE, IORING_ASYNC_CANCEL_ALL', { target: SAFE, fd: -1, flags: 1 }],
    ['ALL64, 0x3f', { target: ALL64, fd: -1, flags: number(0x3f) }],
    ['0, IORING_ASYNC_CANCEL_OP', { fd: -1, flags: 32, opcode: 22 }, { after: 'sqe->len = IORING_OP_READ;' }],
  ]),
  row('cancel', operations.asyncCancel, [
    ['P1, 0', { target: P1, fd: -1 }],
    ['TOP, IORING_ASYNC_CANCEL_ANY', { target: TOP, fd: -1, flags: 4 }],
  ]),
  row('cancel_fd', operations.asyncCancel, [
    ['3, 0', { fd: 3, flags: 2 }],
    ['INT_MIN, 0x3f', { fd: INT_MIN, flags: number(0x3f) }],
    ['3, IORING_ASYNC_CANCEL_FD_FIXED', { fd: 3, flags: 2 | 8 }],
  ]),
];

const waiting: readonly Row[] = [
  row('timeout', operations.timeout, [
    ['TIME, 0, 0', { after: time }, { differs: { fd: NO_FILE } }],
    ['TIME, ALL32, 0xff', { after: time, count: ALL32, flags: number(0xff) }, { differs: { fd: NO_FILE } }],
    [
      'TIME, 7, IORING_TIMEOUT_ABS | IORING_TIMEOUT_MULTISHOT',
      { after: time, count: 7, flags: number(65) },
      { differs: { fd: NO_FILE } },
    ],
  ]),
  row('timeout_remove', operations.timeoutRemove, [
    ['1, 0', { target: 1 }, noFile],
    ['ALL64, 0xff', { target: ALL64, flags: number(0xff) }, noFile],
  ]),
  row('timeout_update', operations.timeoutRemove, [
    ['TIME, SAFE, 0', { target: SAFE, after: time, flags: 2 }, noFile],
    ['BUF, ALL64, 0xff', { target: ALL64, after: buf, flags: number(0xff) }, noFile],
    [
      'TIME, 9, IORING_LINK_TIMEOUT_UPDATE',
      { target: 9, after: time, flags: TimeoutFlags.UPDATE | TimeoutFlags.LINK_TIMEOUT_UPDATE },
      noFile,
    ],
  ]),
  row('link_timeout', operations.linkTimeout, [
    ['BUF, 0', { after: buf }, noFile],
    ['TIME, 0xff', { after: time, flags: number(0xff) }, noFile],
  ]),
  row('poll_add', operations.pollAdd, [
    ['3, POLLIN', { fd: 3, events: 1 }],
    ['-1, 0xf80027ff', { fd: -1, events: number(0xf80027ff) }],
    ['INT_MAX, 0x80002005', { fd: INT_MAX, events: number(0x80002005) }],
  ]),
  row('poll_multishot', operations.pollAdd, [
    ['3, POLLIN', { fd: 3, events: 1, flags: 1 }],
    ['-1, 0xf80027ff', { fd: -1, events: number(0xf80027ff), flags: 1 }],
  ]),
  row('poll_remove', operations.pollRemove, [
    ['1', { target: 1 }, noFile],
    ['ALL64', { target: ALL64 }, noFile],
  ]),
  row('poll_update', operations.pollRemove, [
    ['1, 2, POLLIN, IORING_POLL_UPDATE_EVENTS', { target: 1, newUserData: 2, events: 1, flags: 2 }, noFile],
    [
      'SAFE, ALL64, 0xf80027ff, 0xf',
      { target: SAFE, newUserData: ALL64, events: number(0xf80027ff), flags: number(0xf) },
      noFile,
    ],
  ]),
  row('epoll_ctl', operations.epollCtl, [
    ['3, 4, 1, EVENTS', { epfd: 3, fd: 4, op: 1, event: events }],
    ['3, 4, 2, NULL', { epfd: 3, fd: 4, op: 2 }],
    ['-1, -1, 3, EVENTS', { epfd: -1, fd: ALL32, op: number(3), event: events }],
  ]),
  row('epoll_wait', operations.epollWait, [
    ['3, EVENTS, 2, 0', { fd: 3, events }],
    ['-1, BUF, BUF_LEN / 12, 0', { fd: -1, events: buf }],
  ]),
  row('waitid', operations.waitid, [
    ['P_ALL, 0, RESULT, WEXITED, 0', { which: 0, options: 4, info: result }],
    [
      'P_PID, 1234, RESULT, WEXITED | WNOHANG, 0',
      { which: 1, id: 1234, options: WaitOptions.WEXITED | WaitOptions.WNOHANG, info: result },
    ],
    ['P_PGID, ALL32, BUF, 0xe100000f, 0', { which: 2, id: ALL32, options: number(0xe100000f), info: buf }],
  ]),
  row('futex_wait', operations.futexWait, [
    ['BUF, 7, 1, 2, 0', { futex: buf, value: 7, mask: 1, flags: 2 }],
    ['TIME, ALL64, ALL64, 0x8f, 0', { futex: time, value: ALL64, mask: ALL64, flags: number(0x8f) }],
    ['BUF, SAFE, ALL32, 0x82, 0', { futex: buf, value: SAFE, flags: number(0x82) }],
  ]),
  row('futex_wake', operations.futexWake, [
    ['BUF, 1, ALL32, 2, 0', { futex: buf, count: 1, flags: 2 }],
    ['TIME, ALL64, ALL64, 0x8f, 0', { futex: time, count: ALL64, mask: ALL64, flags: number(0x8f) }],
  ]),
  row('futex_waitv', operations.futexWaitv, [
    ['WAITERS, 2, 0', { waiters }],
    ['NONE, 0, 0', { waiters: none }],
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
