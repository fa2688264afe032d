/**
 * How a ring behaves beyond its set-up: what it may do, on whose behalf, which threads work for it, which clock it
 * waits by.
 */

import {
  IO_URING_NAPI_REGISTER_OP,
  IO_URING_NAPI_TRACKING_DYNAMIC,
  IO_URING_NAPI_TRACKING_STATIC,
  IORING_OP_ASYNC_CANCEL,
  IORING_REGISTER_SYNC_CANCEL,
  IORING_RESTRICTION_REGISTER_OP,
  IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
  IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
  IORING_RESTRICTION_SQE_OP,
  IORING_UNREGISTER_RING_FDS,
} from '../../generated/abi/constants.js';
import { constantsByName } from '../../generated/abi/names.js';
import { wrongType } from '../arguments/known-names.js';
import { boolean, integer, list, oneOf, Shape } from '../arguments/options.js';
import type { ResourceHost } from './host.js';
import type { RegisterOpcode } from './register-arguments.js';

/** What a restricted ring may still do. What is not given is refused. */
export interface Restrictions {
  /** Operations, by opcode. */
  readonly opcodes?: readonly number[];
  /** Opcodes of io_uring_register. */
  readonly registers?: readonly RegisterOpcode[];
  /** IOSQE_* bits that operations may have. */
  readonly sqeFlagsAllowed?: number;
  /** IOSQE_* bits that operations must have. */
  readonly sqeFlagsRequired?: number;
}

const RESTRICTIONS = new Shape({
  opcodes: list,
  registers: list,
  sqeFlagsAllowed: integer(0, 255),
  sqeFlagsRequired: integer(0, 255),
});

/** A name that is not known would stand for no call, and so silently allow nothing. */
function numberOf(name: RegisterOpcode): number {
  const number = constantsByName()[name];
  if (typeof number !== 'number') throw wrongType('restrict: registers', 'names of IORING_REGISTER_*', name);
  return number;
}

const NEEDED_TO_CLOSE = [IORING_REGISTER_SYNC_CANCEL, IORING_UNREGISTER_RING_FDS];

/** Restricts a ring that is still disabled. What closing needs is allowed in any case. */
export function restrict(host: ResourceHost, restrictions: Restrictions): void {
  RESTRICTIONS.required(restrictions, 'restrict');
  const { opcodes = [], registers = [], sqeFlagsAllowed, sqeFlagsRequired } = restrictions;
  for (const opcode of opcodes) integer(0, 255)(opcode, 'restrict: opcodes');
  const registerOps = [...registers.map(numberOf), ...NEEDED_TO_CLOSE];
  host.register('IORING_REGISTER_RESTRICTIONS', [
    ...[...new Set([...opcodes, IORING_OP_ASYNC_CANCEL])].map((sqeOp) => ({
      opcode: IORING_RESTRICTION_SQE_OP,
      sqeOp,
    })),
    ...[...new Set(registerOps)].map((registerOp) => ({
      opcode: IORING_RESTRICTION_REGISTER_OP,
      registerOp,
    })),
    ...(sqeFlagsAllowed === undefined
      ? []
      : [{ opcode: IORING_RESTRICTION_SQE_FLAGS_ALLOWED, sqeFlags: sqeFlagsAllowed }]),
    ...(sqeFlagsRequired === undefined
      ? []
      : [{ opcode: IORING_RESTRICTION_SQE_FLAGS_REQUIRED, sqeFlags: sqeFlagsRequired }]),
  ]);
}

/**
 * Credentials that operations can act with: give its `id` as their `personality`. They are those of the process at the time of
 * the registration, and stay so whatever the process becomes: on purpose, and for as long as they are registered.
 */
export class Personality {
  readonly id: number;
  readonly #host: ResourceHost;
  #registered = true;

  constructor(host: ResourceHost) {
    this.#host = host;
    this.id = host.register('IORING_REGISTER_PERSONALITY').result;
  }

  /** Operations that have begun go on with it. */
  unregister(): void {
    if (this.#registered && !this.#host.ring.closed) {
      this.#host.register('IORING_UNREGISTER_PERSONALITY', undefined, this.id);
    }
    this.#registered = false;
  }

