/**
 * A small contract written by hand, for tests of what is built on contracts: each kind of rule once, and rules that the
 * running kernel really has.
 */
import type { KernelContract, OperationContract } from '../../generator/contract/contract.js';

const field = (name: string, bits: 8 | 16 | 32 | 64 = 32, signed = false) =>
  ({ kind: 'field', field: name, bits, signed }) as const;
const constant = (value: string, ...names: string[]) => ({ kind: 'constant', value, names }) as const;

const FSYNC: OperationContract = {
  opcode: 'IORING_OP_FSYNC',
  prep: 'io_fsync_prep',
  issue: 'io_fsync',
  at: 'io_uring/sync.c:50',
  attributes: { needs_file: 1 },
  fields: [
    { field: 'fsync_flags', name: 'flags', type: 'int', when: [] },
    { field: 'off', type: 'loff_t', when: [] },
    { field: 'len', type: 'loff_t', when: [] },
  ],
  rules: [
    {
      kind: 'zero',
      fields: ['addr', 'buf_index', 'splice_fd_in'],
      error: 'EINVAL',
      when: [],
      at: 'io_uring/sync.c:54',
    },
    {
      kind: 'mask',
      field: 'fsync_flags',
      allowed: '1',
      names: ['IORING_FSYNC_DATASYNC'],
      error: 'EINVAL',
      when: [],
      at: 'io_uring/sync.c:58',
    },
    {
      kind: 'compare',
      field: 'off',
      bits: 64,
      signed: true,
      operator: '>=',
      value: '0',
      error: 'EINVAL',
      when: [],
      at: 'io_uring/sync.c:62',
    },
    {
      kind: 'reject',
      if: { kind: 'unknown', text: '!file->f_op->fsync' },
      text: '!file->f_op->fsync',
      error: 'EINVAL',
      when: [],
      at: 'fs/sync.c:182',
    },
  ],
  multishot: [],
};

const STATX: OperationContract = {
  opcode: 'IORING_OP_STATX',
  prep: 'io_statx_prep',
  issue: 'io_statx',
  at: 'io_uring/statx.c:21',
  attributes: {},
  fields: [
    { field: 'fd', name: 'dfd', type: 'int', when: [] },
    { field: 'len', name: 'mask', type: 'unsigned int', when: [] },
    { field: 'addr', name: 'path', pointer: { pointee: 'char', direction: 'in', use: 'path' }, when: [] },
    { field: 'addr2', name: 'buffer', pointer: { pointee: 'struct statx', direction: 'out' }, when: [] },
    { field: 'statx_flags', name: 'flags', type: 'unsigned int', when: [] },
  ],
  rules: [
    {
      kind: 'zero',
      fields: ['buf_index', 'splice_fd_in'],
      error: 'EINVAL',
      when: [],
      at: 'io_uring/statx.c:27',
    },
    {
      kind: 'flags',
      requires: [],
      forbids: ['IOSQE_FIXED_FILE'],
      error: 'EBADF',
      when: [],
      at: 'io_uring/statx.c:29',
    },
  ],
  multishot: [],
};

const RECV: OperationContract = {
  opcode: 'IORING_OP_RECV',
  prep: 'io_recvmsg_prep',
  issue: 'io_recv',
  at: 'io_uring/net.c:800',
  attributes: { needs_file: 1, buffer_select: 1, pollin: 1 },
  fields: [
    { field: 'addr', name: 'umsg', pointer: { pointee: 'void', direction: 'out', length: 'len' }, when: [] },
    { field: 'len', type: 'int', when: [] },
    {
      field: 'optlen',
      name: 'mshot_len',
      type: 'unsigned int',
      when: [
        {
          if: { kind: 'binary', operator: '&', left: field('ioprio', 16), right: constant('2') },
          text: 'flags & IORING_RECV_MULTISHOT',
        },
      ],
    },
  ],
  rules: [
    {
      kind: 'flags',
      requires: ['IOSQE_BUFFER_SELECT'],
      forbids: [],
      error: 'EINVAL',
      when: [
        {
          if: { kind: 'binary', operator: '&', left: field('ioprio', 16), right: constant('2') },
          text: 'flags & IORING_RECV_MULTISHOT',
        },
      ],
      at: 'io_uring/net.c:820',
    },
  ],
  multishot: [
    {
      when: [
        {
          if: { kind: 'binary', operator: '&', left: field('ioprio', 16), right: constant('2') },
          text: 'flags & IORING_RECV_MULTISHOT',
        },
      ],
    },
  ],
};

/** Of the dispatcher, for every operation. */
const SQE_FLAGS = {
  kind: 'mask',
  field: 'flags',
  allowed: '127',
  names: [
    'IOSQE_FIXED_FILE',
    'IOSQE_IO_DRAIN',
    'IOSQE_IO_LINK',
    'IOSQE_IO_HARDLINK',
    'IOSQE_ASYNC',
    'IOSQE_BUFFER_SELECT',
    'IOSQE_CQE_SKIP_SUCCESS',
  ],
  error: 'EINVAL',
  when: [],
  at: 'io_uring/io_uring.c:2000',
} as const;

/** None of these operations can be polled for. */
const NO_IOPOLL = {
  kind: 'reject',
  if: {
    kind: 'binary',
    operator: '&',
    left: { kind: 'setup' },
    right: constant('1', 'IORING_SETUP_IOPOLL'),
  },
  text: 'ctx->flags & IORING_SETUP_IOPOLL',
  error: 'EINVAL',
  when: [],
  at: 'io_uring/io_uring.c:2010',
} as const;

export const FIXTURE_CONTRACT: KernelContract = {
  schema: 1,
  source: { package: 'written by hand', version: '0', sha256: '' },
  common: [SQE_FLAGS, NO_IOPOLL],
  operations: [FSYNC, STATX, RECV],
};
