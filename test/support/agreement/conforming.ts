/**
 * For every opcode an entry that the kernel has nothing against, on harmless objects. It need not succeed: a missing file
 * or a timer that does not exist is an answer as good as any, as long as it is not the answer to a broken rule.
 */
import { closeSync } from 'node:fs';
import { IORING_SETUP_SQE128 } from '../../../generated/abi/constants.js';
import type { Fields } from './entry.js';
import type { Objects } from './objects.js';

const AT_FDCWD = -100;
const MSG_DONTWAIT = 0x40;
const POLLOUT = 4;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const IOSQE_FIXED_FILE = 1;
const IOSQE_IO_LINK = 4;
const IOSQE_BUFFER_SELECT = 32;
const WAIT_ANY = 0;
/** WNOHANG, WEXITED and WNOWAIT: looks, and takes nothing away. */
const WAIT_LOOK = 0x0100_0005;
/** FUTEX2_SIZE_U32 and FUTEX2_PRIVATE. */
const FUTEX_PRIVATE_U32 = 0x82;
const ANY_BIT = 0xffff_ffff;
/** No descriptor of this process. */
const NO_FD = 1_000_000;
/** Nothing in flight has this user_data. */
const NOBODY = 0xdead;

export interface Conforming {
  readonly fields: () => Fields;
  /** Why an error that a rule has too can come from the object itself, on some kernels: such rules are then left out. */
  readonly mayAnswer?: { readonly error: string; readonly reason: string };
  /** Flags of the ring it goes to. */
  readonly setup?: number;
  /** Goes before it in the same submission. */
  readonly before?: Fields;
  /** Cleans up; `res` of an entry that was not refused. */
  readonly after?: (res: number, fields: Fields) => void;
}

const NO_COMMANDS = { error: 'EOPNOTSUPP', reason: 'before 6.7 sockets have no commands' } as const;

const NOTHING_FOUND = { error: 'ENOENT', reason: 'what it looks for is not there' } as const;

const plain = (fields: Fields): Conforming => ({ fields: () => fields });

const seeking = (fields: Fields): Conforming => ({ fields: () => fields, mayAnswer: NOTHING_FOUND });

/** The result is a descriptor, unless a place in the ring's table was asked for. */
const opening = (fields: Fields): Conforming => ({
  fields: () => fields,
  after: (res) => {
    if (res > 2) closeSync(res);
  },
});

function files(on: Objects): Record<string, Conforming> {
  const path = on.text(on.filePath);
  const missing = on.text(on.missingPath);
  const statx = on.words(0);
  const how = on.words(0, 0, 0);
  const pair = on.words(0);
  const paths = { fd: AT_FDCWD, addr: missing };
  const two = { addr: missing, addr2: missing };
  return {
    FSYNC: plain({ fd: on.file }),
    SYNC_FILE_RANGE: plain({ fd: on.file }),
    FALLOCATE: plain({ fd: on.file, addr: 4096 }),
    FTRUNCATE: plain({ fd: on.other, off: 4096 }),
    FADVISE: plain({ fd: on.file }),
    MADVISE: plain({ addr: on.page.address, len: 4096 }),
    OPENAT: opening({ fd: AT_FDCWD, addr: path }),
    OPENAT2: opening({ fd: AT_FDCWD, addr: path, addr2: how, len: 24 }),
    CLOSE: {
      fields: () => ({ fd: on.openFile() }),
      after: (res, { fd }) => {
        if (res < 0) closeSync(Number(fd));
      },
    },
    STATX: plain({ fd: AT_FDCWD, addr: path, addr2: statx, len: 0x7ff }),
    RENAMEAT: plain({ fd: AT_FDCWD, len: AT_FDCWD, ...two }),
    UNLINKAT: plain(paths),
    MKDIRAT: plain(paths),
    SYMLINKAT: plain({ fd: AT_FDCWD, ...two }),
    LINKAT: plain({ fd: AT_FDCWD, len: AT_FDCWD, ...two }),
    ...attributes(on, path),
    PIPE: {
      fields: () => ({ addr: pair }),
      after: (res) => {
        if (res < 0) return;
        const made = new Int32Array(on.read(pair, 8).buffer);
        for (const fd of made) if (fd > 2) closeSync(fd);
      },
    },
  };
}

function attributes(on: Objects, path: number): Record<string, Conforming> {
  // Of a kind that file systems in memory have too.
  const name = on.text('trusted.ringsmith');
  const value = on.text('value');
  return {
    FSETXATTR: plain({ fd: on.other, addr: name, addr2: value, len: 5 }),
    SETXATTR: plain({ addr: name, addr2: value, addr3: path, len: 5 }),
    FGETXATTR: plain({ fd: on.other, addr: name, addr2: value, len: 5 }),
    GETXATTR: plain({ addr: name, addr2: value, addr3: path, len: 5 }),
  };
}