  [Symbol.dispose](): void {
    this.unregister();
  }
}

/** Busy polling of network devices while waiting. */
export interface BusyPolling {
  /** For how long, in microseconds; 0: not at all. */
  readonly timeoutUs: number;
  /** Prefer it to interrupts. */
  readonly prefer?: boolean;
  /** Which devices: those of the sockets in use, or those that the program names (Linux 6.13). Default dynamic. */
  readonly tracking?: 'dynamic' | 'static';
}

const WORD = integer(0, 2 ** 32 - 1);
const POLLING = new Shape({ timeoutUs: WORD, prefer: boolean, tracking: oneOf('dynamic', 'static') });
const WORKERS = new Shape({ bounded: WORD, unbounded: WORD });
/** As many as the kernel can be made for. */
const CPU = integer(0, 8191);

interface NapiRecord {
  readonly busyPollTo: number;
  readonly preferBusyPoll: number;
}

const busyPollingOf = (record: NapiRecord): BusyPolling => ({
  timeoutUs: record.busyPollTo,
  prefer: record.preferBusyPoll !== 0,
});

/** @returns what was set before */
export function setBusyPolling(host: ResourceHost, polling: BusyPolling | undefined): BusyPolling {
  if (polling === undefined) return busyPollingOf(host.register('IORING_UNREGISTER_NAPI', {}).argument);
  POLLING.check(polling, 'setBusyPolling');
  const tracking =
    polling.tracking === 'static' ? IO_URING_NAPI_TRACKING_STATIC : IO_URING_NAPI_TRACKING_DYNAMIC;
  const { argument } = host.register('IORING_REGISTER_NAPI', {
    busyPollTo: polling.timeoutUs,
    preferBusyPoll: polling.prefer === true ? 1 : 0,
    opcode: IO_URING_NAPI_REGISTER_OP,
    opParam: tracking,
  });
  return busyPollingOf(argument);
}

/** Most worker threads of the kernel that work for a ring. */
export interface WorkerLimits {
  /** For work of bounded time, such as files. */
  readonly bounded: number;
  /** For work of any time, such as sockets. */
  readonly unbounded: number;
}

/** @returns what was set before */
export function limitWorkers(host: ResourceHost, limits: Partial<WorkerLimits>): WorkerLimits {
  WORKERS.check(limits, 'limitWorkers');
  const before = Uint32Array.of(limits.bounded ?? 0, limits.unbounded ?? 0);
  host.register('IORING_REGISTER_IOWQ_MAX_WORKERS', before);
  return { bounded: before[0]!, unbounded: before[1]! };
}

/** Binds the kernel's workers to CPUs, or lets them run on any. */
export function bindWorkers(host: ResourceHost, cpus: readonly number[] | undefined): void {
  if (cpus === undefined) {
    host.register('IORING_UNREGISTER_IOWQ_AFF');
    return;
  }
  list(cpus, 'bindWorkers: cpus');
  for (const cpu of cpus) CPU(cpu, 'bindWorkers: cpus');
  // The kernel reads whole words of its CPU mask.
  const mask = new Uint8Array(Math.ceil((Math.max(0, ...cpus) + 1) / 64) * 8);
  for (const cpu of cpus) mask[cpu >>> 3]! |= 1 << (cpu & 7);
  host.register('IORING_REGISTER_IOWQ_AFF', mask);
}

/** Clocks that a ring can wait by, by what Linux calls them. */
const CLOCKS = { monotonic: 1, boottime: 7 } as const;
export type RingClock = keyof typeof CLOCKS;

export function setClock(host: ResourceHost, clock: RingClock): void {
  if (!Object.hasOwn(CLOCKS, clock)) {
    const known = Object.keys(CLOCKS).join(' or ');
    throw Object.assign(new TypeError(`clock must be ${known}; got ${String(clock)}`), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
  host.register('IORING_REGISTER_CLOCK', { clockid: CLOCKS[clock] });
}
