/**
 * What a plain source tree lacks because the kernel's build generates it: the configuration, the wrappers for generic
 * headers. And, for trees that are only a few files, the vocabulary every kernel source takes for granted.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every header of the kernel's expects it. */
export const CONFIGURATION_FILE = 'include/generated/autoconf.h';
/** Included into every unit, after the tree's own compiler_types.h. */
export const FALLBACK_FILE = 'include/generated/ringsmith-fallback.h';

/** Of the options io_uring/ asks for: those that add checks for developers, or are for 32-bit programs. */
const LEFT_OUT = /KASAN|DEBUG|PROVE|LOCKDEP|GCOV|PREEMPT_RT|COMPAT|MODULE$/;

/** Options the headers need a decision on, with the values of an ordinary x86-64 kernel. */
const VALUES: Readonly<Record<string, number | string>> = {
  CONFIG_64BIT: 1,
  CONFIG_X86: 1,
  CONFIG_X86_64: 1,
  CONFIG_SMP: 1,
  CONFIG_MMU: 1,
  CONFIG_TREE_RCU: 1,
  CONFIG_THREAD_INFO_IN_TASK: 1,
  CONFIG_PAGE_SHIFT: 12,
  CONFIG_HZ: 250,
  CONFIG_NR_CPUS: 64,
  CONFIG_NUMA: 1,
  CONFIG_NODES_SHIFT: 6,
  CONFIG_PGTABLE_LEVELS: 4,
  CONFIG_X86_L1_CACHE_SHIFT: 6,
  CONFIG_X86_INTERNODE_CACHE_SHIFT: 6,
  CONFIG_LOG_BUF_SHIFT: 17,
  CONFIG_BASE_SMALL: 0,
  // Advice that mm/ only knows where the kernel has them; distributions' kernels do.
  CONFIG_KSM: 1,
  CONFIG_TRANSPARENT_HUGEPAGE: 1,
  CONFIG_MEMORY_FAILURE: 1,
  CONFIG_PHYSICAL_START: '0x1000000',
  CONFIG_PHYSICAL_ALIGN: '0x200000',
  CONFIG_ILLEGAL_POINTER_VALUE: '0xdead000000000000',
};

/** Absolute path → contents. */
export function generatedHeaders(root: string, sources: readonly Buffer[]): Record<string, string> {
  const inTree = (path: string): string => join(root, path);
  const headers: Record<string, string> = {
    [inTree(CONFIGURATION_FILE)]: configuration(sources),
    [inTree(FALLBACK_FILE)]: fallback(root),
  };
  const x86 = 'arch/x86/include';
  const own = new Set([...headersIn(inTree(`${x86}/asm`)), ...headersIn(inTree(`${x86}/uapi/asm`))]);
  for (const folder of ['include/asm-generic', 'include/uapi/asm-generic']) {
    for (const name of headersIn(inTree(folder))) {
      if (!own.has(name))
        headers[inTree(`${x86}/generated/asm/${name}`)] = `#include <asm-generic/${name}>\n`;
    }
  }
  return headers;
}

/** Every option that io_uring/ has code for is on, so that the contract says all the kernel can be asked for. */
function configuration(sources: readonly Buffer[]): string {
  const options = new Set<string>();
  for (const source of sources) {
    for (const [name] of source.toString('latin1').matchAll(/\bCONFIG_\w+/g)) options.add(name);
  }
  const on = [...options].filter((name) => !LEFT_OUT.test(name) && !(name in VALUES)).sort();
  return [
    ...on.map((name) => `#define ${name} 1`),
    ...Object.entries(VALUES).map(([name, value]) => `#define ${name} ${value}`),
    '',
  ].join('\n');
}

const headersIn = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.h')) : [];

interface Fallback {
  /** The header that has it in a full tree. */
  readonly header: string;
  readonly text: string;
}

/** For a tree without the header; each in terms of C alone. */
const FALLBACKS: readonly Fallback[] = [
  {
    header: 'linux/compiler_types.h',
    text: ['__user', '__force', '__cold', '__must_check', '__init', '__read_mostly']
      .map((name) => `#define ${name}`)
      .join('\n'),
  },
  {
    header: 'linux/types.h',
    text: `typedef unsigned char u8, __u8; typedef unsigned short u16, __u16; typedef unsigned int u32, __u32;
typedef unsigned long long u64, __u64; typedef signed char s8, __s8; typedef short s16, __s16; typedef int s32, __s32;
typedef long long s64, __s64, loff_t; typedef unsigned long size_t, uintptr_t; typedef long ssize_t;
typedef unsigned short umode_t; typedef int __kernel_rwf_t; typedef _Bool bool; enum { false, true };
typedef unsigned int gfp_t;
#define NULL ((void *)0)`,
  },
  {
    header: 'linux/errno.h',
    text: `#define EPERM 1
#define ENOENT 2
#define EBADF 9
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EEXIST 17
#define EINVAL 22
#define ENOSYS 38
#define EOVERFLOW 75
#define EOPNOTSUPP 95
#define E2BIG 7`,
  },
  {
    header: 'linux/io_uring_types.h',
    text: `struct io_ring_ctx { unsigned int flags; };
struct io_kiocb { struct file *file; unsigned char cmd[64]; u8 opcode; u16 buf_index; u64 flags; struct io_ring_ctx *ctx;
 void *async_data; struct { u64 user_data; int res; u32 flags; int fd; } cqe; };
#define io_kiocb_to_cmd(req, type) ((type *)&(req)->cmd)
enum { REQ_F_FIXED_FILE = 1, REQ_F_IO_DRAIN = 2, REQ_F_LINK = 4, REQ_F_HARDLINK = 8, REQ_F_FORCE_ASYNC = 16,
 REQ_F_BUFFER_SELECT = 32, REQ_F_CQE_SKIP = 64, REQ_F_NEED_CLEANUP = 256, REQ_F_APOLL_MULTISHOT = 512,
 REQ_F_MULTISHOT = 1024, REQ_F_NOWAIT = 2048 };`,
  },
];

/** What rewrite.ts makes of the macros that read and write user memory. */
const USER_ACCESS = `int GET_USER(), PUT_USER();
#define __GET_USER GET_USER
#define __PUT_USER PUT_USER
#define UNSAFE_GET_USER(value, pointer, label) GET_USER(value, pointer)
#define UNSAFE_PUT_USER(value, pointer, label) PUT_USER(value, pointer)
`;

const fallback = (root: string): string =>
  `${USER_ACCESS}${FALLBACKS.filter(({ header }) => !existsSync(join(root, 'include', header)))
    .map(({ text }) => text)
    .join('\n')}\n`;
