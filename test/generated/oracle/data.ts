/** Helpers that move data, and those that manage where it lies: reads, writes, splices, syncs, advice, buffers. */
import * as operations from '../../../generated/operations.js';
import {
  ALL32,
  ALL64,
  big,
  buf,
  gap,
  INT_MAX,
  INT_MIN,
  none,
  number,
  other,
  P1,
  path,
  type Row,
  result,
  row,
  SAFE,
  unread,
  vector,
} from './rows.js';

const SELECT = 'io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT); io_uring_sqe_set_buf_group(sqe, 65535);';
const NO_LENGTH = unread('the kernel refuses a length here: the group says how long its buffers are');
const ONE_ENTRY = gap(
  'the kernel reads one iovec to learn the length, so a vector without address cannot work',
);
const NO_FILE = unread('the helper leaves -1; this operation has no file and the kernel does not look');

/** A field that the kernel's header has and liburing's copy of it not yet: the first byte of file_index. */
const stream = (value: number): string => `*(unsigned char *)&sqe->file_index = ${value};`;

const ATTRIBUTES = 'sqe->attr_ptr = (uintptr_t)RESULT; sqe->attr_type_mask = 1;';
const attributes = { attributes: result, attributeTypes: 1 };

const noFile = { differs: { fd: NO_FILE } };

const reads: readonly Row[] = [
  row('read', operations.read, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0 }],
    ['0, BUF, BUF_LEN, -1', { fd: 0, buffer: buf }],
    ['INT_MAX, BIG, BIG_LEN, SAFE', { fd: INT_MAX, buffer: big, offset: SAFE }],
    ['-1, NONE, 0, ALL64', { fd: -1, buffer: none, offset: ALL64 }],
    ['3, BUF, BUF_LEN, 1ull << 63', { fd: 3, buffer: buf, offset: 2n ** 63n }],
    [
      '3, BUF, BUF_LEN, 1ull << 32',
      { fd: 3, buffer: buf, offset: 2 ** 32, flags: number(0x1ff) },
      { after: 'sqe->rw_flags = 0x1ff;' },
    ],
    [
      '3, BUF, BUF_LEN, 8',
      { fd: 3, buffer: buf, offset: 8, sqeFlags: number(0x35), personality: 0xfffe, userData: ALL64 },
      {
        after:
          'io_uring_sqe_set_flags(sqe, 0x35); sqe->personality = 0xfffe; io_uring_sqe_set_data64(sqe, ALL64);',
      },
    ],
    [
      '3, BUF, BUF_LEN, 8',
      { fd: 3, buffer: buf, offset: 8, sqeFlags: number(0x7f), personality: 1, userData: P1 },
      { after: 'io_uring_sqe_set_flags(sqe, 0x7f); sqe->personality = 1; io_uring_sqe_set_data(sqe, P1);' },
    ],
    ['3, NULL, BUF_LEN, 0', { fd: 3, bufGroup: 65535, length: buf.byteLength, offset: 0 }, { after: SELECT }],
    [
      '3, BUF, BUF_LEN, 0',
      { fd: 3, buffer: buf, offset: 0, ioprio: 0x6001 },
      { after: 'sqe->ioprio = 0x6001;' },
    ],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0, ...attributes }, { after: ATTRIBUTES }],
  ]),
  row('read_multishot', operations.readMultishot, [
    ['3, 0, -1, 0', { fd: 3, bufGroup: 0 }],
    ['-1, 0, SAFE, 65535', { fd: -1, offset: SAFE, bufGroup: 65535 }],
    ['3, 4096, 0, -1', { fd: 3, offset: 0, bufGroup: 65535 }, { differs: { len: NO_LENGTH } }],
  ]),
  row('readv', operations.readv, [
    ['3, VECTOR, VECTOR_COUNT, 0', { fd: 3, buffers: vector, offset: 0 }],
    ['INT_MIN, VECTOR, VECTOR_COUNT, -1', { fd: INT_MIN, buffers: vector }],
    ['INT_MAX, VECTOR, VECTOR_COUNT, SAFE', { fd: INT_MAX, buffers: vector, offset: SAFE }],
    [
      '3, NULL, 1, 0',
      { fd: 3, buffers: vector, offset: 0, bufGroup: 65535 },
      { after: SELECT, differs: { addr: ONE_ENTRY, len: ONE_ENTRY } },
    ],
  ]),
  row('readv2', operations.readv, [
    ['3, VECTOR, VECTOR_COUNT, 0, 0x8', { fd: 3, buffers: vector, offset: 0, flags: 8 }],
    [
      '-1, VECTOR, VECTOR_COUNT, ALL64, 0x1ff',
      { fd: -1, buffers: vector, offset: ALL64, flags: number(0x1ff) },
    ],
    ['3, VECTOR, VECTOR_COUNT, SAFE, 0x100', { fd: 3, buffers: vector, offset: SAFE, flags: number(0x100) }],
  ]),
  row('read_fixed', operations.readFixed, [
    ['3, BUF, BUF_LEN, 0, 0', { fd: 3, buffer: buf, offset: 0 }],
    ['-1, BIG, BIG_LEN, SAFE, 65535', { fd: -1, buffer: big, offset: SAFE, bufIndex: 65535 }],
    ['3, BUF, BUF_LEN, -1, -1', { fd: 3, buffer: buf, bufIndex: 65535 }],
    [
      '3, BUF, BUF_LEN, 0, 1',
      { fd: 3, buffer: buf, offset: 0, bufIndex: 1, ioprio: 0x6001 },
      { after: 'sqe->ioprio = 0x6001;' },
    ],
    [
      '3, BUF, 9, 0, 1',
      { fd: 3, buffer: buf.subarray(0, 9), offset: 0, bufIndex: 1, ...attributes },
      { after: ATTRIBUTES },
    ],
  ]),
  row('readv_fixed', operations.readvFixed, [
    ['3, VECTOR, VECTOR_COUNT, 0, 0, 0', { fd: 3, buffers: vector, offset: 0 }],
    [
      '-1, VECTOR, VECTOR_COUNT, SAFE, 0x1ff, 65535',
      { fd: -1, buffers: vector, offset: SAFE, flags: number(0x1ff), bufIndex: 65535 },
    ],
    [
      '3, VECTOR, VECTOR_COUNT, ALL64, 0x8, 7',
      { fd: 3, buffers: vector, offset: ALL64, flags: 8, bufIndex: 7 },
    ],
  ]),
];

