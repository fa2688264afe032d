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
  P1,
  P2,
  P3,
  type Row,
  row,
  SAFE,
  TOP,
  vector,
} from './rows.js';

const SELECT = 'io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT); io_uring_sqe_set_buf_group(sqe, 65535);';
const NO_GROUP = gap('no buffer group: the builder has no argument for buf_group');
const NO_NULL = gap('a buffer is required, and a buffer has an address; with a group the kernel wants none');
const NO_PRIORITY = gap('no I/O priority: the builder has no argument for ioprio');
const NO_STREAM = gap('no write stream: the builder has no argument for write_stream');
const NO_ATTRIBUTES = gap('no read/write attributes: no arguments for attr_ptr and attr_type_mask');

/** A field that the kernel's header has and liburing's copy of it not yet: the first byte of file_index. */
const stream = (value: number): string => `*(unsigned char *)&sqe->file_index = ${value};`;

const ATTRIBUTES = 'sqe->attr_ptr = (uintptr_t)P2; sqe->attr_type_mask = 1;';
const withAttributes = { after: ATTRIBUTES, differs: { addr3: NO_ATTRIBUTES, pad2: NO_ATTRIBUTES } };

const reads: readonly Row[] = [
  row('read', operations.read, [
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0 }],
    ['0, BUF, BUF_LEN, -1', { fd: 0, buffer: buf }],
    ['INT_MAX, BIG, BIG_LEN, SAFE', { fd: INT_MAX, buffer: big, offset: SAFE }],
    ['-1, NONE, 0, ALL64', { fd: -1, buffer: none, offset: ALL64 }],
    ['3, BUF, BUF_LEN, 1ull << 63', { fd: 3, buffer: buf, offset: 2n ** 63n }],
    [
      '3, BUF, BUF_LEN, 1ull << 32',
      { fd: 3, buffer: buf, offset: 2 ** 32, flags: ALL32 },
      { after: 'sqe->rw_flags = -1;' },
    ],
    [
      '3, BUF, BUF_LEN, 8',
      { fd: 3, buffer: buf, offset: 8, sqeFlags: 0x35, personality: 0xfffe, userData: ALL64 },
      {
        after:
          'io_uring_sqe_set_flags(sqe, 0x35); sqe->personality = 0xfffe; io_uring_sqe_set_data64(sqe, ALL64);',
      },
    ],
    [
      '3, BUF, BUF_LEN, 8',
      { fd: 3, buffer: buf, offset: 8, sqeFlags: 0xff, personality: 1, userData: P1 },
      { after: 'io_uring_sqe_set_flags(sqe, 255); sqe->personality = 1; io_uring_sqe_set_data(sqe, P1);' },
    ],
    [
      '3, NULL, BUF_LEN, 0',
      { fd: 3, buffer: buf, offset: 0, sqeFlags: 32 },
      { after: SELECT, differs: { addr: NO_NULL, buf_index: NO_GROUP } },
    ],
    [
      '3, BUF, BUF_LEN, 0',
      { fd: 3, buffer: buf, offset: 0 },
      { after: 'sqe->ioprio = 0x6001;', differs: { ioprio: NO_PRIORITY } },
    ],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0 }, withAttributes],
  ]),
  row('read_multishot', operations.readMultishot, [
    ['3, 0, -1, 0', { fd: 3, off: -1, sqeFlags: 32, bufGroup: 0 }],
    ['-1, ALL32, SAFE, 65535', { fd: -1, len: ALL32, off: SAFE, sqeFlags: 32, bufGroup: 65535 }],
    ['3, 4096, 0, -1', { fd: 3, len: 4096, off: 0, sqeFlags: 32, bufGroup: -1 }],
  ]),
  row('readv', operations.readv, [
    ['3, VECTOR, VECTOR_COUNT, 0', { fd: 3, buffers: vector, offset: 0 }],
    ['INT_MIN, VECTOR, VECTOR_COUNT, -1', { fd: INT_MIN, buffers: vector }],
    ['INT_MAX, VECTOR, VECTOR_COUNT, SAFE', { fd: INT_MAX, buffers: vector, offset: SAFE }],
    [
      '3, NULL, 1, 0',
      { fd: 3, buffers: vector, offset: 0, sqeFlags: 32 },
      {
        after: SELECT,
        differs: { addr: NO_NULL, len: NO_NULL, buf_index: NO_GROUP },
      },
    ],
  ]),
  row('readv2', operations.readv, [
    ['3, VECTOR, VECTOR_COUNT, 0, 0x8', { fd: 3, buffers: vector, offset: 0, flags: 8 }],
    ['-1, VECTOR, VECTOR_COUNT, ALL64, -1', { fd: -1, buffers: vector, offset: ALL64, flags: ALL32 }],
    ['3, VECTOR, VECTOR_COUNT, SAFE, INT_MIN', { fd: 3, buffers: vector, offset: SAFE, flags: INT_MIN }],
  ]),
  row('read_fixed', operations.readFixed, [
    ['3, P1, 4096, 0, 0', { fd: 3, addr: P1, len: 4096 }],
    ['-1, TOP, ALL32, SAFE, 65535', { fd: -1, addr: TOP, len: ALL32, off: SAFE, bufIndex: 65535 }],
    ['3, BUF, BUF_LEN, -1, -1', { fd: 3, addr: buf, len: buf.byteLength, off: -1, bufIndex: -1 }],
    [
      '3, BUF, BUF_LEN, 0, 1',
      { fd: 3, addr: buf, len: 4096, bufIndex: 1, ioprio: 0x6001 },
      { after: 'sqe->ioprio = 0x6001;' },
    ],
    [
      '3, BUF, 9, 0, 1',
      { fd: 3, addr: buf, len: 9, bufIndex: 1, attrPtr: P2, attrTypeMask: 1 },
      { after: ATTRIBUTES },
    ],
  ]),
  row('readv_fixed', operations.readvFixed, [
    ['3, P1, 2, 0, 0, 0', { fd: 3, addr: P1, len: 2 }],
    [
      '-1, P1, ALL32, SAFE, -1, 65535',
      { fd: -1, addr: P1, len: ALL32, off: SAFE, rwFlags: ALL32, bufIndex: 65535 },
    ],
    ['3, P1, 1, ALL64, 0x8, 7', { fd: 3, addr: P1, len: 1, off: ALL64, rwFlags: 8, bufIndex: 7 }],
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
      { fd: 3, buffer: buf, offset: 0 },
      {
        after: `sqe->ioprio = 0x6001; ${stream(7)}`,
        differs: { ioprio: NO_PRIORITY, file_index: NO_STREAM },
      },
    ],
    ['3, BUF, BUF_LEN, 0', { fd: 3, buffer: buf, offset: 0 }, withAttributes],
  ]),
  row('writev', operations.writev, [
    ['3, VECTOR, VECTOR_COUNT, 0', { fd: 3, buffers: vector, offset: 0 }],
    ['-1, VECTOR, VECTOR_COUNT, -1', { fd: -1, buffers: vector }],
    ['INT_MAX, VECTOR, VECTOR_COUNT, SAFE', { fd: INT_MAX, buffers: vector, offset: SAFE }],
  ]),
  row('writev2', operations.writev, [
    ['3, VECTOR, VECTOR_COUNT, 0, 0x10', { fd: 3, buffers: vector, offset: 0, flags: 16 }],
    ['-1, VECTOR, VECTOR_COUNT, ALL64, -1', { fd: -1, buffers: vector, offset: ALL64, flags: ALL32 }],
  ]),
  row('write_fixed', operations.writeFixed, [
    ['3, P1, 4096, 0, 0', { fd: 3, addr: P1, len: 4096 }],
    ['-1, TOP, ALL32, SAFE, 65535', { fd: -1, addr: TOP, len: ALL32, off: SAFE, bufIndex: 65535 }],
    [
      '3, P1, 1, ALL64, -1',
      { fd: 3, addr: P1, len: 1, off: ALL64, bufIndex: -1, writeStream: 255 },
      { after: stream(255) },
    ],
  ]),
  row('writev_fixed', operations.writevFixed, [
    ['3, P1, 2, 0, 0, 0', { fd: 3, addr: P1, len: 2 }],
    [
      '-1, P1, ALL32, SAFE, -1, 65535',
      { fd: -1, addr: P1, len: ALL32, off: SAFE, rwFlags: -1, bufIndex: 65535 },
    ],
  ]),
];

