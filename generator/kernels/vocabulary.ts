/**
 * Headers beside io_uring's own whose records and constants its operations take as arguments.
 */
export const VOCABULARY: readonly string[] = [
  'linux/io_uring/zcrx.h',
  'linux/io_uring/query.h',
  'linux/io_uring/bpf_filter.h',
  'linux/time_types.h',
  'linux/openat2.h',
  'linux/stat.h',
  'linux/fcntl.h',
  'asm-generic/fcntl.h',
  'asm-generic/poll.h',
  'linux/uio.h',
  'linux/futex.h',
  'linux/eventpoll.h',
  'linux/falloc.h',
  'linux/fadvise.h',
];
