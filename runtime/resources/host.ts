/**
 * What resources need of the ring they belong to.
 */
import type { InFlight } from '../operations/in-flight.js';
import type { Starter } from '../operations/operation.js';
import type { Port } from '../port/port.js';
import type { RingParts } from '../ring-parts.js';
import { callRegister } from './register.js';
import type { RegisterArgument, RegisterInput, TypedRegisterOpcode } from './register-arguments.js';
import { Tags } from './tags.js';

/** The ring itself. */
export interface HostRing extends Starter {
  /** Takes no more operations. */
  readonly closed: boolean;
  /** Throws when the ring takes nothing any more, or not now. */
  check(): void;
}

export class ResourceHost {
  readonly port: Port;
  readonly inFlight: InFlight;
  readonly copied: boolean;
  readonly ring: HostRing;
  readonly tags = new Tags();
  #holds = 0;

  constructor(ring: HostRing, parts: RingParts) {
    this.ring = ring;
    this.port = parts.inFlight.port;
    this.inFlight = parts.inFlight;
    this.copied = parts.copied;
  }

  /** Keeps the process alive although nothing may be in flight, until as many calls of {@link unhold}. */
  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1 && !this.ring.closed) this.port.native.hold(true);
  }

  unhold(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && !this.ring.closed) this.port.native.hold(false);
  }

  /** Calls io_uring_register for something that holds by itself what it registers. */
  register<Name extends TypedRegisterOpcode>(
    opcode: Name,
    argument?: RegisterInput<RegisterArgument<Name>>,
    count?: number,
  ): { readonly result: number; readonly argument: RegisterArgument<Name> } {
    this.ring.check();
    // What is prepared already must mean what it meant when it was prepared.
    this.port.flush(0, -1);
    const answer = callRegister({
      fd: this.port.native.fd,
      opcode,
      argument: argument as object | undefined,
      options: count === undefined ? {} : { count },
      keep: () => undefined,
    });
    return answer as { readonly result: number; readonly argument: RegisterArgument<Name> };
  }
}
