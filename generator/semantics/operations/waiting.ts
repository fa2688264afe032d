/**
 * Operations that wait: for time, readiness, processes, futexes; and those that end or change such waiting.
 */
import type { FieldRow, OperationRow, OperationRows } from '../row.js';
import { fd, optional, required } from './shared.js';

const EPOLL_ROOM = 64;
const ONE_TIME: FieldRow = { kind: 'fixed', value: 1, reason: 'the kernel takes exactly one timespec' };
const time = (name: string, doc: string): FieldRow => ({ kind: 'timespec', name, doc });
/** The time would have to stand where its address stands. */
const NOT_IMMEDIATE = { without: ['IORING_TIMEOUT_IMMEDIATE_ARG'] } as const;

/** The promise level gives operations their user_data itself, and tells nobody. */
const OF_OPERATION =
  ', by its promise or stream; at the synchronous level by its user_data. One that is over is ENOENT.';

const futexWord: FieldRow = {
  kind: 'memory',
  name: 'futex',
  doc: 'The 32-bit word that waiters and wakers share.',
};
const futexMask = optional('mask', 'Bits of which waiter and waker must share one. Default: all.', {
  default: 0xffffffff,
});
const futexFlags = {
  ...required('flags', 'FUTEX2_SIZE_U32, with FUTEX2_PRIVATE among threads of one process.'),
  domain: 'futex2_flags',
} as const;

const futexWait: OperationRow = {
  doc: 'Waits until a futex is woken, if it still has the value that is expected.',
  man: 'futex(2)',
  fields: {
    addr: futexWord,
    addr2: required('value', 'The value it must have, or the operation fails with EAGAIN.'),
    addr3: futexMask,
    fd: futexFlags,
  },
  result: { kind: 'void' },
};

