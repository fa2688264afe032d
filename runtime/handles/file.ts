/**
 * A file that is open: `FileHandle` of node:fs/promises, through the ring.
 */
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
import type { Bytes } from '../arguments/pins.js';
import type { HandleHost } from './handle-host.js';
import { type HandleOptions, type ReadFlags, ringOptions, type WriteFlags } from './handle-operations.js';
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

const OWN_POSITION = -1;
const PERMISSIONS = 0o666;
const CREATES = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);

export class File extends OwnedDescriptor {
  readonly #host: HandleHost;
  readonly #path: string | undefined;

  /** @internal */
  constructor(fd: number, host: HandleHost, path?: string | Uint8Array) {
    super(fd, host);
    this.#host = host;
    this.#path = path === undefined || typeof path === 'string' ? path : Buffer.from(path).toString();
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
  ): Promise<File> {
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
  read(buffer: Bytes, options: ReadOptions = {}): Promise<number> {
    const { position = OWN_POSITION, flags = 0 } = options;
    return this.#host.run('read', { fd: this, buffer, offset: position, flags }, ringOptions(options));
  }

  /** Reads into several buffers, in order. @returns bytes read in all */
  readv(buffers: readonly Bytes[], options: ReadOptions = {}): Promise<number> {
    const { position = OWN_POSITION, flags = 0 } = options;
    return this.#host.run('readv', { fd: this, buffers, offset: position, flags }, ringOptions(options));
  }

  /**
   * Writes a buffer.
   * @returns bytes written. May be fewer than given: write the rest then
   */
  write(buffer: Bytes, options: WriteOptions = {}): Promise<number> {
    const { position = OWN_POSITION, flags = 0 } = options;
    return this.#host.run('write', { fd: this, buffer, offset: position, flags }, ringOptions(options));
  }

  /** Writes several buffers, in order. @returns bytes written in all */
  writev(buffers: readonly Bytes[], options: WriteOptions = {}): Promise<number> {
    const { position = OWN_POSITION, flags = 0 } = options;
    return this.#host.run('writev', { fd: this, buffers, offset: position, flags }, ringOptions(options));
  }

  /** Brings data and metadata to stable storage: fsync(2). */
  sync(options: HandleOptions = {}): Promise<void> {
    return this.#host.run('fsync', { fd: this, flags: 0 }, ringOptions(options));
  }

  /** Brings data to stable storage, and of the metadata what reading it back needs: fdatasync(2). */
  datasync(options: HandleOptions = {}): Promise<void> {
    return this.#host.run('fsync', { fd: this, flags: IORING_FSYNC_DATASYNC }, ringOptions(options));
  }

  /** What the file system tells of it, as statx(2) does. Default `mask`: STATX_BASIC_STATS. */
  stat(options: HandleOptions & { readonly mask?: StatxMask } = {}): Promise<Statx> {
    const { mask = STATX_BASIC_STATS } = options;
    const itself = { path: '', dirfd: this, flags: AT_EMPTY_PATH };
    return this.#host.run('statx', { ...itself, mask }, ringOptions(options));
  }

  /** Makes it so many bytes long; default 0. Since Linux 6.9. */
  truncate(length: number | bigint = 0, options: HandleOptions = {}): Promise<void> {
    return this.#host.run('ftruncate', { fd: this, length }, ringOptions(options));
  }

  /** Gives a range of it room on the disk; FALLOC_FL_* bits as `mode` have it do otherwise. */
  allocate(
    offset: number | bigint,
    length: number | bigint,
    options: HandleOptions & { readonly mode?: FallocateMode | 0 } = {},
  ): Promise<void> {
    const { mode = 0 } = options;
    return this.#host.run('fallocate', { fd: this, offset, length, mode }, ringOptions(options));
  }

  /** Tells the kernel (POSIX_FADV_*) how a range will be used. Default: all of it. */
  advise(
    advice: FileAdvice,
    options: HandleOptions & { readonly offset?: number | bigint; readonly length?: number } = {},
  ): Promise<void> {
    const { offset = 0, length = 0 } = options;
    return this.#host.run('fadvise', { fd: this, offset, length, advice }, ringOptions(options));
  }
}

/** The kernel refuses permissions where nothing is created. */
function openHow(flags: number, mode: number, resolve: number) {
  const creates = (flags & CREATES) !== 0;
  return { flags: BigInt(flags), mode: BigInt(creates ? mode : 0), resolve: BigInt(resolve) };
}