const writes: readonly Row[] = [
  row('write', operations.write, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0 }],
    ['1, BUF, BUF_LEN, -1', { fd: 1, buffer: buf }],
    ['INT_MAX, BIG, BIG_LEN, SAFE', { fd: INT_MAX, buffer: big, offset: SAFE }],
    ['INT_MIN, NONE, 0, ALL64', { fd: INT_MIN, buffer: none, offset: ALL64 }],
    [
      '3, BUF, BUF_LEN, 1',
      { fd: 3, buffer: buf, offset: 1, flags: 0x10 },
      { after: 'sqe->rw_flags = 0x10;' },
    ],
    [
      '3, BUF, BUF_LEN, 0',
      { fd: 3, buffer: buf, offset: 0, ioprio: 0x6001, writeStream: 7 },
      { after: `sqe->ioprio = 0x6001; ${stream(7)}` },
    ],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0, ...attributes }, { after: ATTRIBUTES }],
  ]),
  row('writev', operations.writev, [
    ['3, VECTOR, VECTOR_COUNT, 0', { fd: 3, buffers: vector, offset: 0 }],
    ['-1, VECTOR, VECTOR_COUNT, -1', { fd: -1, buffers: vector }],
    ['INT_MAX, VECTOR, VECTOR_COUNT, SAFE', { fd: INT_MAX, buffers: vector, offset: SAFE }],
  ]),
  row('writev2', operations.writev, [
    ['3, VECTOR, VECTOR_COUNT, 0, 0x10', { fd: 3, buffers: vector, offset: 0, flags: 16 }],
    [
      '-1, VECTOR, VECTOR_COUNT, ALL64, 0x1ff',
      { fd: -1, buffers: vector, offset: ALL64, flags: number(0x1ff) },
    ],
  ]),
  row('write_fixed', operations.writeFixed, [
    ['3, BUF, BUF_LEN, 0, 0', { fd: 3, buffer: buf, offset: 0 }],
    ['-1, BIG, BIG_LEN, SAFE, 65535', { fd: -1, buffer: big, offset: SAFE, bufIndex: 65535 }],
    [
      '3, BUF, BUF_LEN, ALL64, -1',
      { fd: 3, buffer: buf, offset: ALL64, bufIndex: 65535, writeStream: 255 },
      { after: stream(255) },
    ],
  ]),
  row('writev_fixed', operations.writevFixed, [
    ['3, VECTOR, VECTOR_COUNT, 0, 0, 0', { fd: 3, buffers: vector, offset: 0 }],
    [
      '-1, VECTOR, VECTOR_COUNT, SAFE, 0x1ff, 65535',
      { fd: -1, buffers: vector, offset: SAFE, flags: number(0x1ff), bufIndex: 65535 },
    ],
  ]),
];