export const waiting: OperationRows = {
  IORING_OP_TIMEOUT: {
    doc: 'Completes after a time, or after a number of completions.',
    man: 'io_uring_enter(2)',
    fields: {
      addr: time('after', 'How long, or with IORING_TIMEOUT_ABS until when.'),
      len: ONE_TIME,
      off: optional('count', 'Complete early after that many other completions; 0 for never.'),
      timeout_flags: optional('flags', 'IORING_TIMEOUT_* bits.', NOT_IMMEDIATE),
    },
    result: {
      kind: 'answer',
      errors: { ETIME: 'expired' },
      otherwise: 'counted',
      doc: "'expired' when the time was over, 'counted' when `count` completions came first.",
    },
  },
  IORING_OP_LINK_TIMEOUT: {
    doc: 'Cancels the operation that it is linked to (IOSQE_IO_LINK on that one) when it takes too long.',
    man: 'io_uring_enter(2)',
    fields: {
      addr: time('after', 'How long the other may take.'),
      len: ONE_TIME,
      off: { kind: 'fixed', value: 0, reason: 'there is nothing to count: it waits for one operation' },
      timeout_flags: optional('flags', 'IORING_TIMEOUT_* bits.', NOT_IMMEDIATE),
    },
    result: {
      kind: 'answer',
      errors: { ETIME: 'expired', ECANCELED: 'inTime', ENOENT: 'inTime' },
      otherwise: 'expired',
      doc: "'expired' when it cancelled the other, 'inTime' when that was over first.",
    },
  },
  IORING_OP_TIMEOUT_REMOVE: {
    doc: 'Ends a timeout, or with IORING_TIMEOUT_UPDATE gives it another time. `ring.update(promise, { after })` is the easier way.',
    man: 'io_uring_enter(2)',
    fields: {
      addr: required('target', `The timeout${OF_OPERATION}`, { operation: true }),
      addr2: {
        kind: 'timespec',
        name: 'after',
        optional: true,
        doc: 'Its new time, with IORING_TIMEOUT_UPDATE or IORING_LINK_TIMEOUT_UPDATE.',
      },
      timeout_flags: optional('flags', 'IORING_TIMEOUT_* bits.', NOT_IMMEDIATE),
    },
    result: { kind: 'void' },
  },
  IORING_OP_ASYNC_CANCEL: {
    doc: 'Asks for the cancellation of operations in flight. They complete by themselves, usually with ECANCELED. `ring.cancel` is the easier way.',
    man: 'io_uring_enter(2)',
    fields: {
      addr: optional('target', `The operation to cancel${OF_OPERATION}`, { operation: true }),
      fd: optional('fd', 'Its descriptor, with IORING_ASYNC_CANCEL_FD.', { file: 'ordinary' }),
      len: optional('opcode', 'Its opcode, with IORING_ASYNC_CANCEL_OP.', { domain: 'opcode' }),
      cancel_flags: optional('flags', 'IORING_ASYNC_CANCEL_* bits: what to match.'),
    },
    result: { kind: 'number', doc: 'Operations found, with IORING_ASYNC_CANCEL_ALL; otherwise 0.' },
  },
  IORING_OP_POLL_ADD: {
    doc: 'Waits until a descriptor is ready.',
    man: 'poll(2)',
    fields: {
      fd: fd('What to wait for.'),
      poll32_events: {
        ...required('events', 'POLL* bits, e.g. POLLIN (1), POLLOUT (4).'),
        domain: 'poll_events',
      },
      len: optional('flags', 'IORING_POLL_ADD_MULTI to be told again and again.'),
    },
    result: { kind: 'number', doc: 'The events that are there.' },
  },
  IORING_OP_POLL_REMOVE: {
    doc: 'Ends a wait for readiness, or changes it. `ring.update(promise, { events })` is the easier way.',
    man: 'io_uring_enter(2)',
    fields: {
      addr: required('target', `The wait${OF_OPERATION}`, { operation: true }),
      off: optional('newUserData', 'Its new user_data, with IORING_POLL_UPDATE_USER_DATA.'),
      poll32_events: optional('events', 'Its new events, with IORING_POLL_UPDATE_EVENTS.', {
        domain: 'poll_events',
      }),
      len: optional('flags', 'IORING_POLL_* bits: what to change. Default: end it.'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_EPOLL_CTL: {
    doc: 'Adds a descriptor to an epoll instance, changes or removes it.',
    man: 'epoll_ctl(2)',
    fields: {
      fd: required('epfd', 'The epoll instance.', { file: 'ordinary' }),
      len: {
        ...required('op', 'EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL.'),
        domain: 'epoll_control',
      },
      off: required('fd', 'The descriptor.', { file: 'ordinary' }),
      addr: {
        kind: 'record',
        name: 'event',
        record: 'epoll_event',
        optional: true,
        doc: 'Events to wait for, and the data that comes back with them; needless to remove one.',
      },
    },
    result: { kind: 'void' },
  },
  IORING_OP_EPOLL_WAIT: {
    doc: 'Waits for events of an epoll instance.',
    man: 'epoll_wait(2)',
    fields: {
      fd: fd('The epoll instance.'),
      addr: {
        kind: 'results',
        name: 'events',
        record: 'epoll_event',
        count: 'len',
        most: { name: 'maxEvents', default: EPOLL_ROOM },
        doc: 'The most events to tell of at once. Default 64.',
      },
    },
    result: { kind: 'contents', doc: 'The events that are there.' },
  },
  IORING_OP_WAITID: {
    doc: 'Waits until a child process changes state.',
    man: 'waitid(2)',
    fields: {
      len: { ...required('which', 'P_PID, P_PIDFD, P_PGID or P_ALL.'), domain: 'wait_id_type' },
      fd: optional('id', 'Process, descriptor or group, as `which` says.', { file: 'ordinary' }),
      file_index: { ...required('options', 'W* bits, e.g. WEXITED.'), domain: 'wait_options' },
      addr2: { kind: 'result', name: 'info', record: 'siginfo', doc: 'Where `siginfo_t` goes.' },
    },
    result: { kind: 'contents', doc: 'What happened to which child, as in `siginfo_t`.' },
  },
  IORING_OP_FUTEX_WAIT: futexWait,
  IORING_OP_FUTEX_WAKE: {
    doc: 'Wakes waiters of a futex.',
    man: 'futex(2)',
    fields: {
      addr: futexWord,
      addr2: required('count', 'The most waiters to wake.'),
      addr3: futexMask,
      fd: futexFlags,
    },
    result: { kind: 'number', doc: 'Waiters woken.' },
  },
  IORING_OP_FUTEX_WAITV: {
    doc: 'Waits until one of several futexes is woken.',
    man: 'futex_waitv(2)',
    fields: {
      addr: {
        kind: 'records',
        name: 'waiters',
        record: 'futex_waitv',
        count: 'len',
        doc: 'Each with its word, the value it must have, and FUTEX2_* bits (`struct futex_waitv`).',
      },
    },
    result: { kind: 'number', doc: 'Index of a futex that was woken.' },
  },
};
