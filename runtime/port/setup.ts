/**
 * From a ring's options to io_uring_setup, and from what the kernel gave to a port.
 */

import {
  IORING_FEAT_NODROP,
  IORING_SETUP_ATTACH_WQ,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQE32,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_HYBRID_IOPOLL,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQ_AFF,
  IORING_SETUP_SQE_MIXED,
  IORING_SETUP_SQE128,
  IORING_SETUP_SQPOLL,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_DRAIN,
  IOSQE_IO_HARDLINK,
  IOSQE_IO_LINK,
} from '../../generated/abi/constants.js';
import { membersOf } from '../../generated/abi/names.js';
import { wrongType } from '../arguments/known-names.js';
import { anything, boolean, integer, Shape } from '../arguments/options.js';
import { whyRefused } from '../availability/availability.js';
import { RingError, systemError } from '../errors.js';
import { MappedPort } from './mapped-port.js';
import { type NativeEncoders, type NativeRing, native } from './native.js';
import { NativePort } from './native-port.js';
import type { Port } from './port.js';

/** How a kernel without interrupts for it hands over completions. */
export type TaskWork = 'cooperative' | 'deferred' | 'interrupt';

export interface RingOptions {
  /**
   * Submission queue entries, rounded up to a power of two. Default 256. Where too little memory may be locked it is halved,
   * and the completion queue with it, down to 8: `ring.features` tells.
   */
  readonly entries?: number;
  /** Completion queue entries, which bound the operations in flight. Default: 4096, or four times `entries` if more. */
  readonly cqEntries?: number;
  /** Ask for as many entries as the kernel allows instead of failing when it is asked for more. Default true. */
  readonly clamp?: boolean;
  /** SQEs of 128 bytes, for the opcodes that carry large commands; `'mixed'`: of both sizes (Linux 6.19). Default false. */
  readonly sqe128?: boolean | 'mixed';
  /**
   * CQEs of 32 bytes; `'mixed'`: of both sizes (Linux 6.18). Default false. A mixed queue must not overflow, since Linux 6.18
   * loses completions then: a synchronous ring should have fewer than half of `cqEntries` in flight; others see to it.
   */
  readonly cqe32?: boolean | 'mixed';
  /**
   * Let a kernel thread take submissions, so that none needs to enter the ring: its idle time, and the CPU it runs on. The thread
   * keeps the rights of whoever makes the ring: while the process has other ids, groups or capabilities than then, nothing
   * is submitted (`ERR_RING_CREDENTIALS`). What was submitted before goes on.
   */
  readonly sqpoll?: boolean | { readonly idleMs?: number; readonly cpu?: number };
  /** Poll devices for completions instead of waiting for interrupts: O_DIRECT files on devices that can; `'hybrid'` sleeps first (Linux 6.13). */
  readonly iopoll?: boolean | 'hybrid';
  /**
   * When completions are prepared: `'cooperative'` (the default), when the thread enters the kernel anyway; `'deferred'`,
   * only when it asks for them; `'interrupt'`, at once.
   */
  readonly taskWork?: TaskWork;
  /** Only this thread submits, which lets the kernel do less; ringsmith's rings are used by one thread anyway. Default true. */
  readonly singleIssuer?: boolean;
  /** Start disabled: nothing is submitted until {@link RingCore.enable}, so that restrictions can be registered first. */
  readonly disabled?: boolean;
  /** Share the kernel's worker threads of another ring. */
  readonly attach?: { readonly fd: number };
  /** Where the queues lie: in the kernel's memory, or in this process's own (IORING_SETUP_NO_MMAP, Linux 6.5). Default kernel. */
  readonly queueMemory?: 'kernel' | 'own';
  /**
   * Refuse an operation on memory that another one in flight writes to, or a write to memory that another one reads. At the
   * synchronous level: refuse arguments by names that the operation does not have, which the promise level always does; there
   * it is a tenth of the shortest operation's time. Default: true, unless NODE_ENV is `production`.
   */
  readonly checked?: boolean;
  /**
   * Let `waitid` take away what it waits for, as the kernel does. Default false: with WEXITED it leaves the child as it is
   * (WNOWAIT), since Node would never hear of the exit of a child of node:child_process; a ring with `sqpoll` refuses it.
   */
  readonly reapChildren?: boolean;
  /**
   * `'mapped'`: JavaScript writes into the ring's memory. `'native'`: the C++ encoders do, and data is copied; for
   * runtimes without external ArrayBuffers. Default: mapped where it is possible.
   */
  readonly encoder?: 'mapped' | 'native';
}