function data(on: Objects): Record<string, Conforming> {
  const memory = on.page.address;
  const vector = on.words(memory, 512);
  const one = { fd: on.other, addr: memory, len: 512 };
  const several = { fd: on.other, addr: vector, len: 1 };
  return {
    READ: plain(one),
    WRITE: plain(one),
    READ_FIXED: plain(one),
    WRITE_FIXED: plain(one),
    READV: plain(several),
    WRITEV: plain(several),
    READV_FIXED: plain(several),
    WRITEV_FIXED: plain(several),
    READ_MULTISHOT: plain({ fd: on.fullPipe, flags: IOSQE_BUFFER_SELECT }),
    SPLICE: plain({ fd: on.emptyPipe, off: -1, splice_fd_in: on.file, len: 1 }),
    TEE: plain({ fd: on.emptyPipe, splice_fd_in: on.fullPipe, len: 1 }),
    PROVIDE_BUFFERS: plain({ fd: 1, addr: memory, len: 64, buf_group: 7 }),
    REMOVE_BUFFERS: plain({ fd: 1, buf_group: 7 }),
  };
}

function sockets(on: Objects): Record<string, Conforming> {
  const memory = on.page.address;
  const vector = on.words(memory, 512);
  const message = on.words(0, 0, vector, 1, 0, 0, 0);
  const address = on.place(Buffer.from(`\x01\0${on.socketPath}\0`));
  const length = on.socketPath.length + 3;
  const one = { fd: on.socket, addr: memory, len: 1, msg_flags: MSG_DONTWAIT };
  const several = { fd: on.socket, addr: message, len: 1, msg_flags: MSG_DONTWAIT };
  return {
    SOCKET: opening({ fd: AF_UNIX, off: SOCK_STREAM }),
    BIND: plain({ fd: on.socket, addr: address, addr2: length }),
    LISTEN: plain({ fd: on.listening, len: 4 }),
    ACCEPT: plain({ fd: on.listening }),
    CONNECT: plain({ fd: on.socket, addr: address, addr2: length }),
    SHUTDOWN: plain({ fd: on.spareSocket }),
    SEND: plain(one),
    RECV: plain(one),
    SENDMSG: plain(several),
    RECVMSG: plain(several),
    SEND_ZC: plain({ ...one, fd: on.datagram }),
    SENDMSG_ZC: plain({ ...several, fd: on.datagram }),
    URING_CMD: { fields: () => ({ fd: on.datagram }), mayAnswer: NO_COMMANDS },
  };
}

function waiting(on: Objects): Record<string, Conforming> {
  const soon = on.words(0, 1);
  const futex = on.words(0);
  const futexes = on.words(1, futex, FUTEX_PRIVATE_U32);
  const events = on.words(0, 0);
  const child = on.words(0);
  return {
    POLL_ADD: plain({ fd: on.socket, poll32_events: POLLOUT }),
    POLL_REMOVE: seeking({ addr: NOBODY }),
    EPOLL_CTL: plain({ fd: NO_FD, off: on.socket, len: 1, addr: events }),
    EPOLL_WAIT: plain({ fd: NO_FD, addr: events, len: 1 }),
    TIMEOUT: plain({ addr: soon, len: 1 }),
    TIMEOUT_REMOVE: seeking({ addr: NOBODY }),
    LINK_TIMEOUT: {
      fields: () => ({ addr: soon, len: 1 }),
      before: { flags: IOSQE_IO_LINK },
    },
    ASYNC_CANCEL: seeking({ addr: NOBODY }),
    WAITID: plain({ len: WAIT_ANY, file_index: WAIT_LOOK, addr2: child }),
    FUTEX_WAIT: plain({ fd: FUTEX_PRIVATE_U32, addr: futex, addr2: 1, addr3: ANY_BIT }),
    FUTEX_WAKE: plain({ fd: FUTEX_PRIVATE_U32, addr: futex, addr2: 1, addr3: ANY_BIT }),
    FUTEX_WAITV: plain({ addr: futexes, len: 1 }),
  };
}

/**
 * Conforming entries by opcode name, without `IORING_OP_`.
 * @param otherRing a second ring, for messages
 */
export function conformingEntries(on: Objects, otherRing: number): Readonly<Record<string, Conforming>> {
  const table = on.place(new Uint8Array(new Int32Array([-1]).buffer));
  return {
    NOP: plain({}),
    NOP128: { fields: () => ({}), setup: IORING_SETUP_SQE128 },
    URING_CMD128: { fields: () => ({ fd: on.datagram }), setup: IORING_SETUP_SQE128 },
    ...files(on),
    ...data(on),
    ...sockets(on),
    ...waiting(on),
    FILES_UPDATE: plain({ addr: table, len: 1 }),
    FIXED_FD_INSTALL: opening({ fd: on.file, flags: IOSQE_FIXED_FILE }),
    MSG_RING: plain({ fd: otherRing }),
  };
}
