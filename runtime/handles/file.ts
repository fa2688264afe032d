/**
 * A file that is open: `FileHandle` of node:fs/promises, through the ring.
 */

import { fstatSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  IORING_FSYNC_DATASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_TMPFILE,
  STATX_BASIC_STATS,
} from '../../generated/abi/constants.js';
import type {
  FallocateMode,
  FileAdvice,
  OpenFlags,
  ResolveFlags,
  StatxMask,
} from '../../generated/abi/flags.js';
import type { Statx } from '../../generated/abi/layouts.js';
import type { OrdinaryDescriptor } from '../arguments/descriptor.js';
import { oneOfFamily } from '../arguments/flag-families.js';
import { anything, bytes, flags, integer } from '../arguments/options.js';
import type { Bytes } from '../arguments/pins.js';
import { HANDLE } from '../operations/operation-options.js';
import type { HandleHost } from './handle-host.js';
import { type HandleOptions, type ReadFlags, ringOptions, type WriteFlags } from './handle-operations.js';
import type { Lane } from './lane.js';
import { Lanes, READ, READV, WRITE, WRITEV } from './lanes.js';
import { OwnedDescriptor } from './owned-descriptor.js';

/** How `ring.open` opens a file. */
export interface FileOptions extends HandleOptions {
  /** O_* bits. Default O_RDONLY. O_CLOEXEC goes by itself. */
  readonly flags?: OpenFlags | 0;
  /** Permissions of a file that is created. Default 0o666. */
  readonly mode?: number;
  /** RESOLVE_* bits: what the path must not lead through. */
  readonly resolve?: ResolveFlags | 0;
  /** Directory that a relative path starts from. Default: the working directory. */
  readonly dirfd?: OrdinaryDescriptor;
}

/** Where and how to read or write. */
export interface TransferOptions<Flags> extends HandleOptions {
  /** Position in the file, in bytes. Default: the file's own, which then moves on; what pipes and terminals want. */
  readonly position?: number | bigint;
  /** RWF_* bits as for preadv2(2). */
  readonly flags?: Flags;
}

export type ReadOptions = TransferOptions<ReadFlags>;
export type WriteOptions = TransferOptions<WriteFlags>;

const POSITIONAL =
  'node:fs takes `buffer, offset, length, position` one by one: give buffer.subarray(offset, offset + length) and { position }';
const NODE_OPEN = 'node:fs takes `path, flags, mode` one by one: give { flags, mode }';

const OPEN = HANDLE.with({ flags, mode: integer(0, 0o7777), resolve: flags, dirfd: anything }, NODE_OPEN);
const TRANSFER = HANDLE.with({ position: bytes(-1), flags }, POSITIONAL);
const STAT = HANDLE.with({ mask: flags });
const ALLOCATE = HANDLE.with({ mode: flags });
const ADVISE = HANDLE.with({ offset: bytes(0), length: integer(0, 2 ** 32 - 1) });
const ADVICE = oneOfFamily('FileAdvice');

const OWN_POSITION = -1;
const PERMISSIONS = 0o666;
const CREATES = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);

/**
 * An open file. Where it has no positions, as pipes and terminals, its calls keep their order in each direction: a read, or a
 * write, starts when those called before it are over, and what a short write left is written before the next one that
 * waits. Calls on files with positions run side by side, in no order, as do `ring.ops` given a file as `fd`. `close()` cancels
 * what is in flight on a pipe, a terminal or another file that may keep it waiting for ever, and waits for it on others.
 */
export class File extends OwnedDescriptor {
  readonly #host: HandleHost;
  readonly #path: string | undefined;
  readonly #lanes: Lanes;

