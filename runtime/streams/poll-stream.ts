/**
 * A multishot poll, whose events can be changed while it runs.
 */

import {
  IORING_OP_POLL_REMOVE,
  IORING_POLL_ADD_MULTI,
  IORING_POLL_UPDATE_EVENTS,
} from '../../generated/abi/constants.js';
import type { EpollEvents, PollEvents } from '../../generated/abi/flags.js';
import { flagsOf } from '../arguments/flag-families.js';
import { flags } from '../arguments/options.js';
import type { RingError } from '../errors.js';
import { eventsOf, type OperationChange } from '../operations/change.js';
import { type RawArgs, rawOperation } from '../operations/raw-operation.js';
import { userData } from '../operations/slot.js';
import { ARMED, notPending } from '../operations/target.js';
import type { RingParts } from '../ring-parts.js';
import { MultishotStream, type StreamKind, type StreamOptions } from './multishot-stream.js';

const pollUpdate = rawOperation(IORING_OP_POLL_REMOVE, 'pollUpdate', 'IORING_OP_POLL_REMOVE');

/** What may be waited for. */
export const EVENTS = flagsOf(flags, 'PollEvents', 'EpollEvents');

export class PollStream extends MultishotStream<number> {
  readonly #parts: RingParts;
  #events: PollEvents | EpollEvents;

  /** @internal */
  constructor(
    parts: RingParts,
    events: PollEvents | EpollEvents,
    options: StreamOptions,
    kind: (events: () => number) => StreamKind<number>,
  ) {
    super(
      parts,
      kind(() => this.#events),
      options,
    );
    this.#parts = parts;
    this.#events = events;
  }

  /** @internal */
  override async change(parts: RingParts, change: OperationChange): Promise<void> {
    const events = eventsOf(change);
    if (parts !== this.#parts || this.over) throw notPending('update', 'IORING_OP_POLL_REMOVE');
    await this.update(events);
  }

  /** Waits for other events from now on. */
  async update(events: PollEvents | EpollEvents): Promise<void> {
    EVENTS(events, 'update: events');
    this.#events = events;
    const entry = this[ARMED];
    if (entry === undefined) return;
    const { slot, generation } = entry;
    if (slot === undefined) {
      entry.args = { ...entry.args, poll32Events: events };
      return;
    }
    while (this.#events === events && this.#parts.inFlight.isCurrent(slot, generation!)) {
      const args: RawArgs = {
        opcode: IORING_OP_POLL_REMOVE,
        addr: userData(slot),
        len: IORING_POLL_UPDATE_EVENTS | IORING_POLL_ADD_MULTI,
        poll32Events: events,
      };
      try {
        await this.#parts.start(pollUpdate, args);
        return;
      } catch (error) {
        // It is over, and the next submission has the new events; or it is being told of some, and can be asked again.
        const { code } = error as RingError;
        if (code === 'ENOENT') return;
        if (code !== 'EALREADY') throw error;
      }
    }
  }
}
