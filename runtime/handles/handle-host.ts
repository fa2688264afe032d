/**
 * What handles need of the ring that opened them: its operations, and a way to close descriptors while it lives and after.
 */

import { fstatSync } from 'node:fs';
import { noMore, type Shape } from '../arguments/options.js';
import { RingError } from '../errors.js';
import { closeDescriptor, closeHere } from '../operations/closing.js';
import type { AnyOperation, OperationOptions, Starter } from '../operations/operation.js';
import { hasHandle, own } from '../operations/unclaimed.js';
import type { Registration } from '../resources/registration.js';
import type { RingParts } from '../ring-parts.js';
import type { ZeroCopyResult, ZeroCopySend } from '../streams/zero-copy.js';
import type { HandleOperations, HandleOps } from './handle-operations.js';
import { OWN_OPERATIONS } from './own-operations.js';
import type { DescriptorHost } from './owned-descriptor.js';

/** The ring itself. */
export interface HandleOwner extends Starter {
  readonly closed: boolean;
  /** Operations of the package that the ring belongs to. */
  readonly ops?: HandleOps;
  sendZeroCopy(args: ZeroCopySend, options?: OperationOptions): Promise<ZeroCopyResult>;
}

/** Figures of the handles that a ring opened. */
export interface HandleStatistics {
  /** Handles that are not closed. */
  readonly openHandles: number;
  /** Handles that were collected unclosed; their descriptors were closed then, each with a warning of the process. */
  readonly lostHandles: number;
}

/** By their ports, to find what is in flight there. */
const rings = new WeakMap<object, RingParts>();

export class HandleHost implements DescriptorHost {
  readonly parts: RingParts;
  readonly ring: HandleOwner;
  /** The ring was restricted, and may not be allowed to close anything. */
  restricted = false;
  #open = 0;
  #lost = 0;

  constructor(ring: HandleOwner, parts: RingParts) {
    this.ring = ring;
    this.parts = parts;
    rings.set(parts.inFlight.port, parts);
  }

  get statistics(): HandleStatistics {
    return { openHandles: this.#open, lostHandles: this.#lost };
  }

  /** Starts an operation of the package's, or one of the runtime's own where the package may have none. */
  run<Name extends keyof HandleOperations>(
    name: Name,
    args: Parameters<HandleOperations[Name]>[0],
    options?: OperationOptions,
  ): ReturnType<HandleOperations[Name]> {
    type Result = ReturnType<HandleOperations[Name]>;
    const { ops } = this.ring;
    const operation = ops?.[name] as ((args: object, options?: OperationOptions) => Result) | undefined;
    // Headers before Linux 6.7 have no fields for sockets' commands; those before 5.19 call the buffer of a send otherwise.
    const others = name === 'uringCmd' || (name === 'send' && ops?.socket === undefined);
    if (operation !== undefined && !others) return operation.call(ops, args, options);
    const own = (OWN_OPERATIONS as Readonly<Record<string, AnyOperation>>)[name];
    if (own !== undefined) return this.ring.start(own, args, options) as Result;
    const lack = `this package was generated without the operation ${name}, which the handle needs`;
    const error = new RingError('ERR_RING_UNSUPPORTED', `${lack}; generate it for a newer kernel`);
    return Promise.reject(error) as Result;
  }

  /**
   * Why a method of a handle cannot do what it is told to: as a promise, which a chain that is being built fails with.
   * @param hint how to write what node:fs or node:net take one by one
   * @param check refuses the arguments before the options
   */
  refusal(
    shape: Shape,
    method: string,
    options: unknown,
    more: readonly unknown[],
    hint = '',
    check?: () => void,
  ): Promise<never> | undefined {
    try {
      shape.check(options, method);
      noMore(method, more, hint);
      check?.();
      return undefined;
    } catch (error) {
      return this.parts.refuse(error);
    }
  }

  /** Refuses a number that is not open, or has an owner already. */
  checkFree(fd: number): void {
    fstatSync(fd);
    if (!hasHandle(fd)) return;
    throw new RingError('ERR_RING_RESOURCE', `descriptor ${fd} has a handle already, which will close it`);
  }

  opened(fd: number): void {
    this.#open += 1;
    own(fd);
  }

  async close(fd: number): Promise<void> {
    this.#open -= 1;
    const { inFlight } = this.parts;
    // From within a getter of arguments: when those have been read.
    if (inFlight.preparing) await undefined;
    if (!this.parts.leftovers.empty) await this.parts.leftovers.closing(fd);
    if (this.ring.closed || this.restricted) closeHere(fd);
    else await closeDescriptor(inFlight, { fd });
  }

  referenced(registration: Registration): void {
    for (const ring of registration.rings) {
      const { inFlight } = rings.get(ring)!;
      for (const slot of inFlight.each()) {
        if (slot.pinned?.inFiles(registration) === true) inFlight.references.judge(slot);
      }
    }
    this.parts.inFlight.references.update();
  }

  cancel(registration: Registration): void {
    for (const ring of registration.rings) {
      const { inFlight, cancellation } = rings.get(ring)!;
      for (const slot of inFlight.each()) {
        if (slot.pinned?.inFiles(registration) === true) void cancellation.insist(slot);
      }
    }
  }

  lost(fd: number): void {
    this.#lost += 1;
    process.emitWarning(`Closing file descriptor ${fd} on garbage collection; close its handle yourself`);
    this.close(fd).catch(() => undefined);
  }
}