const files: readonly Row[] = [
  row('splice', operations.splice, [
    ['3, -1, 4, -1, 65536, 0', { fdIn: 3, fdOut: 4, length: 65536 }],
    [
      '-1, SAFE, INT_MAX, SAFE, ALL32, 0x8000000f',
      { fdIn: -1, offsetIn: SAFE, fdOut: INT_MAX, offsetOut: SAFE, length: ALL32, flags: number(0x8000000f) },
    ],
    [
      'INT_MIN, INT64_MIN, 0, INT64_MAX, 1, SPLICE_F_FD_IN_FIXED',
      {
        fdIn: INT_MIN,
        offsetIn: -(2n ** 63n),
        fdOut: 0,
        offsetOut: 2n ** 63n - 1n,
        length: 1,
        flags: 2 ** 31,
      },
    ],
  ]),
  row('tee', operations.tee, [
    ['3, 4, 65536, 0', { fdIn: 3, fdOut: 4, length: 65536 }],
    [
      '-1, INT_MIN, ALL32, 0x8000000f',
      { fdIn: -1, fdOut: INT_MIN, length: ALL32, flags: number(0x8000000f) },
    ],
  ]),
  row('fsync', operations.fsync, [
    ['3, 0', { fd: 3 }],
    ['-1, IORING_FSYNC_DATASYNC', { fd: -1, flags: 1 }],
    ['INT_MAX, 1', { fd: INT_MAX, flags: number(1) }],
    ['3, 0', { fd: 3, offset: SAFE, length: ALL32 }, { after: 'sqe->off = SAFE; sqe->len = ALL32;' }],
  ]),
  row('sync_file_range', operations.syncFileRange, [
    ['3, 0, 0, 0', { fd: 3 }],
    ['-1, ALL32, SAFE, 7', { fd: -1, length: ALL32, offset: SAFE, flags: number(7) }],
    ['3, 4096, ALL64, 7', { fd: 3, length: 4096, offset: ALL64, flags: number(7) }],
  ]),
  row('fallocate', operations.fallocate, [
    ['3, 0, 0, 4096', { fd: 3, length: 4096 }],
    ['-1, 0x85, SAFE, SAFE', { fd: -1, mode: number(0x85), offset: SAFE, length: SAFE }],
    ['3, 3, ALL64, ALL64', { fd: 3, mode: number(3), offset: ALL64, length: ALL64 }],
  ]),
  row('ftruncate', operations.ftruncate, [
    ['3, 0', { fd: 3 }],
    ['-1, (loff_t)SAFE', { fd: -1, length: SAFE }],
    ['3, -1', { fd: 3, length: -1 }],
  ]),
  row('fadvise', operations.fadvise, [
    ['3, 0, 0, POSIX_FADV_NORMAL', { fd: 3 }],
    ['-1, SAFE, ALL32, POSIX_FADV_DONTNEED', { fd: -1, offset: SAFE, length: ALL32, advice: 4 }],
    ['3, ALL64, 1, 5', { fd: 3, offset: ALL64, length: 1, advice: number(5) }],
  ]),
  row('fadvise64', operations.fadvise, [
    ['3, 0, 0, 0', { fd: 3 }],
    ['-1, SAFE, (off_t)SAFE, POSIX_FADV_WILLNEED', { fd: -1, offset: SAFE, largeLength: SAFE, advice: 3 }],
    ['3, ALL64, -1, 5', { fd: 3, offset: ALL64, largeLength: -1, advice: number(5) }],
  ]),
  row('pipe', operations.pipe, [
    ['RESULT, 0', { ends: result }],
    ['RESULT, O_CLOEXEC | O_NONBLOCK', { ends: result, flags: number(0o2004000) }],
    ['BUF, 0x47fffc3', { ends: buf, flags: number(0x47fffc3) }],
  ]),
  row('pipe_direct', operations.pipe, [
    ['RESULT, 0, 0', { ends: result, fileSlot: 1 }],
    ['RESULT, O_DIRECT, 6', { ends: result, flags: 0o40000, fileSlot: 7 }],
    [
      'RESULT, 0x47fffc3, IORING_FILE_INDEX_ALLOC',
      { ends: result, flags: number(0x47fffc3), fileSlot: ALL32 },
    ],
  ]),
];

