/**
 * What rings of both levels tell of themselves, and how one that was opened with `disabled` starts.
 */
import type { InspectOptions } from 'node:util';
import { ringAvailability } from './availability/availability.js';
import type { RingAvailability } from './availability/cause.js';
import type { Capabilities, Capability } from './capabilities.js';
import { custom, type Inspect, shown } from './inspect.js';
import { featuresOf, type RingFeatures } from './port/features.js';
import { MappedPort } from './port/mapped-port.js';
import type { Port } from './port/port.js';
import { enableRing } from './port/setup.js';

export abstract class RingBase {
  readonly #port: Port;
  readonly #capabilities: Capabilities;

  /**
   * Whether a ring can be had on this machine, by this process, now: a small one is opened, completes a NOP and is closed.
   * Never throws, on any system, with or without the native addon, and nothing is left behind. Takes 0.1 ms; 3 ms where a
   * seccomp filter is active, as in most containers, since a child process asks first: a filter may kill for these system
   * calls. The answer is not kept, since sysctls change and filters are added.
   * @returns `{ available: true }`, or why not: a stable `cause`, and `reason` and `remedy` for people; an error of
   * `new Ring()` has the same in `unavailable`
   * @since 0.1.0
   * @example
   * const answer = Ring.availability();
   * if (!answer.available) console.warn(`without io_uring: ${answer.reason}; ${answer.remedy}`);
   */
  static availability(): RingAvailability {
    return ringAvailability();
  }

  constructor(port: Port, capabilities: Capabilities) {
    this.#port = port;
    this.#capabilities = capabilities;
  }

  /** The ring's file descriptor: for diagnostics, and what other rings send messages to. */
  get fd(): number {
    return this.#port.native.fd;
  }

  /**
   * Whether the running kernel has an operation, or what a constant of its header stands for, by name: asked of the
   * kernel by QUERY, PROBE or trying.
   * @returns undefined when this kernel has no way to tell
   */
  supports(what: { readonly opcode: number }): boolean;
  supports(what: Capability): boolean | undefined;
  supports(what: Capability): boolean | undefined {
    return this.#capabilities.supports(what);
  }

  /** What the ring got of what it asked for. */
  get features(): RingFeatures {
    return featuresOf(this.#port.native, this.#port instanceof MappedPort);
  }

  /** What there is to see of it. @internal */
  protected state(): Readonly<Record<string, unknown>> {
    return {};
  }

  /** @internal */
  [custom](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return shown(this.constructor.name, this.state(), options, inspect);
  }

  /** Throws when the ring takes nothing any more, or not now. @internal */
  abstract check(): void;

  /** Lets a ring that was opened with `disabled` start; what was prepared meanwhile is submitted. */
  enable(): void {
    this.check();
    enableRing(this.#port);
  }
}
