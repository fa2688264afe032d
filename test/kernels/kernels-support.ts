/**
 * Material for the tests of where headers come from: a small kernel's source tree, packages made from it with dpkg-deb,
 * and a cache folder of each test's own.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, vi } from 'vitest';
import { Problem } from '../../generator/problem.js';
import { temporaryFolder } from '../support/cli.js';

/** UAPI headers as they stand in a kernel's source, with the words that only the kernel understands. */
export const SOURCE: Readonly<Record<string, string>> = {
  'include/uapi/linux/io_uring.h': `/* SPDX-License-Identifier: MIT */
#ifndef LINUX_IO_URING_H
#define LINUX_IO_URING_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/fs.h>

struct io_uring_sqe {
	__u8	opcode;		/* type of operation for this sqe */
	__u8	flags;
	__u16	ioprio;
	__s32	fd;
	__u64	off;
	__u64	addr;
	__u32	len;
	__u32	rw_flags;
	__u64	user_data;
	__u64	__pad2[3];
};

enum io_uring_op {
	IORING_OP_NOP,
	IORING_OP_READV,
	/* this goes last, obviously */
	IORING_OP_LAST,
};
#endif
`,
  'include/uapi/linux/types.h': `#ifndef _UAPI_LINUX_TYPES_H
#define _UAPI_LINUX_TYPES_H
#include <asm/types.h>
#endif /* _UAPI_LINUX_TYPES_H */
`,
  'include/uapi/linux/fs.h': `#ifndef _UAPI_LINUX_FS_H
#define _UAPI_LINUX_FS_H
#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/kernel_only.h>
#else
#define RWF_HIPRI 0x00000001
#endif
#define BLKROSET 93
#endif
`,
  'include/uapi/linux/uio.h': `#ifndef _UAPI__LINUX_UIO_H
#define _UAPI__LINUX_UIO_H
#include <linux/compiler.h>
struct iovec
{
	void __user *iov_base;
	unsigned long iov_len;
} __packed;
#endif
`,
  'include/uapi/asm-generic/types.h': `#ifndef _ASM_GENERIC_TYPES_H
#define _ASM_GENERIC_TYPES_H
#include <asm-generic/int-ll64.h>
#endif
`,
  'include/uapi/asm-generic/int-ll64.h': `#ifndef _UAPI_ASM_GENERIC_INT_LL64_H
#define _UAPI_ASM_GENERIC_INT_LL64_H
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef __signed__ int __s32;
typedef unsigned int __u32;
typedef unsigned long long __u64;
#endif
`,
};

export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

export interface DebOptions {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** A package file with just these files in it. */
export function makeDeb(folder: string, { name, version, architecture = 'all', files }: DebOptions): string {
  const root = join(folder, `${name}_${version}_root`);
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: none\nDescription: test\n`;
  writeTree(root, { ...files, 'DEBIAN/control': control });
  const file = join(folder, `${name}_${version.replace(':', '%3a')}_${architecture}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, file], { stdio: 'pipe' });
  return file;
}

/** A linux-libc-dev package of {@link SOURCE}. */
export const libcDevDeb = (folder: string, version: string): string =>
  makeDeb(folder, {
    name: 'linux-libc-dev',
    version,
    files: {
      ...Object.fromEntries(
        Object.entries(SOURCE).map(([path, text]) => [
          path.replace('include/uapi', 'usr/include'),
          text.replace('<linux/compiler.h>', '<linux/types.h>').replace('__user ', ''),
        ]),
      ),
      'usr/include/x86_64-linux-gnu/asm/types.h': '#include <asm-generic/types.h>\n',
    },
  });

/** A linux-headers package: the kernel's own tree below /usr/src. */
export const headersDeb = (folder: string, version: string, abi: string): string =>
  makeDeb(folder, {
    name: `linux-headers-${abi}-common`,
    version,
    files: Object.fromEntries(
      Object.entries(SOURCE).map(([path, text]) => [`usr/src/linux-headers-${abi}-common/${path}`, text]),
    ),
  });

/** A kernel's source tree with what a contract needs, some folders without any, and with something that it does not. */
export const kernelTree = (version: string, patch: string, sub: string): Record<string, string> => ({
  ...SOURCE,
  Makefile: `# SPDX-License-Identifier: MIT\nVERSION = ${version}\nPATCHLEVEL = ${patch}\nSUBLEVEL = ${sub}\nEXTRAVERSION =\nNAME = Test\n`,
  'io_uring/opdef.c': '#include "../fs/internal.h"\n#include "../kernel/futex/futex.h"\n',
  'include/linux/io_uring_types.h': 'struct io_kiocb;\n',
  'arch/x86/include/asm/types.h': '\n',
  'arch/arm64/include/asm/types.h': '\n',
  'fs/internal.h': '\n',
  'fs/splice.c': '\n',
  'fs/ext4/ext4.h': '\n',
  'fs/ext4/namei.c': '\n',
  'kernel/exit.h': '\n',
  'kernel/futex/futex.h': '\n',
  'kernel/futex/waitwake.c': '\n',
  'kernel/sched/core.c': '\n',
  'drivers/net/include/x.h': '\n',
});

/** A linux-source package: the kernel's tree as one archive, of which a test may damage the bytes. */
export function sourceDeb(
  folder: string,
  version: string,
  files: Readonly<Record<string, string>>,
  damage = (archive: Buffer): Uint8Array => archive,
): string {
  const series = /^\d+\.\d+/.exec(version)![0];
  const name = `linux-source-${series}`;
  const parent = join(folder, `tree_${version}`);
  writeTree(join(parent, name), files);
  const archive = join(parent, `${name}.tar.xz`);
  execFileSync('tar', ['--create', '--xz', '--file', archive, '--directory', parent, name]);
  const bytes = damage(readFileSync(archive));
  return makeDeb(folder, { name, version, files: { [`usr/src/${name}.tar.xz`]: bytes } });
}

/** A cache of the test's own, in place of the user's. */
export function ownCache(): string {
  const folder = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', folder);
  return join(folder, 'ringsmith');
}

/** What a piece of work refuses with. */
export async function problemOf(work: () => unknown): Promise<Problem> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return error as Problem;
  }
  throw new Error('it was not refused');
}
