/** Helpers that name files: open, close, stat, links, names, extended attributes. */
import * as operations from '../../../generated/operations.js';
import { ALL32, AT_FDCWD, INT_MAX, INT_MIN, P1, P2, P3, path, type Row, result, row, TOP } from './rows.js';

const opening: readonly Row[] = [
  row('openat', operations.openat, [
    ['AT_FDCWD, PATH, O_RDONLY, 0', { path, mode: 0 }],
    ['3, PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0666', { dirfd: 3, path, flags: 0o2000102 }],
    ['INT_MIN, PATH, -1, ALL32', { dirfd: INT_MIN, path, flags: ALL32, mode: ALL32 }],
    ['INT_MAX, PATH, O_TMPFILE | O_WRONLY, 07777', { dirfd: INT_MAX, path, flags: 0o20200001, mode: 0o7777 }],
  ]),
  row('openat_direct', operations.openat, [
    ['AT_FDCWD, PATH, 0, 0, 0', { path, mode: 0, fileIndex: 1 }],
    ['3, PATH, O_CREAT, 0644, 4094', { dirfd: 3, path, flags: 64, mode: 0o644, fileIndex: 4095 }],
    [
      '-1, PATH, -1, ALL32, IORING_FILE_INDEX_ALLOC',
      { dirfd: -1, path, flags: -1, mode: -1, fileIndex: ALL32 },
    ],
  ]),
  row('open', operations.openat, [
    ['PATH, O_RDONLY, 0666', { path }],
    ['PATH, O_WRONLY | O_APPEND, 0600', { path, flags: 0o2001, mode: 0o600 }],
  ]),
  row('open_direct', operations.openat, [
    ['PATH, O_RDONLY, 0, 7', { path, mode: 0, fileIndex: 8 }],
    ['PATH, O_RDONLY, 0, IORING_FILE_INDEX_ALLOC', { path, mode: 0, fileIndex: ALL32 }],
  ]),
  // The fourth argument of the kernel is the size of struct open_how.
  row('openat2', operations.openat2, [
    ['AT_FDCWD, P1, P2', { fd: AT_FDCWD, addr: P1, off: P2, len: 24 }],
    ['-1, P1, TOP', { fd: -1, addr: P1, addr2: TOP, len: 24 }],
  ]),
  row('openat2_direct', operations.openat2, [
    ['AT_FDCWD, P1, P2, 0', { fd: AT_FDCWD, addr: P1, addr2: P2, len: 24, fileIndex: 1 }],
    ['3, P1, P2, IORING_FILE_INDEX_ALLOC', { fd: 3, addr: P1, addr2: P2, len: 24, fileIndex: ALL32 }],
  ]),
  row('close', operations.close, [
    ['3', { fd: 3 }],
    ['-1', { fd: -1 }],
    ['INT_MAX', { fd: INT_MAX }],
  ]),
  row('close_direct', operations.close, [
    ['0', { fileIndex: 1 }],
    ['4094', { fileIndex: 4095 }],
    ['0xfffffffe', { fileIndex: ALL32 }],
  ]),
  row('statx', operations.statx, [
    ['AT_FDCWD, PATH, 0, STATX_BASIC_STATS, RESULT', { path, statx: result }],
    [
      '3, PATH, AT_EMPTY_PATH, STATX_ALL, RESULT',
      { dirfd: 3, path, flags: 0x1000, mask: 0xfff, statx: result },
    ],
    ['-1, PATH, -1, ALL32, RESULT', { dirfd: -1, path, flags: ALL32, mask: ALL32, statx: result }],
  ]),
];

