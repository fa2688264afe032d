/**
 * Which opcodes the running kernel has: asked of the kernel (IORING_REGISTER_PROBE), never of its release string.
 */
import { RingError } from './errors.js';
import { native } from './native.js';
import type { AnyOperation } from './operation.js';

export class Capabilities {
  /** One entry per opcode up to the kernel's last; undefined when the kernel refuses to be probed. */
  readonly #opcodes: Uint8Array | undefined;

  constructor(fd: number) {
    const probed = native().probeOpcodes(fd);
    this.#opcodes = typeof probed === 'number' ? undefined : probed;
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
}

/** The refusal of an opcode the kernel does not have, before anything is submitted. */
export function unsupportedError(operation: AnyOperation): RingError {
  const since =
    operation.since === undefined ? '' : ` (the oldest kernel known to have it is Linux ${operation.since})`;
  return new RingError(
    'ERR_RING_UNSUPPORTED',
    `${operation.constant} is not supported by the running kernel${since}; nothing was submitted`,
    { syscall: operation.name, op: operation.constant },
  );
}

/** The refusal of an operation whose SQE is larger than the ring's. */
export function sqeSizeError(operation: AnyOperation): RingError {
  return new RingError(
    'ERR_RING_SQE_SIZE',
    `${operation.constant} needs SQEs of ${operation.sqeBytes} bytes; open the ring with {sqe128: true}`,
    { syscall: operation.name, op: operation.constant },
  );
}