const files: readonly Row[] = [
  row('splice', operations.splice, [
    ['3, -1, 4, -1, 65536, 0', { spliceFdIn: 3, spliceOffIn: -1, fd: 4, off: -1, len: 65536 }],
    [
      '-1, SAFE, INT_MAX, SAFE, ALL32, ALL32',
      { spliceFdIn: -1, spliceOffIn: SAFE, fd: INT_MAX, off: SAFE, len: ALL32, spliceFlags: ALL32 },
    ],
    [
      'INT_MIN, INT64_MIN, 0, INT64_MAX, 1, SPLICE_F_FD_IN_FIXED',
      {
        spliceFdIn: INT_MIN,
        spliceOffIn: -(2n ** 63n),
        fd: 0,
        off: 2n ** 63n - 1n,
        len: 1,
        spliceFlags: 2 ** 31,
      },
    ],
  ]),
  row('tee', operations.tee, [
    ['3, 4, 65536, 0', { spliceFdIn: 3, fd: 4, len: 65536 }],
    ['-1, INT_MIN, ALL32, ALL32', { spliceFdIn: -1, fd: INT_MIN, len: ALL32, spliceFlags: ALL32 }],
  ]),
  row('fsync', operations.fsync, [
    ['3, 0', { fd: 3 }],
    ['-1, IORING_FSYNC_DATASYNC', { fd: -1, flags: 1 }],
    ['INT_MAX, ALL32', { fd: INT_MAX, flags: ALL32 }],
    ['3, 0', { fd: 3, offset: SAFE, length: ALL32 }, { after: 'sqe->off = SAFE; sqe->len = ALL32;' }],
  ]),
  row('sync_file_range', operations.syncFileRange, [
    ['3, 0, 0, 0', { fd: 3 }],
    ['-1, ALL32, SAFE, -1', { fd: -1, len: ALL32, off: SAFE, syncRangeFlags: ALL32 }],
    ['3, 4096, ALL64, 7', { fd: 3, len: 4096, off: ALL64, syncRangeFlags: 7 }],
  ]),
  row('fallocate', operations.fallocate, [
    ['3, 0, 0, 4096', { fd: 3, addr: 4096 }],
    ['-1, -1, SAFE, SAFE', { fd: -1, len: ALL32, off: SAFE, addr: SAFE }],
    ['3, 3, ALL64, ALL64', { fd: 3, len: 3, off: ALL64, addr: ALL64 }],
  ]),
  row('ftruncate', operations.ftruncate, [
    ['3, 0', { fd: 3 }],
    ['-1, (loff_t)SAFE', { fd: -1, off: SAFE }],
    ['3, -1', { fd: 3, off: -1 }],
  ]),
  row('fadvise', operations.fadvise, [
    ['3, 0, 0, POSIX_FADV_NORMAL', { fd: 3 }],
    ['-1, SAFE, ALL32, POSIX_FADV_DONTNEED', { fd: -1, off: SAFE, len: ALL32, fadviseAdvice: 4 }],
    ['3, ALL64, 1, -1', { fd: 3, off: ALL64, len: 1, fadviseAdvice: -1 }],
  ]),
  row('fadvise64', operations.fadvise, [
    ['3, 0, 0, 0', { fd: 3 }],
    ['-1, SAFE, (off_t)SAFE, POSIX_FADV_WILLNEED', { fd: -1, off: SAFE, addr: SAFE, fadviseAdvice: 3 }],
    ['3, ALL64, -1, -1', { fd: 3, off: ALL64, addr: -1, fadviseAdvice: -1 }],
  ]),
  row('pipe', operations.pipe, [
    ['P1, 0', { addr: P1 }],
    ['P1, O_CLOEXEC | O_NONBLOCK', { addr: P1, pipeFlags: 0o2004000 }],
    ['TOP, -1', { addr: TOP, pipeFlags: ALL32 }],
  ]),
  row('pipe_direct', operations.pipe, [
    ['P1, 0, 0', { addr: P1, fileIndex: 1 }],
    ['P1, O_DIRECT, 6', { addr: P1, pipeFlags: 0o40000, fileIndex: 7 }],
    ['P1, -1, IORING_FILE_INDEX_ALLOC', { addr: P1, pipeFlags: -1, fileIndex: ALL32 }],
  ]),
];

