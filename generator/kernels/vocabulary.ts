/**
 * Headers beside io_uring's own whose records and constants its operations take as arguments, and which of their names
 * are that vocabulary. The rest of these headers (ioctl numbers, protocol lists) has nothing to do with io_uring.
 */

/** Everything of a header, or what has one of these names: macros, enumerators, enums, records and typedefs alike. */
export type Keep = 'everything' | readonly RegExp[];

export interface VocabularyHeader {
  readonly include: string;
  readonly keep: Keep;
}

/**
 * Headers of io_uring's own that no other header of a kernel includes. A folder of headers is asked for all that it has;
 * this list is for a server, which cannot be asked.
 */
export const SPLIT_HEADERS = ['zcrx', 'query', 'bpf_filter'].map((name) => `linux/io_uring/${name}.h`);

export const KERNEL_VOCABULARY: readonly VocabularyHeader[] = [
  { include: 'linux/io_uring.h', keep: 'everything' },
  { include: 'linux/time_types.h', keep: 'everything' },
  { include: 'linux/openat2.h', keep: 'everything' },
  { include: 'linux/stat.h', keep: [/^S_I[A-Z]/, /^STATX_/, /^statx/] },
  { include: 'linux/fcntl.h', keep: [/^AT_/] },
  // Some architectures have flags of their own, in asm/; the others take the generic ones.
  { include: 'asm/fcntl.h', keep: [/^O_/] },
  { include: 'asm-generic/fcntl.h', keep: [/^O_/] },
  { include: 'asm/poll.h', keep: [/^POLL/] },
  { include: 'asm-generic/poll.h', keep: [/^POLL/] },
  { include: 'linux/eventpoll.h', keep: [/^EPOLL(?!_IOC|_PACKED)/, /^epoll_event$/] },
  { include: 'linux/uio.h', keep: [/^iovec$/, /^UIO_MAXIOV$/] },
  {
    include: 'linux/futex.h',
    keep: [/^FUTEX2_/, /^FUTEX_(32|WAITV_MAX|BITSET_MATCH_ANY)$/, /^futex_waitv$/],
  },
  { include: 'linux/falloc.h', keep: [/^FALLOC_FL_/] },
  { include: 'linux/fadvise.h', keep: [/^POSIX_FADV_/] },
  { include: 'linux/fs.h', keep: [/^RWF_/, /^SYNC_FILE_RANGE_/, /^RENAME_/, /^IO_INTEGRITY_/] },
  { include: 'linux/xattr.h', keep: [/^XATTR_(CREATE|REPLACE)$/] },
  { include: 'linux/in.h', keep: [/^sockaddr_in$/, /^INADDR_(ANY|LOOPBACK|BROADCAST|NONE)$/] },
  { include: 'linux/in6.h', keep: [/^sockaddr_in6$/] },
  { include: 'linux/un.h', keep: [/^sockaddr_un$/, /^UNIX_PATH_MAX$/] },
  { include: 'linux/wait.h', keep: [/^W[A-Z]+$/, /^P_/] },
  { include: 'asm/siginfo.h', keep: [/^siginfo(_t)?$/, /^CLD_/] },
  { include: 'asm-generic/siginfo.h', keep: [/^siginfo(_t)?$/, /^CLD_/] },
  { include: 'asm-generic/mman-common.h', keep: [/^MADV_/] },
  { include: 'asm/socket.h', keep: [/^SOL_SOCKET$/, /^SO_/] },
  { include: 'asm-generic/socket.h', keep: [/^SOL_SOCKET$/, /^SO_/] },
];

/** What only the C library's headers have. They clash with the kernel's, so they are parsed apart. */
export const LIBC_VOCABULARY: readonly VocabularyHeader[] = [
  {
    include: 'bits/socket.h',
    keep: [/^(msghdr|cmsghdr|sockaddr|sockaddr_storage|ucred)$/, /^(MSG|SCM)_/, /^AF_/, /^SOMAXCONN$/],
  },
  { include: 'bits/socket_type.h', keep: [/^SOCK_/] },
  { include: 'sys/socket.h', keep: [/^SHUT_/] },
  { include: 'bits/fcntl-linux.h', keep: [/^SPLICE_F_/] },
];

export const includesOf = (headers: readonly VocabularyHeader[]): string[] =>
  headers.map((header) => header.include);
