/**
 * The native addon, loaded on first use, and the types of what it exports.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPlatform, loadAddon } from './addon-file.js';

/** Kernel-visible memory owned by the addon; see native/memory.h. */
export interface NativeMemory {
  readonly address: number;
  readonly byteLength: number;
  /** A new external ArrayBuffer over the memory, or null where V8 refuses memory that is not its own. */
  arrayBuffer(): ArrayBuffer | null;
  copyIn(offset: number, source: Uint8Array): void;
  copyOut(offset: number, target: Uint8Array): void;
  /** Stores 16 bits after everything copied in before. */
  publish(offset: number, value: number): void;
}

/** The queues as JavaScript maps them: three buffers, and byte offsets into `rings`. */
export interface MappedRing {
  readonly rings: ArrayBuffer;
  readonly sqes: ArrayBuffer;
  readonly control: ArrayBuffer;
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqFlags: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqOverflow: number;
  readonly cqes: number;
}

export interface NativeSetup {
  readonly entries: number;
  readonly cqEntries: number;
  readonly requiredFlags: number;
  readonly wantedFlags: number;
  readonly sqThreadIdleMs: number;
  /** CPU of the kernel's submission thread, with IORING_SETUP_SQ_AFF. */
  readonly sqThreadCpu?: number;
  /** Ring whose workers are shared, with IORING_SETUP_ATTACH_WQ. */
  readonly attachFd?: number;
}

/** See native/native_ring.h. Calls that report failure return -errno. */
export interface NativeRing {
  readonly fd: number;
  readonly setupFlags: number;
  readonly features: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqeBytes: number;
  readonly cqeBytes: number;
  /** io_uring_enter calls so far. */
  readonly enters: number;
  map(): MappedRing | null;
  reserve(): number;
  /** SQEs that can be prepared now. */
  room(): number;
  place(position: number, sqe: Uint8Array): void;
  stamp(position: number, userDataLow: number, userDataHigh: number): void;
  /** Words of the SQEs with that user_data that are still in the queue's memory, as the kernel was given them. */
  submitted(userDataLow: number, userDataHigh: number): Uint32Array;
  commit(): void;
  /** Takes back the last `count` SQEs that were committed and not flushed. */
  rewind(count: number): void;
  /** Copies completions out of the queue, at most `limit` and what `words` has room for: 8 each where they may be large, else 4. */
  reap(words: Uint32Array, limit: number): number;
  /** Closes what completions made that {@link reap} copied out, and that nobody will look at: those from `from` to before `to`. */
  discard(words: Uint32Array, from: number, to: number): void;
  ready(): number;
  /** Completions overflowed the queue and wait in the kernel. */
  overflowed(): boolean;
  dropped(): boolean;
  /** See {@link Port.withdraw}. */
  withdraw(userDataLow: number, userDataHigh: number): boolean;
  settle(count: number): void;
  flush(minComplete?: number, timeoutMs?: number, minWaitUs?: number): number;
  getEvents(): number;
  cancelAll(): number;
  /** Ends IORING_SETUP_R_DISABLED; 0 or -errno. */
  enable(): number;
  /** A new eventfd that does not block, or -errno. The ring has one at a time, and closes it with itself. */
  openEvent(): number;
  closeEvent(): void;
  /** Waits take their arguments from registered memory from now on; 0 or -errno. */
  registerWait(): number;
  /** Gives the queues other sizes; what was mapped is detached. `errno` is 0 or negative; `lost`: the ring is of no use any more. */
  resize(entries: number, cqEntries: number): { readonly errno: number; readonly lost: boolean };
  dropUnsubmitted(): Uint32Array;
  reference(): void;
  /** See {@link Port.background}. */
  background(count: number): void;
  /** Nothing of the ring keeps the process alive, or all does again. */
  detach(on: boolean): void;
  /** Keeps the process alive although nothing is in flight. */
  hold(on: boolean): void;
  /** @returns how many operations the kernel had not let go of */
  close(budgetMs?: number): number;
}

/** The generated native builders: of ringsmith itself, or of a package that built its own. */
export interface NativeEncoders {
  /** Fills the SQE at that position of the target; true when it did. */
  encode(target: Uint8Array, position: number, operation: string, args: object): true | undefined;
  encoders(): readonly { readonly name: string; readonly opcode: number; readonly sqeBytes: number }[];
}