const memory: readonly Row[] = [
  row('madvise', operations.madvise, [
    ['P1, 4096, 4', { fd: -1, addr: P1, len: 4096, fadviseAdvice: 4 }],
    ['TOP, ALL32, -1', { fd: -1, addr: TOP, len: ALL32, fadviseAdvice: ALL32 }],
    ['NULL, 0, 0', { fd: -1 }],
  ]),
  row('madvise64', operations.madvise, [
    ['P1, (off_t)SAFE, 8', { fd: -1, addr: P1, off: SAFE, fadviseAdvice: 8 }],
    ['P1, -1, -1', { fd: -1, addr: P1, off: -1, fadviseAdvice: -1 }],
  ]),
  row('provide_buffers', operations.provideBuffers, [
    ['P1, 4096, 8, 1, 0', { addr: P1, len: 4096, fd: 8, bufGroup: 1 }],
    ['P1, -1, INT_MAX, 65535, 65535', { addr: P1, len: -1, fd: INT_MAX, bufGroup: 65535, off: 65535 }],
    ['BUF, 64, 64, -1, -1', { addr: buf, len: 64, fd: 64, bufGroup: -1, off: -1 }],
  ]),
  row('remove_buffers', operations.removeBuffers, [
    ['8, 1', { fd: 8, bufGroup: 1 }],
    ['INT_MAX, 65535', { fd: INT_MAX, bufGroup: 65535 }],
    ['-1, -1', { fd: -1, bufGroup: -1 }],
  ]),
];

/** The helper that the others are made of, also for an opcode that has none of its own. */
const generic: readonly Row[] = [
  row('rw', operations.readFixed, [
    ['IORING_OP_READ_FIXED, sqe, -1, P1, ALL32, SAFE', { fd: -1, addr: P1, len: ALL32, off: SAFE }],
    ['IORING_OP_READ_FIXED, sqe, 0, TOP, 0, ALL64', { fd: 0, addr: TOP, off: ALL64 }],
  ]),
  row('rw', operations.renameat, [
    ['IORING_OP_RENAMEAT, sqe, 3, P1, 4, (uintptr_t)P2', { fd: 3, addr: P1, len: 4, addr2: P2 }],
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
      'IORING_OP_SETXATTR, sqe, 0, P1, 1, (uintptr_t)P2',
      { addr: P1, addr2: P2, len: 1, addr3: P3, xattrFlags: ALL32 },
      { after: 'sqe->addr3 = (uintptr_t)P3; sqe->xattr_flags = ALL32;' },
    ],
  ]),
];

export const dataRows: readonly Row[] = [...generic, ...reads, ...writes, ...files, ...memory];
