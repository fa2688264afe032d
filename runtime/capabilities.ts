/**
 * What the running kernel has: asked of the kernel itself, by QUERY, by PROBE, or by trying; never by its release
 * string.
 */
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQPOLL,
} from '../generated/abi/constants.js';
import { constantsByName } from '../generated/abi/names.js';
import { RingError } from './errors.js';
import type { AnyOperation } from './operations/operation.js';
import { native } from './port/native.js';
import { type QueryAnswer, queryKernel } from './query.js';

/** What can be asked for: an operation, or a constant of the kernel's header by its name. */
export type Capability = { readonly opcode: number } | string;

/** Flags that are only accepted together with another. */
const COMPANIONS: Readonly<Record<string, number>> = {
  IORING_SETUP_SQ_AFF: IORING_SETUP_SQPOLL,
  IORING_SETUP_TASKRUN_FLAG: IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN: IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_REGISTERED_FD_ONLY: IORING_SETUP_NO_MMAP,
  IORING_SETUP_HYBRID_IOPOLL: IORING_SETUP_IOPOLL,
  IORING_SETUP_SQ_REWIND: IORING_SETUP_NO_SQARRAY,
};

/** Flags that need more than a flag to be tried: another ring, or memory to work in. */
const NOT_TRIED = new Set([
  'IORING_SETUP_ATTACH_WQ',
  'IORING_SETUP_NO_MMAP',
  'IORING_SETUP_REGISTERED_FD_ONLY',
]);

function constantValue(name: string): bigint {
  const value = constantsByName()[name];
  if (typeof value === 'number' || typeof value === 'string') return BigInt(value);
  throw Object.assign(new TypeError(`this package knows no constant ${name}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

const within = (mask: bigint, bits: bigint): boolean => (mask & bits) === bits;

export class Capabilities {
  /** One entry per opcode up to the kernel's last; undefined when the kernel refuses to be probed. */
  readonly #opcodes: Uint8Array | undefined;
  readonly #features: number;
  /** The kernel's own account, once it has been asked for. */
  #asked: { readonly answer: QueryAnswer<'opcodes'> | undefined } | undefined;
  readonly #tried = new Map<string, boolean>();

  /**
   * @param fd of a ring
   * @param features `io_uring_params.features` of that ring
   */
  constructor(fd: number, features: number) {
    const probed = native().probeOpcodes(fd);
    this.#opcodes = typeof probed === 'number' ? undefined : probed;
    this.#features = features;
  }

  /** Whether the kernel has the opcode; true as well when it cannot be asked, since it then says so itself. */
  has(opcode: number): boolean {
    return this.#opcodes === undefined || this.#opcodes[opcode] === 1;
  }

  /** Opcode numbers the kernel supports; undefined when it cannot be asked. */
  list(): number[] | undefined {
    if (this.#opcodes === undefined) return undefined;
    return Array.from(this.#opcodes.keys()).filter((opcode) => this.#opcodes?.[opcode] === 1);
  }

  /** @returns undefined when this kernel has no way to tell */
  supports(what: Capability): boolean | undefined {
    if (typeof what === 'object') return this.has(what.opcode);
    const value = constantValue(what);
    if (what.startsWith('IORING_OP_')) return this.has(Number(value));
    if (what.startsWith('IORING_FEAT_')) return within(BigInt(this.#features >>> 0), value);
    this.#asked ??= { answer: queryKernel('opcodes') };
    const query = this.#asked.answer;
    if (what.startsWith('IORING_SETUP_')) {
      return query === undefined ? this.#trySetup(what, Number(value)) : within(query.ringSetupFlags, value);
    }
    if (query === undefined) return undefined;
    if (what.startsWith('IORING_REGISTER_') || what.startsWith('IORING_UNREGISTER_')) {
      return value < BigInt(query.nrRegisterOpcodes);
    }
    if (what.startsWith('IORING_ENTER_')) return within(query.enterFlags, value);
    return what.startsWith('IOSQE_') ? within(query.sqeFlags, value) : undefined;
  }

  #trySetup(name: string, flag: number): boolean | undefined {
    if (NOT_TRIED.has(name)) return undefined;
    const known = this.#tried.get(name);
    if (known !== undefined) return known;
    const { errno } = native().trySetup(1, flag | (COMPANIONS[name] ?? 0));
    this.#tried.set(name, errno === 0);
    return errno === 0;
  }
}

/** The refusal of an opcode the kernel does not have, before anything is submitted. */
export function unsupportedError(operation: AnyOperation): RingError {
  const since = operation.since === undefined ? '' : ` (since Linux ${operation.since})`;
  return new RingError(
    'ERR_RING_UNSUPPORTED',
    `${operation.constant} is not supported by the running kernel${since}; nothing was submitted`,
    { syscall: operation.name, op: operation.constant },
  );
}

/** The refusal of more than the ring's completions have room for. */
export function cqeSizeError(operation: AnyOperation): RingError {
  return new RingError(
    'ERR_RING_CQE_SIZE',
    `${operation.constant}: {extra: true} needs completions of 32 bytes; open the ring with {cqe32: true} or 'mixed'`,
    { syscall: operation.name, op: operation.constant },
  );
}

/** The refusal of an operation whose SQE is larger than the ring's. */
export function sqeSizeError(operation: AnyOperation): RingError {
  return new RingError(
    'ERR_RING_SQE_SIZE',
    `${operation.constant} needs SQEs of ${operation.sqeBytes} bytes; open the ring with {sqe128: true} or 'mixed'`,
    { syscall: operation.name, op: operation.constant },
  );
}
