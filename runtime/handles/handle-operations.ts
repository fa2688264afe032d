/**
 * The operations that handles go by: those of the package that the ring belongs to, with their contracts and builders.
 * The runtime knows them by name, because it may not import what is generated.
 */
import type {
  AccessFlags,
  FallocateMode,
  FileAdvice,
  FsyncFlags,
  MessageFlags,
  OpenFlags,
  ReadWriteFlags,
  ShutdownHow,
  StatxMask,
} from '../../generated/abi/flags.js';
import type { Statx } from '../../generated/abi/layouts.js';
import type { Descriptor, OrdinaryDescriptor } from '../arguments/descriptor.js';
import type { Bytes } from '../arguments/pins.js';
import type { PeerAddress, SocketAddress } from '../arguments/sockaddr.js';
import type { RingBuffer } from '../memory/memory.js';
import type { OperationOptions } from '../operations/operation.js';

interface OnFile {
  readonly fd: Descriptor;
}

/** RWF_* bits that reads may have. */
export type ReadFlags = Exclude<WriteFlags, ReadWriteFlags.ATOMIC>;
/** RWF_* bits that writes may have. */
export type WriteFlags = Exclude<ReadWriteFlags, ReadWriteFlags.SUPPORTED> | 0;

interface Transfer<Flags> extends OnFile {
  readonly offset: number | bigint;
  readonly flags: Flags;
}

interface Message extends OnFile {
  readonly buffer: Bytes;
  readonly flags: MessageFlags | 0;
}

interface Path {
  readonly path: string | Uint8Array;
  readonly dirfd: OrdinaryDescriptor;
}

interface OpenHow {
  readonly flags: bigint;
  readonly mode: bigint;
  readonly resolve: bigint;
}

/** As far as handles use them. */
export interface HandleOperations {
  openat(
    args: Path & { readonly flags: OpenFlags | 0; readonly mode: number },
    options?: OperationOptions,
  ): Promise<number>;
  openat2(args: Path & { readonly how: OpenHow }, options?: OperationOptions): Promise<number>;
  read(args: Transfer<ReadFlags> & { readonly buffer: Bytes }, options?: OperationOptions): Promise<number>;
  readv(
    args: Transfer<ReadFlags> & { readonly buffers: readonly Bytes[] },
    options?: OperationOptions,
  ): Promise<number>;
  write(args: Transfer<WriteFlags> & { readonly buffer: Bytes }, options?: OperationOptions): Promise<number>;
  writev(
    args: Transfer<WriteFlags> & { readonly buffers: readonly Bytes[] },
    options?: OperationOptions,
  ): Promise<number>;
  fsync(args: OnFile & { readonly flags: FsyncFlags | 0 }, options?: OperationOptions): Promise<void>;
  statx(
    args: Path & { readonly flags: AccessFlags; readonly mask: StatxMask },
    options?: OperationOptions,
  ): Promise<Statx>;
  ftruncate(args: OnFile & { readonly length: number | bigint }, options?: OperationOptions): Promise<void>;
  fallocate(
    args: OnFile & {
      readonly offset: number | bigint;
      readonly length: number | bigint;
      readonly mode: FallocateMode | 0;
    },
    options?: OperationOptions,
  ): Promise<void>;
  fadvise(
    args: OnFile & {
      readonly offset: number | bigint;
      readonly length: number;
      readonly advice: FileAdvice;
    },
    options?: OperationOptions,
  ): Promise<void>;
  socket(
    args: { readonly domain: number; readonly type: number; readonly protocol: number },
    options?: OperationOptions,
  ): Promise<number>;
  connect(args: OnFile & { readonly address: SocketAddress }, options?: OperationOptions): Promise<void>;
  bind(args: OnFile & { readonly address: SocketAddress }, options?: OperationOptions): Promise<void>;
  listen(args: OnFile & { readonly backlog: number }, options?: OperationOptions): Promise<void>;
  accept(
    args: OnFile & { readonly flags: number; readonly peer?: PeerAddress },
    options?: OperationOptions,
  ): Promise<number>;
  recv(args: Message, options?: OperationOptions): Promise<number>;
  send(args: Message, options?: OperationOptions): Promise<number>;
  shutdown(args: OnFile & { readonly how: ShutdownHow }, options?: OperationOptions): Promise<void>;
  uringCmd(
    args: OnFile & {
      readonly cmdOp: number;
      readonly level: number;
      readonly optname: number;
      readonly optval: RingBuffer;
      readonly optlen: number;
    },
    options?: OperationOptions,
  ): Promise<number>;
}

/** `ring.ops` of a package, of which an older kernel's may lack some. */
export type HandleOps = Partial<HandleOperations>;

/** Options that every operation of a handle has. */
export type HandleOptions = Pick<OperationOptions, 'signal' | 'timeout' | 'drain'>;

/** The same as the ring takes them: nothing at all for the usual operation, which is then started the fast way. */
export function ringOptions(options: HandleOptions): OperationOptions | undefined {
  const { signal, timeout, drain } = options;
  if (signal === undefined && timeout === undefined && drain === undefined) return undefined;
  // Without what else a handle's method takes.
  return { signal, timeout, drain } as OperationOptions;
}
