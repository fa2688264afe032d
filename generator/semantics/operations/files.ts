/**
 * Operations on files: opening and closing them, what they are, where their data lies.
 */
import type { OperationRows } from '../row.js';
import { dirfd, fd, fileSlot, optional, path, required } from './shared.js';

const PERMISSIONS = 0o666;
const STATX_BASIC_STATS = 0x7ff;

const START = 'Start of the range, in bytes. Default 0.';
const name = path('path', 'Path of the file.');

export const files: OperationRows = {
  IORING_OP_OPENAT: {
    doc: 'Opens a file.',
    man: 'openat(2)',
    fields: {
      addr: name,
      open_flags: optional('flags', 'O_* bits. Default O_RDONLY. O_CLOEXEC goes by itself.', {
        domain: 'open_flags',
        closeOnExec: { constant: 'O_CLOEXEC' },
      }),
      len: optional('mode', 'Permissions of a file that is created. Default 0o666.', {
        default: PERMISSIONS,
      }),
      fd: dirfd,
      file_index: fileSlot,
    },
    result: { kind: 'descriptor', doc: 'The new file descriptor.' },
  },
  IORING_OP_OPENAT2: {
    doc: 'Opens a file, and says how its path is resolved.',
    man: 'openat2(2)',
    fields: {
      addr: name,
      addr2: {
        kind: 'record',
        name: 'how',
        record: 'open_how',
        size: 'len',
        closeOnExec: { member: 'flags', constant: 'O_CLOEXEC' },
        doc: 'O_* bits, permissions and RESOLVE_* bits (`struct open_how`). O_CLOEXEC is set in it.',
      },
      fd: dirfd,
      file_index: fileSlot,
    },
    result: { kind: 'descriptor', doc: 'The new file descriptor.' },
  },
  IORING_OP_CLOSE: {
    doc: 'Closes a file descriptor.',
    man: 'close(2)',
    fields: {
      fd: optional(
        'fd',
        'The descriptor; 0 when a direct one is closed. Handles have a `close()` of their own.',
        {
          file: 'bare',
        },
      ),
      file_index: optional('fileSlot', 'Slot of a direct descriptor, counted from 1.'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_STATX: {
    doc: "Tells a file's type, size, times and owner.",
    man: 'statx(2)',
    fields: {
      addr: name,
      len: optional('mask', 'STATX_* bits: what is wanted. Default STATX_BASIC_STATS.', {
        default: STATX_BASIC_STATS,
        domain: 'statx_mask',
      }),
      statx_flags: optional('flags', 'AT_* bits, e.g. AT_SYMLINK_NOFOLLOW.', { domain: 'access_flags' }),
      fd: dirfd,
      addr2: { kind: 'result', name: 'statx', record: 'statx', doc: 'Where `struct statx` goes.' },
    },
    result: { kind: 'contents', doc: 'The contents of `struct statx`.' },
  },
  IORING_OP_FSYNC: {
    doc: 'Brings a file to stable storage.',
    man: 'fsync(2)',
    fields: {
      fd: fd('File to bring to storage.'),
      fsync_flags: optional('flags', 'IORING_FSYNC_DATASYNC for fdatasync(2).'),
      off: optional('offset', START),
      len: optional('length', 'Bytes of the range; 0 for all of the file.'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_SYNC_FILE_RANGE: {
    doc: 'Starts, or waits for, the writing of a part of a file. No substitute for fsync: metadata is not written.',
    man: 'sync_file_range(2)',
    fields: {
      fd: fd('The file.'),
      off: optional('offset', START),
      len: optional('length', 'Bytes of the range; 0 for all that follows.'),
      sync_range_flags: optional('flags', 'SYNC_FILE_RANGE_* bits.', { domain: 'sync_range_flags' }),
    },
    result: { kind: 'void' },
  },
  IORING_OP_FALLOCATE: {
    doc: 'Reserves, frees or zeroes space of a file.',
    man: 'fallocate(2)',
    fields: {
      fd: fd('The file, open for writing.'),
      len: optional('mode', 'FALLOC_FL_* bits. Default: reserve space.', { domain: 'fallocate_mode' }),
      off: optional('offset', START),
      addr: required('length', 'Bytes of the range.'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_FTRUNCATE: {
    doc: 'Cuts or extends a file to a length.',
    man: 'ftruncate(2)',
    fields: {
      fd: fd('The file, open for writing.'),
      off: optional('length', 'Its new length, in bytes. Default 0.'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_FADVISE: {
    doc: 'Tells the kernel how a part of a file will be read.',
    man: 'posix_fadvise(2)',
    fields: {
      fd: fd('The file.'),
      off: optional('offset', START),
      len: optional('length', 'Bytes of the range; 0 for all that follows.'),
      addr: optional('largeLength', 'The same where 32 bits are too few; 0 for `length`.'),
      fadvise_advice: optional('advice', 'One of POSIX_FADV_*.', { domain: 'file_advice' }),
    },
    result: { kind: 'void' },
  },
  IORING_OP_MADVISE: {
    doc: 'Tells the kernel how memory will be used.',
    man: 'madvise(2)',
    fields: {
      addr: {
        kind: 'memory',
        name: 'buffer',
        length: 'len',
        doc: 'Memory of the ring, from the start of a page.',
      },
      off: optional('largeLength', 'Bytes where 32 bits are too few; 0 for the length of `buffer`.'),
      fadvise_advice: optional('advice', 'One of MADV_*.', { domain: 'memory_advice' }),
    },
    result: { kind: 'void' },
  },
  IORING_OP_PIPE: {
    doc: 'Makes a pipe.',
    man: 'pipe2(2)',
    fields: {
      addr: { kind: 'descriptorPair', name: 'ends', doc: 'Where the two descriptors go.' },
      pipe_flags: optional('flags', 'O_NONBLOCK, O_DIRECT. O_CLOEXEC goes by itself.', {
        domain: 'open_flags',
        closeOnExec: { constant: 'O_CLOEXEC' },
      }),
      file_index: fileSlot,
    },
    result: { kind: 'contents', doc: 'The end to read from, and the end to write to.' },
  },
};