  /** @internal */
  constructor(fd: number, host: HandleHost, path?: string | Uint8Array) {
    super(fd, host);
    this.#host = host;
    this.#lanes = new Lanes(host, (buffer, flags, options) =>
      host.run('write', { fd: this, buffer, offset: OWN_POSITION, flags: flags as WriteFlags }, options),
    );
    this.#path = path === undefined || typeof path === 'string' ? path : Buffer.from(path).toString();
  }

  /** A read of a pipe or terminal may wait for ever, so it is cancelled; what is on its way to a disk is not. @internal */
  protected override ending(): boolean {
    this.#lanes.close();
    const cancels = this.inUse && mayWait(OwnedDescriptor.number(this));
    if (cancels) this.cancel();
    return cancels;
  }

  /** @internal */
  protected override incoming(): Lane | undefined {
    return this.#lanes.incoming(this.fd);
  }

  /** @internal */
  protected override state(): Readonly<Record<string, unknown>> {
    return { fd: this.fd, path: this.#path, closed: this.closed };
  }

  /** @internal */
  static async open(
    host: HandleHost,
    path: string | Uint8Array | URL,
    options: FileOptions = {},
    more: readonly unknown[] = [],
  ): Promise<File> {
    const refused = host.refusal(OPEN, 'open', options, more, NODE_OPEN);
    if (refused !== undefined) return refused;
    const { flags = 0, mode = PERMISSIONS, resolve, dirfd = AT_FDCWD } = options;
    const where = { path: path instanceof URL ? fileURLToPath(path) : path, dirfd };
    const bits = flags | O_CLOEXEC;
    const opening =
      resolve === undefined
        ? host.run('openat', { ...where, flags: bits, mode }, ringOptions(options))
        : host.run('openat2', { ...where, how: openHow(bits, mode, resolve) }, ringOptions(options));
    return new File(await opening, host, where.path);
  }

  /**
   * Reads into a buffer.
   * @returns bytes read; 0 at the end of the file. May be fewer than the buffer has room for
   */
  read(buffer: Bytes, options: ReadOptions = {}, ...more: never[]): Promise<number> {
    const refused = this.#host.refusal(TRANSFER, 'read', options, more, POSITIONAL);
    if (refused !== undefined) return refused;
    const { position = OWN_POSITION, flags = 0 } = options;
    const args = { fd: this, buffer, offset: position, flags };
    return this.#lanes.in(this.fd, READ, args, ringOptions(options));
  }

  /** Reads into several buffers, in order. @returns bytes read in all */
  readv(buffers: readonly Bytes[], options: ReadOptions = {}, ...more: never[]): Promise<number> {
    const refused = this.#host.refusal(TRANSFER, 'readv', options, more, POSITIONAL);
    if (refused !== undefined) return refused;
    const { position = OWN_POSITION, flags = 0 } = options;
    const args = { fd: this, buffers, offset: position, flags };
    return this.#lanes.in(this.fd, READV, args, ringOptions(options));
  }

  /**
   * Writes a buffer.
   * @returns bytes written. May be fewer than given: write the rest then
   */
  write(buffer: Bytes, options: WriteOptions = {}, ...more: never[]): Promise<number> {
    const refused = this.#host.refusal(TRANSFER, 'write', options, more, POSITIONAL);
    if (refused !== undefined) return refused;
    const { position = OWN_POSITION, flags = 0 } = options;
    const args = { fd: this, buffer, offset: position, flags };
    return this.#lanes.out(this.fd, WRITE, args, ringOptions(options));
  }

  /** Writes several buffers, in order. @returns bytes written in all */
  writev(buffers: readonly Bytes[], options: WriteOptions = {}, ...more: never[]): Promise<number> {
    const refused = this.#host.refusal(TRANSFER, 'writev', options, more, POSITIONAL);
    if (refused !== undefined) return refused;
    const { position = OWN_POSITION, flags = 0 } = options;
    const args = { fd: this, buffers, offset: position, flags };
    return this.#lanes.out(this.fd, WRITEV, args, ringOptions(options));
  }

  /** Brings data and metadata to stable storage: fsync(2). */
  sync(options: HandleOptions = {}, ...more: never[]): Promise<void> {
    const refused = this.#host.refusal(HANDLE, 'sync', options, more);
    if (refused !== undefined) return refused;
    return this.#host.run('fsync', { fd: this, flags: 0 }, ringOptions(options));
  }

  /** Brings data to stable storage, and of the metadata what reading it back needs: fdatasync(2). */
  datasync(options: HandleOptions = {}, ...more: never[]): Promise<void> {
    const refused = this.#host.refusal(HANDLE, 'datasync', options, more);
    if (refused !== undefined) return refused;
    return this.#host.run('fsync', { fd: this, flags: IORING_FSYNC_DATASYNC }, ringOptions(options));
  }

  /** What the file system tells of it, as statx(2) does. Default `mask`: STATX_BASIC_STATS. */
  stat(options: HandleOptions & { readonly mask?: StatxMask } = {}, ...more: never[]): Promise<Statx> {
    const refused = this.#host.refusal(STAT, 'stat', options, more);
    if (refused !== undefined) return refused;
    const { mask = STATX_BASIC_STATS } = options;
    const itself = { path: '', dirfd: this, flags: AT_EMPTY_PATH };
    return this.#host.run('statx', { ...itself, mask }, ringOptions(options));
  }

  /** Makes it so many bytes long; default 0. Since Linux 6.9. */
  truncate(length: number | bigint = 0, options: HandleOptions = {}, ...more: never[]): Promise<void> {
    const refused = this.#host.refusal(HANDLE, 'truncate', options, more, '', () => {
      bytes(0)(length, 'truncate: length');
    });
    if (refused !== undefined) return refused;
    return this.#host.run('ftruncate', { fd: this, length }, ringOptions(options));
  }

  /** Gives a range of it room on the disk; FALLOC_FL_* bits as `mode` have it do otherwise. */
  allocate(
    offset: number | bigint,
    length: number | bigint,
    options: HandleOptions & { readonly mode?: FallocateMode | 0 } = {},
    ...more: never[]
  ): Promise<void> {
    const refused = this.#host.refusal(ALLOCATE, 'allocate', options, more, '', () => {
      bytes(0)(offset, 'allocate: offset');
      bytes(0)(length, 'allocate: length');
    });
    if (refused !== undefined) return refused;
    const { mode = 0 } = options;
    return this.#host.run('fallocate', { fd: this, offset, length, mode }, ringOptions(options));
  }

  /** Tells the kernel (POSIX_FADV_*) how a range will be used. Default: all of it. */
  advise(
    advice: FileAdvice,
    options: HandleOptions & { readonly offset?: number | bigint; readonly length?: number } = {},
    ...more: never[]
  ): Promise<void> {
    const refused = this.#host.refusal(ADVISE, 'advise', options, more, '', () => {
      ADVICE(advice, 'advise: advice');
    });
    if (refused !== undefined) return refused;
    const { offset = 0, length = 0 } = options;
    return this.#host.run('fadvise', { fd: this, offset, length, advice }, ringOptions(options));
  }
}

/** Whether operations may stay in flight for as long as somebody else likes: not on regular files, directories and disks. */
function mayWait(fd: number): boolean {
  const status = fstatSync(fd);
  return !(status.isFile() || status.isDirectory() || status.isBlockDevice());
}

/** The kernel refuses permissions where nothing is created. */
function openHow(flags: number, mode: number, resolve: number) {
  const creates = (flags & CREATES) !== 0;
  return { flags: BigInt(flags), mode: BigInt(creates ? mode : 0), resolve: BigInt(resolve) };
}
