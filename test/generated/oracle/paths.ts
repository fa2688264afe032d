/** Helpers that name files: open, close, stat, links, names, extended attributes. */
import * as operations from '../../../generated/operations.js';
import { ALL32, buf, INT_MAX, INT_MIN, number, other, path, type Row, result, row } from './rows.js';

const opening: readonly Row[] = [
  row('openat', operations.openat, [
    ['AT_FDCWD, PATH, O_RDONLY, 0', { path, mode: 0 }],
    ['3, PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0666', { dirfd: 3, path, flags: number(0o2000102) }],
    ['INT_MIN, PATH, 0x47fffc3, ALL32', { dirfd: INT_MIN, path, flags: number(0x47fffc3), mode: ALL32 }],
    [
      'INT_MAX, PATH, O_TMPFILE | O_WRONLY, 07777',
      { dirfd: INT_MAX, path, flags: number(0o20200001), mode: 0o7777 },
    ],
  ]),
  row('openat_direct', operations.openat, [
    ['AT_FDCWD, PATH, 0, 0, 0', { path, mode: 0, fileSlot: 1 }],
    ['3, PATH, O_CREAT, 0644, 4094', { dirfd: 3, path, flags: 64, mode: 0o644, fileSlot: 4095 }],
    [
      '-1, PATH, 0x47fffc3, ALL32, IORING_FILE_INDEX_ALLOC',
      { dirfd: -1, path, flags: number(0x47fffc3), mode: ALL32, fileSlot: ALL32 },
    ],
  ]),
  row('open', operations.openat, [
    ['PATH, O_RDONLY, 0666', { path }],
    ['PATH, O_WRONLY | O_APPEND, 0600', { path, flags: number(0o2001), mode: 0o600 }],
  ]),
  row('open_direct', operations.openat, [
    ['PATH, O_RDONLY, 0, 7', { path, mode: 0, fileSlot: 8 }],
    ['PATH, O_RDONLY, 0, IORING_FILE_INDEX_ALLOC', { path, mode: 0, fileSlot: ALL32 }],
  ]),
  // The fourth argument of the kernel is the size of struct open_how.
  row('openat2', operations.openat2, [
    ['AT_FDCWD, PATH, RESULT', { path, how: result }],
    ['-1, PATH, BUF', { dirfd: -1, path, how: buf }],
  ]),
  row('openat2_direct', operations.openat2, [
    ['AT_FDCWD, PATH, RESULT, 0', { path, how: result, fileSlot: 1 }],
    ['3, PATH, RESULT, IORING_FILE_INDEX_ALLOC', { dirfd: 3, path, how: result, fileSlot: ALL32 }],
  ]),
  row('close', operations.close, [
    ['3', { fd: 3 }],
    ['-1', { fd: -1 }],
    ['INT_MAX', { fd: INT_MAX }],
  ]),
  row('close_direct', operations.close, [
    ['0', { fileSlot: 1 }],
    ['4094', { fileSlot: 4095 }],
    ['0xfffffffe', { fileSlot: ALL32 }],
  ]),
  row('statx', operations.statx, [
    ['AT_FDCWD, PATH, 0, STATX_BASIC_STATS, RESULT', { path, statx: result }],
    [
      '3, PATH, AT_EMPTY_PATH, STATX_ALL, RESULT',
      { dirfd: 3, path, flags: 0x1000, mask: 0xfff, statx: result },
    ],
    [
      '-1, PATH, 0xdf00, 0x8003ffff, RESULT',
      { dirfd: -1, path, flags: number(0xdf00), mask: number(0x8003ffff), statx: result },
    ],
  ]),
];

const links: readonly Row[] = [
  row('unlinkat', operations.unlinkat, [
    ['AT_FDCWD, PATH, 0', { path }],
    ['3, PATH, AT_REMOVEDIR', { dirfd: 3, path, flags: 0x200 }],
    ['INT_MIN, OTHER, 0xdf00', { dirfd: INT_MIN, path: other, flags: number(0xdf00) }],
  ]),
  row('unlink', operations.unlinkat, [
    ['PATH, 0', { path }],
    ['PATH, 0xdf00', { path, flags: number(0xdf00) }],
  ]),
  row('renameat', operations.renameat, [
    ['AT_FDCWD, PATH, AT_FDCWD, OTHER, 0', { oldPath: path, newPath: other }],
    ['3, PATH, 4, OTHER, 7', { oldDirfd: 3, oldPath: path, newDirfd: 4, newPath: other, flags: number(7) }],
    [
      '-1, OTHER, INT_MAX, PATH, 1',
      { oldDirfd: -1, oldPath: other, newDirfd: INT_MAX, newPath: path, flags: 1 },
    ],
  ]),
  row('rename', operations.renameat, [['PATH, OTHER', { oldPath: path, newPath: other }]]),
  row('mkdirat', operations.mkdirat, [
    ['AT_FDCWD, PATH, 0777', { path }],
    ['-1, PATH, ALL32', { dirfd: -1, path, mode: ALL32 }],
  ]),
  row('mkdir', operations.mkdirat, [['PATH, 0700', { path, mode: 0o700 }]]),
  row('symlinkat', operations.symlinkat, [
    ['PATH, AT_FDCWD, OTHER', { target: path, path: other }],
    ['OTHER, -1, PATH', { dirfd: -1, target: other, path }],
  ]),
  row('symlink', operations.symlinkat, [['PATH, OTHER', { target: path, path: other }]]),
  row('linkat', operations.linkat, [
    ['AT_FDCWD, PATH, AT_FDCWD, OTHER, 0', { oldPath: path, newPath: other }],
    [
      '3, PATH, 4, OTHER, AT_SYMLINK_FOLLOW',
      { oldDirfd: 3, oldPath: path, newDirfd: 4, newPath: other, flags: 0x400 },
    ],
    [
      '-1, PATH, INT_MIN, OTHER, 0xdf00',
      { oldDirfd: -1, oldPath: path, newDirfd: INT_MIN, newPath: other, flags: number(0xdf00) },
    ],
  ]),
  row('link', operations.linkat, [
    ['PATH, OTHER, AT_EMPTY_PATH', { oldPath: path, newPath: other, flags: 0x1000 }],
  ]),
];

const attributes: readonly Row[] = [
  row('getxattr', operations.getxattr, [
    ['PATH, BUF, OTHER, BUF_LEN', { name: path, value: buf, path: other }],
    ['PATH, NULL, OTHER, 0', { name: path, path: other }],
  ]),
  row('setxattr', operations.setxattr, [
    ['PATH, BUF, OTHER, 0, BUF_LEN', { name: path, value: buf, path: other }],
    ['PATH, BUF, OTHER, 3, BUF_LEN', { name: path, value: buf, path: other, flags: number(3) }],
  ]),
  row('fgetxattr', operations.fgetxattr, [
    ['3, PATH, BUF, BUF_LEN', { fd: 3, name: path, value: buf }],
    ['-1, OTHER, NULL, 0', { fd: -1, name: other }],
  ]),
  row('fsetxattr', operations.fsetxattr, [
    ['3, PATH, BUF, 2, BUF_LEN', { fd: 3, name: path, value: buf, flags: 2 }],
    ['-1, OTHER, BUF, 3, BUF_LEN', { fd: -1, name: other, value: buf, flags: number(3) }],
  ]),
];

export const pathRows: readonly Row[] = [...opening, ...links, ...attributes];