/** A file by what its data is. */
export const StreamKind = {
  /** Files with positions, and what is not read and written as data at all. */
  None: 0,
  /** Stream sockets, pipes, terminals. */
  Bytes: 1,
  /** Sockets that are connected and keep both the order and the boundaries of messages. */
  Packets: 2,
  Datagrams: 3,
} as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

export interface NativeAddon extends NativeEncoders {
  readonly Memory: new (bytes: number) => NativeMemory;
  readonly NativeRing: new (setup: NativeSetup, wake?: (status: number) => void) => NativeRing;
  /** One entry per opcode, 1 = supported; or -errno. */
  probeOpcodes(fd: number): Uint8Array | number;
  /** io_uring_register on memory the caller keeps; the result, or -errno. */
  register(fd: number, opcode: number, address: number, count: number): number;
  /** close(2) on this thread, of a descriptor that has no owner from then on; 0 or -errno. */
  closeDescriptor(fd: number): number;
  /** Whether a descriptor is to be closed when the environment, such as a worker thread, ends. See operations/unclaimed.ts. */
  ownDescriptor(fd: number, owned: boolean): void;
  /** The address of a socket, or of what it is connected to (`peer`), as its bytes; or -errno. */
  socketAddress(fd: number, peer: boolean): Uint8Array | number;
  /** What order and boundaries a file's data has; `None` also where it cannot be told. */
  streamKind(fd: number): StreamKind;
  /** Where an ArrayBuffer's memory lies, for one that the caller keeps. */
  addressOf(buffer: ArrayBuffer): number;
  /** More, or fewer, operations are on memory that V8 frees with the thread. */
  lentInUse(change: number): void;
  trySetup(entries: number, flags: number): { errno: number; call: string; features?: number };
  /** Which of the three system calls may be made; see native/call_probe.h. */
  probeCalls(): { readonly fork: number; readonly answers: readonly number[] };
  /** 2 where a seccomp filter is active. */
  seccompMode(): number;
  statistics(): { readonly rings: number; readonly leakedBytes: number };
}

/** Machines whose constants and records the generated package has, and that ringsmith is built for. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/** Why a ring cannot be had on another machine. */
const whyNot = (arch: string): string =>
  endianness() === 'BE'
    ? `${arch} is a big-endian machine, and operations and records are written with the lowest byte first, so the kernel would misread every one`
    : `nothing of ringsmith was built or tested on ${arch}, and the kernel's constants and records may have other values there, so operations would mean something else`;

/** The constants and records of the kernel's ABI are those of some machines. */
function checkArchitecture(): void {
  const { arch } = process;
  if (ARCHITECTURES.includes(arch)) return;
  throw Object.assign(
    new Error(
      `ringsmith is for x86-64 and arm64, and this process is of ${arch}: ${whyNot(arch)}. Run a Node for x64 or arm64`,
    ),
    { code: 'ERR_RING_ARCHITECTURE' },
  );
}

function load(): NativeAddon {
  checkPlatform();
  checkArchitecture();
  return loadAddon() as NativeAddon;
}

let addon: NativeAddon | undefined;

/** The addon, loaded on first use so that importing constants costs nothing. */
export function native(): NativeAddon {
  addon ??= load();
  return addon;
}

/**
 * The encoders a package built beside itself with `npm run build:native`.
 * @param moduleUrl `import.meta.url` of a module at the package's top
 */
export function packageEncoders(moduleUrl: string): NativeEncoders {
  const file = join(dirname(fileURLToPath(moduleUrl)), 'build', 'Release', 'ringsmith_stubs.node');
  if (!existsSync(file)) {
    throw Object.assign(
      new Error(
        `this generated package has no native encoders yet, which a ring with encoder: 'native' runs through; ` +
          `build them with "npm run build:native" in ${dirname(fileURLToPath(moduleUrl))}`,
      ),
      { code: 'ERR_RING_ADDON_MISSING' },
    );
  }
  return createRequire(import.meta.url)(file) as NativeEncoders;
}
