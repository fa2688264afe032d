/**
 * What streams and buffer rings need of the ring they belong to.
 */
import type { Cancellation } from './operations/cancellation.js';
import type { InFlight } from './operations/in-flight.js';
import type { AnyOperation, Starter } from './operations/operation.js';
import type { Leftovers } from './streams/leftovers.js';

/** What ends with its ring, or with a buffer ring it uses. */
export interface Dependant {
  /** @param reason what its user is told */
  stop(reason: unknown): Promise<void>;
}

export interface RingParts extends Starter {
  readonly inFlight: InFlight;
  readonly cancellation: Cancellation;
  /** Work as on a runtime without external buffers. */
  readonly copied: boolean;
  /** What has to be told when the ring closes. */
  readonly dependants: Set<Dependant>;
  /** What streams had received when their consumers left. */
  readonly leftovers: Leftovers;
  /** Whether a chain is being built, so that what is started becomes a member of it. */
  chaining(): boolean;
  /** A promise that rejects; a chain that is being built fails with it. */
  refuse(reason: unknown): Promise<never>;
  /** Why an operation cannot be started now. */
  refusal(operation: AnyOperation): Error | undefined;
}