/** See {@link RingOptions.checked}. */
export const isChecked = ({ checked }: RingOptions): boolean =>
  checked ?? process.env['NODE_ENV'] !== 'production';

/** What the promise level has better ways for, which it keeps account of. */
const REFUSED_WITH_PROMISES = IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK | IOSQE_IO_HARDLINK | IOSQE_IO_DRAIN;

const MAX_ENTRIES = 32768;
const MAX_IDLE_MS = 2 ** 31 - 1;
const MAX_CPU = 65_535;
const DEFAULT_ENTRIES = 256;
const DEFAULT_CQ_ENTRIES = 4096;
/** What is not halved any more where memory is short. */
const LEAST_ENTRIES = 8;

/** Where the machine is not to blame. */
const OTHER_REMEDIES: Readonly<Record<string, string>> = { ENOMEM: 'ask for fewer entries' };
const DOCTOR = '`ringsmith doctor` says what this machine supports';

/** EINVAL says nothing of what is wrong; the flags that cannot be given up are all it can be. */
function refusedOptions(required: number): string {
  const flags = Object.entries(membersOf('SetupFlags')).filter(([, value]) => (required & value) !== 0);
  if (flags.length === 0) return DOCTOR;
  const names = flags.map(([name]) => `IORING_SETUP_${name}`).join(', ');
  return `this kernel refuses ${names}, or that with the other options; ring.supports(name) tells which flags it knows`;
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

function integerOption(value: number, name: string, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw Object.assign(new RangeError(`${name} must be an integer from 0 to ${most}; got ${value}`), {
    code: 'ERR_OUT_OF_RANGE',
  });
}

function choiceOption<Choice>(value: Choice | undefined, name: string, choices: readonly Choice[]): void {
  if (value === undefined || choices.includes(value)) return;
  const known = choices.map((choice) => JSON.stringify(choice)).join(', ');
  throw Object.assign(new TypeError(`${name} must be one of ${known}; got ${String(value)}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

const SQPOLL = new Shape({ idleMs: integer(0, MAX_IDLE_MS), cpu: integer(0, MAX_CPU) });

const OPTIONS = new Shape({
  entries: anything,
  cqEntries: anything,
  clamp: boolean,
  sqe128: anything,
  cqe32: anything,
  sqpoll: (value, what) => {
    if (typeof value !== 'boolean') SQPOLL.check(value, what);
  },
  iopoll: anything,
  taskWork: anything,
  singleIssuer: boolean,
  disabled: boolean,
  attach: (value, what) => {
    const fd = (value as { readonly fd?: unknown } | null)?.fd;
    if (typeof fd !== 'number') throw wrongType(what, 'a ring, or an object with the fd of one', value);
  },
  queueMemory: anything,
  checked: anything,
  reapChildren: anything,
  encoder: anything,
});

function checkChoices(options: RingOptions): void {
  OPTIONS.check(options, 'ring');
  choiceOption(options.encoder, 'encoder', ['mapped', 'native']);
  choiceOption(options.checked, 'checked', [true, false]);
  choiceOption(options.reapChildren, 'reapChildren', [true, false]);
  choiceOption(options.sqe128, 'sqe128', [true, false, 'mixed']);
  choiceOption(options.cqe32, 'cqe32', [true, false, 'mixed']);
  choiceOption(options.iopoll, 'iopoll', [true, false, 'hybrid']);
  choiceOption(options.taskWork, 'taskWork', ['cooperative', 'deferred', 'interrupt']);
  choiceOption(options.queueMemory, 'queueMemory', ['kernel', 'own']);
  if (options.sqe128 === 'mixed' && options.encoder === 'native') {
    throw Object.assign(new TypeError("sqe128: 'mixed' needs encoder: 'mapped'"), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
}

const oneOf = (value: boolean | string | undefined, whole: number, other: number): number =>
  value === true ? whole : typeof value === 'string' ? other : 0;

/** Flags that the program insists on: a kernel without them refuses the ring. */
function requiredFlags(options: RingOptions): number {
  const { sqpoll } = options;
  return (
    oneOf(options.sqe128, IORING_SETUP_SQE128, IORING_SETUP_SQE_MIXED) |
    oneOf(options.cqe32, IORING_SETUP_CQE32, IORING_SETUP_CQE_MIXED) |
    oneOf(options.iopoll, IORING_SETUP_IOPOLL, IORING_SETUP_IOPOLL | IORING_SETUP_HYBRID_IOPOLL) |
    (sqpoll !== undefined && sqpoll !== false ? IORING_SETUP_SQPOLL : 0) |
    (typeof sqpoll === 'object' && sqpoll.cpu !== undefined ? IORING_SETUP_SQ_AFF : 0) |
    (options.disabled === true ? IORING_SETUP_R_DISABLED : 0) |
    (options.attach === undefined ? 0 : IORING_SETUP_ATTACH_WQ) |
    (options.queueMemory === 'own' ? IORING_SETUP_NO_MMAP : 0)
  );
}

/** Flags that make things faster; given up one by one, the newest first, when the kernel does not know them. */
function wantedFlags(options: RingOptions): number {
  const sqpoll = options.sqpoll !== undefined && options.sqpoll !== false;
  const { taskWork = 'cooperative' } = options;
  // With a kernel thread submitting there is no submitter to run its task work.
  const deferred = taskWork === 'deferred' && !sqpoll;
  return (
    (options.clamp === false ? 0 : IORING_SETUP_CLAMP) |
    IORING_SETUP_SUBMIT_ALL |
    IORING_SETUP_NO_SQARRAY |
    (options.singleIssuer === false && !deferred ? 0 : IORING_SETUP_SINGLE_ISSUER) |
    (deferred ? IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG : 0) |
    (taskWork === 'cooperative' && !sqpoll ? IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG : 0)
  );
}

/** The refusal of a ring, with what is in its way on this machine. */
function setupError(known: RingError, requiredFlags: number): RingError {
  const { code, message, errno = 0, syscall = 'io_uring_setup' } = known;
  if (code === 'EINVAL')
    return new RingError(code, `${message}: ${refusedOptions(requiredFlags)}`, { errno, syscall });
  const unavailable = whyRefused({ errno: -errno, call: syscall });
  // The remedy for locked memory is in the message of every ENOMEM that it explains.
  const why =
    unavailable === undefined || unavailable.cause === 'memlock'
      ? (OTHER_REMEDIES[code] ?? DOCTOR)
      : `${unavailable.reason}; ${unavailable.remedy}`;
  return new RingError(code, `${message}: ${why}`, { errno, syscall, unavailable });
}

function openNative(options: RingOptions, wake: ((status: number) => void) | undefined): NativeRing {
  const entries = entriesOption(options.entries, 'entries', DEFAULT_ENTRIES);
  const cqEntries = entriesOption(
    options.cqEntries,
    'cqEntries',
    Math.min(Math.max(DEFAULT_CQ_ENTRIES, entries * 4), MAX_ENTRIES * 2),
  );
  const { sqpoll } = options;
  const thread = typeof sqpoll === 'object' ? sqpoll : {};
  const setup = {
    entries,
    cqEntries: Math.max(cqEntries, entries),
    requiredFlags: requiredFlags(options),
    wantedFlags: wantedFlags(options),
    sqThreadIdleMs: integerOption(thread.idleMs ?? 0, 'idleMs', MAX_IDLE_MS),
    sqThreadCpu: integerOption(thread.cpu ?? 0, 'cpu', MAX_CPU),
    attachFd: integerOption(options.attach?.fd ?? 0, 'attach.fd', MAX_IDLE_MS),
  };
  for (;;) {
    try {
      return new (native().NativeRing)(setup, wake);
    } catch (error) {
      const { errno, syscall } = error as { errno?: number; syscall?: string };
      if (errno === undefined || syscall === undefined) throw error;
      const known = systemError(-errno, syscall);
      // What may be locked in memory is limited: a smaller ring is better than none, and says so in its features.
      if (known.code === 'ENOMEM' && setup.entries > LEAST_ENTRIES) {
        setup.entries = Math.max(setup.entries >> 1, LEAST_ENTRIES);
        setup.cqEntries = Math.max(setup.cqEntries >> 1, setup.entries * 2);
        continue;
      }
      throw setupError(known, setup.requiredFlags);
    }
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
  checkChoices(options);
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
  const refused = wake === undefined ? IOSQE_CQE_SKIP_SUCCESS : REFUSED_WITH_PROMISES;
  if (builders !== undefined) return new NativePort(ring, builders, refused, options.reapChildren);
  const mapped = ring.map();
  if (mapped !== null) return new MappedPort(ring, mapped, refused, options.reapChildren);
  if (options.encoder === 'mapped') {
    ring.close();
    throw new RingError(
      'ERR_RING_NOT_MAPPABLE',
      "this JavaScript runtime allows no external ArrayBuffers, so the ring's memory cannot be mapped; use encoder: 'native'",
    );
  }
  try {
    return new NativePort(ring, encoders(), refused, options.reapChildren);
  } catch (error) {
    ring.close();
    throw error;
  }
}

/** Ends the disabled state a ring was opened in. */
export function enableRing(port: Port): void {
  const errno = port.native.enable();
  if (errno < 0) throw systemError(errno, 'io_uring_register');
}