const links: readonly Row[] = [
  row('unlinkat', operations.unlinkat, [
    ['AT_FDCWD, P1, 0', { fd: AT_FDCWD, addr: P1 }],
    ['3, P1, AT_REMOVEDIR', { fd: 3, addr: P1, unlinkFlags: 0x200 }],
    ['INT_MIN, TOP, -1', { fd: INT_MIN, addr: TOP, unlinkFlags: ALL32 }],
  ]),
  row('unlink', operations.unlinkat, [
    ['P1, 0', { fd: AT_FDCWD, addr: P1 }],
    ['PATH, -1', { fd: AT_FDCWD, addr: path, unlinkFlags: -1 }],
  ]),
  row('renameat', operations.renameat, [
    ['AT_FDCWD, P1, AT_FDCWD, P2, 0', { fd: AT_FDCWD, addr: P1, len: AT_FDCWD, addr2: P2 }],
    ['3, P1, 4, TOP, ALL32', { fd: 3, addr: P1, len: 4, addr2: TOP, renameFlags: ALL32 }],
    ['-1, P1, INT_MAX, P2, 1', { fd: -1, addr: P1, len: INT_MAX, addr2: P2, renameFlags: 1 }],
  ]),
  row('rename', operations.renameat, [['P1, P2', { fd: AT_FDCWD, addr: P1, len: AT_FDCWD, addr2: P2 }]]),
  row('mkdirat', operations.mkdirat, [
    ['AT_FDCWD, P1, 0777', { fd: AT_FDCWD, addr: P1, len: 0o777 }],
    ['-1, TOP, ALL32', { fd: -1, addr: TOP, len: ALL32 }],
  ]),
  row('mkdir', operations.mkdirat, [['P1, 0700', { fd: AT_FDCWD, addr: P1, len: 0o700 }]]),
  row('symlinkat', operations.symlinkat, [
    ['P1, AT_FDCWD, P2', { fd: AT_FDCWD, addr: P1, addr2: P2 }],
    ['TOP, -1, P2', { fd: -1, addr: TOP, addr2: P2 }],
  ]),
  row('symlink', operations.symlinkat, [['P1, P2', { fd: AT_FDCWD, addr: P1, addr2: P2 }]]),
  row('linkat', operations.linkat, [
    ['AT_FDCWD, P1, AT_FDCWD, P2, 0', { fd: AT_FDCWD, addr: P1, len: AT_FDCWD, addr2: P2 }],
    ['3, P1, 4, P2, AT_SYMLINK_FOLLOW', { fd: 3, addr: P1, len: 4, addr2: P2, hardlinkFlags: 0x400 }],
    ['-1, P1, INT_MIN, TOP, -1', { fd: -1, addr: P1, len: INT_MIN, addr2: TOP, hardlinkFlags: ALL32 }],
  ]),
  row('link', operations.linkat, [
    ['P1, P2, AT_EMPTY_PATH', { fd: AT_FDCWD, addr: P1, len: AT_FDCWD, addr2: P2, hardlinkFlags: 0x1000 }],
  ]),
];

const attributes: readonly Row[] = [
  row('getxattr', operations.getxattr, [
    ['P1, P2, P3, 64', { addr: P1, addr2: P2, addr3: P3, len: 64 }],
    ['P1, P2, TOP, ALL32', { addr: P1, addr2: P2, addr3: TOP, len: ALL32 }],
    ['P1, NULL, PATH, 0', { addr: P1, addr3: path }],
  ]),
  row('setxattr', operations.setxattr, [
    ['P1, P2, P3, 0, 64', { addr: P1, addr2: P2, addr3: P3, len: 64 }],
    ['P1, P2, TOP, -1, ALL32', { addr: P1, addr2: P2, addr3: TOP, len: ALL32, xattrFlags: ALL32 }],
  ]),
  row('fgetxattr', operations.fgetxattr, [
    ['3, P1, P2, 64', { fd: 3, addr: P1, addr2: P2, len: 64 }],
    ['-1, TOP, P2, ALL32', { fd: -1, addr: TOP, addr2: P2, len: ALL32 }],
  ]),
  row('fsetxattr', operations.fsetxattr, [
    ['3, P1, P2, 2, 64', { fd: 3, addr: P1, addr2: P2, len: 64, xattrFlags: 2 }],
    ['-1, TOP, P2, -1, ALL32', { fd: -1, addr: TOP, addr2: P2, len: ALL32, xattrFlags: -1 }],
  ]),
];

export const pathRows: readonly Row[] = [...opening, ...links, ...attributes];
