/**
 * From a ring's options to io_uring_setup, and from what the kernel gave to a port.
 */
import {
  IORING_FEAT_NODROP,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQE128,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
} from '../generated/abi/constants.js';
import { RingError, systemError } from './errors.js';
import { MappedPort } from './mapped-port.js';
import { type NativeEncoders, type NativeRing, native } from './native.js';
import { NativePort } from './native-port.js';
import type { Port } from './port.js';

export interface RingOptions {
  /** Submission queue entries, rounded up to a power of two. Default 256. */
  readonly entries?: number;
  /** Completion queue entries, which bound the operations in flight. Default: 4096, or four times `entries` if more. */
  readonly cqEntries?: number;
  /** SQEs of 128 bytes, for the opcodes that carry large commands. Default false. */
  readonly sqe128?: boolean;
  /** Let a kernel thread take submissions, so that none needs a system call; or its idle time in milliseconds. */
  readonly sqpoll?: boolean | { readonly idleMs: number };
  /**
   * `'mapped'`: JavaScript writes into the ring's memory. `'native'`: the C++ encoders do, and data is copied; for
   * runtimes without external ArrayBuffers. Default: mapped where it is possible.
   */
  readonly encoder?: 'mapped' | 'native';
}

const MAX_ENTRIES = 32768;
const MAX_IDLE_MS = 2 ** 31 - 1;
const DEFAULT_ENTRIES = 256;
const DEFAULT_CQ_ENTRIES = 4096;

/** What a refusal of io_uring_setup means, and what can be done about it. */
function setupRemedy(code: string): string {
  switch (code) {
    case 'EPERM':
      return 'io_uring is switched off for this process: see the sysctl kernel.io_uring_disabled, or the seccomp profile of the container';
    case 'ENOSYS':
      return 'the kernel has no io_uring, or a seccomp filter hides it; ringsmith needs Linux 5.10 or newer';
    case 'ENOMEM':
      return 'the locked-memory limit may be used up: raise RLIMIT_MEMLOCK (ulimit -l), or ask for fewer entries';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many open descriptors: close some, or raise RLIMIT_NOFILE (ulimit -n)';
    default:
      return '`ringsmith doctor` says what this machine supports';
  }
}

function entriesOption(value: number | undefined, name: string, fallback: number): number {
  const entries = value ?? fallback;
  if (!Number.isInteger(entries) || entries < 1 || entries > MAX_ENTRIES * 2) {
    throw Object.assign(
      new RangeError(`${name} must be an integer from 1 to ${MAX_ENTRIES * 2}; got ${entries}`),
      {
        code: 'ERR_OUT_OF_RANGE',
      },
    );
  }
  return entries;
}

function idleOption(sqpoll: RingOptions['sqpoll']): number {
  const idleMs = typeof sqpoll === 'object' ? sqpoll.idleMs : 0;
  if (!Number.isInteger(idleMs) || idleMs < 0 || idleMs > MAX_IDLE_MS) {
    throw Object.assign(new RangeError(`idleMs must be an integer from 0 to ${MAX_IDLE_MS}; got ${idleMs}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
  return idleMs;
}

function openNative(options: RingOptions, wake: ((status: number) => void) | undefined): NativeRing {
  const entries = entriesOption(options.entries, 'entries', DEFAULT_ENTRIES);
  const cqEntries = entriesOption(
    options.cqEntries,
    'cqEntries',
    Math.min(Math.max(DEFAULT_CQ_ENTRIES, entries * 4), MAX_ENTRIES * 2),
  );
  const sqpoll = options.sqpoll !== undefined && options.sqpoll !== false;
  const setup = {
    entries,
    cqEntries: Math.max(cqEntries, entries),
    requiredFlags: (options.sqe128 === true ? IORING_SETUP_SQE128 : 0) | (sqpoll ? IORING_SETUP_SQPOLL : 0),
    wantedFlags:
      IORING_SETUP_CLAMP |
      IORING_SETUP_SUBMIT_ALL |
      IORING_SETUP_SINGLE_ISSUER |
      IORING_SETUP_NO_SQARRAY |
      // With a kernel thread submitting there is no submitter to run its task work.
      (sqpoll ? 0 : IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG),
    sqThreadIdleMs: idleOption(options.sqpoll),
  };
  try {
    return new (native().NativeRing)(setup, wake);
  } catch (error) {
    const { errno, syscall } = error as { errno?: number; syscall?: string };
    if (errno === undefined || syscall === undefined) throw error;
    const known = systemError(-errno, syscall);
    throw new RingError(known.code, `${known.message}: ${setupRemedy(known.code)}`, {
      errno: -errno,
      syscall,
    });
  }
}

/** Where a ring's native builders come from; asked only when it needs them. */
export type EncoderSource = () => NativeEncoders;

/**
 * Opens a ring.
 * @param encoders of the package the ring belongs to
 * @param wake makes it part of this thread's event loop; without it the program waits for itself
 */
export function openPort(
  options: RingOptions,
  encoders: EncoderSource,
  wake?: (status: number) => void,
): Port {
  if (options.encoder !== undefined && options.encoder !== 'mapped' && options.encoder !== 'native') {
    throw Object.assign(
      new TypeError(`encoder must be 'mapped' or 'native'; got ${String(options.encoder)}`),
      {
        code: 'ERR_INVALID_ARG_VALUE',
      },
    );
  }
  // Before the ring exists, so that a package without them leaves nothing behind.
  const builders = options.encoder === 'native' ? encoders() : undefined;
  const ring = openNative(options, wake);
  if ((ring.features & IORING_FEAT_NODROP) === 0) {
    ring.close();
    throw new RingError(
      'ENOSYS',
      'this kernel drops completions when the queue is full; ringsmith needs Linux 5.10 or newer',
    );
  }
  if (builders !== undefined) return new NativePort(ring, builders);
  const mapped = ring.map();
  if (mapped !== null) return new MappedPort(ring, mapped);
  if (options.encoder === 'mapped') {
    ring.close();
    throw new RingError(
      'ERR_RING_NOT_MAPPABLE',
      "this JavaScript runtime allows no external ArrayBuffers, so the ring's memory cannot be mapped; use encoder: 'native'",
    );
  }
  try {
    return new NativePort(ring, encoders());
  } catch (error) {
    ring.close();
    throw error;
  }
}