const memory: readonly Row[] = [
  row('madvise', operations.madvise, [
    ['BUF, BUF_LEN, 4', { buffer: buf, advice: 4 }, noFile],
    ['BIG, BIG_LEN, 103', { buffer: big, advice: number(103) }, noFile],
    ['NONE, 0, 0', { buffer: none }, noFile],
  ]),
  row('madvise64', operations.madvise, [
    ['NONE, (off_t)SAFE, 8', { buffer: none, largeLength: SAFE, advice: 8 }, noFile],
    ['NONE, -1, 103', { buffer: none, largeLength: -1, advice: number(103) }, noFile],
  ]),
  row('provide_buffers', operations.provideBuffers, [
    ['BUF, 4096, 8, 1, 0', { buffer: buf, length: 4096, count: 8, bufGroup: 1 }],
    [
      'BUF, -1, INT_MAX, 65535, 65535',
      { buffer: buf, length: ALL32, count: INT_MAX, bufGroup: 65535, firstId: 65535 },
    ],
    ['BUF, 64, 64, -1, 65535', { buffer: buf, length: 64, count: 64, bufGroup: 65535, firstId: 65535 }],
  ]),
  row('remove_buffers', operations.removeBuffers, [
    ['8, 1', { count: 8, bufGroup: 1 }],
    ['INT_MAX, 65535', { count: INT_MAX, bufGroup: 65535 }],
    ['-1, -1', { count: ALL32, bufGroup: 65535 }],
  ]),
];

/** The helper that the others are made of, also for an opcode that has none of its own. */
const generic: readonly Row[] = [
  row('rw', operations.readFixed, [
    ['IORING_OP_READ_FIXED, sqe, -1, BUF, BUF_LEN, SAFE', { fd: -1, buffer: buf, offset: SAFE }],
    ['IORING_OP_READ_FIXED, sqe, 0, NONE, 0, ALL64', { fd: 0, buffer: none, offset: ALL64 }],
  ]),
  row('rw', operations.renameat, [
    [
      'IORING_OP_RENAMEAT, sqe, 3, PATH, 4, (uintptr_t)OTHER',
      { oldDirfd: 3, oldPath: path, newDirfd: 4, newPath: other },
    ],
  ]),
  row('rw', operations.recvZc, [
    [
      'IORING_OP_RECV_ZC, sqe, 3, NULL, 0, 0',
      { fd: 3, ioprio: 2, zcrxIfqIdx: ALL32 },
      { after: 'sqe->ioprio |= IORING_RECV_MULTISHOT; sqe->zcrx_ifq_idx = ALL32;' },
    ],
  ]),
  row('rw', operations.setxattr, [
    [
      'IORING_OP_SETXATTR, sqe, 0, PATH, BUF_LEN, (uintptr_t)BUF',
      { name: path, value: buf, path: other, flags: number(3) },
      { after: 'sqe->addr3 = (uintptr_t)OTHER; sqe->xattr_flags = 3;' },
    ],
  ]),
];

export const dataRows: readonly Row[] = [...generic, ...reads, ...writes, ...files, ...memory];
