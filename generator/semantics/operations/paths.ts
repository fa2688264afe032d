/**
 * Operations on names: directories, links, renames, extended attributes.
 */
import type { FieldRow, OperationRows } from '../row.js';
import { directory, dirfd, fd, optional, path, required } from './shared.js';

const PERMISSIONS = 0o777;

const attributeName: FieldRow = {
  kind: 'path',
  name: 'name',
  doc: 'Name of the attribute, e.g. `user.comment`.',
  isName: true,
};
const attributePath = path('path', 'Path of the file, links followed.');

const newValue: FieldRow = {
  kind: 'bytes',
  name: 'value',
  direction: 'in',
  length: 'len',
  doc: 'The value.',
};
const room: FieldRow = {
  kind: 'bytes',
  name: 'value',
  direction: 'out',
  length: 'len',
  optional: true,
  doc: 'Where the value goes. Without it only its size is told.',
};
const xattrFlags = optional('flags', 'XATTR_CREATE: only if it is new; XATTR_REPLACE: only if it is not.', {
  domain: 'xattr_flags',
});
const VALUE_BYTES = { kind: 'number', doc: 'Bytes of the value.' } as const;

export const paths: OperationRows = {
  IORING_OP_MKDIRAT: {
    doc: 'Makes a directory.',
    man: 'mkdirat(2)',
    fields: {
      addr: path('path', 'Path of the new directory.'),
      len: optional('mode', 'Its permissions, less the umask. Default 0o777.', { default: PERMISSIONS }),
      fd: dirfd,
    },
    result: { kind: 'void' },
  },
  IORING_OP_UNLINKAT: {
    doc: 'Removes a name, or with AT_REMOVEDIR an empty directory.',
    man: 'unlinkat(2)',
    fields: {
      addr: path('path', 'The name to remove.'),
      unlink_flags: optional('flags', 'AT_REMOVEDIR for directories.', { domain: 'access_flags' }),
      fd: dirfd,
    },
    result: { kind: 'void' },
  },
  IORING_OP_RENAMEAT: {
    doc: 'Renames a file or directory.',
    man: 'renameat2(2)',
    fields: {
      addr: path('oldPath', 'What it is called.'),
      addr2: path('newPath', 'What it shall be called.'),
      rename_flags: optional('flags', 'RENAME_* bits, e.g. RENAME_NOREPLACE.', { domain: 'rename_flags' }),
      fd: directory('oldDirfd', 'a relative `oldPath`'),
      len: directory('newDirfd', 'a relative `newPath`'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_LINKAT: {
    doc: 'Gives a file another name.',
    man: 'linkat(2)',
    fields: {
      addr: path('oldPath', 'A name it has.'),
      addr2: path('newPath', 'The new name.'),
      hardlink_flags: optional('flags', 'AT_SYMLINK_FOLLOW, AT_EMPTY_PATH.', { domain: 'access_flags' }),
      fd: directory('oldDirfd', 'a relative `oldPath`'),
      len: directory('newDirfd', 'a relative `newPath`'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_SYMLINKAT: {
    doc: 'Makes a symbolic link.',
    man: 'symlinkat(2)',
    fields: {
      addr: path('target', 'What the link says.'),
      addr2: path('path', 'Path of the link.'),
      fd: dirfd,
    },
    result: { kind: 'void' },
  },
  IORING_OP_GETXATTR: {
    doc: 'Reads an extended attribute of a file.',
    man: 'getxattr(2)',
    fields: { addr3: attributePath, addr: attributeName, addr2: room },
    result: VALUE_BYTES,
  },
  IORING_OP_SETXATTR: {
    doc: 'Sets an extended attribute of a file.',
    man: 'setxattr(2)',
    fields: { addr3: attributePath, addr: attributeName, addr2: newValue, xattr_flags: xattrFlags },
    result: { kind: 'void' },
  },
  IORING_OP_FGETXATTR: {
    doc: 'Reads an extended attribute of an open file.',
    man: 'fgetxattr(2)',
    fields: { fd: fd('The file.'), addr: attributeName, addr2: room },
    result: VALUE_BYTES,
  },
  IORING_OP_FSETXATTR: {
    doc: 'Sets an extended attribute of an open file.',
    man: 'fsetxattr(2)',
    fields: {
      fd: required('fd', 'The file.'),
      addr: attributeName,
      addr2: newValue,
      xattr_flags: xattrFlags,
    },
    result: { kind: 'void' },
  },
};
