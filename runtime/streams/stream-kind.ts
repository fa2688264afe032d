/**
 * What one kind of multishot operation makes of its completions, for the stream that it is given as.
 */
import type { OperationChange } from '../operations/change.js';
import type { AnyOperation } from '../operations/operation.js';
import type { BufferRing } from './buffer-ring.js';
import type { Leaving } from './leftovers.js';

/** What a completion said, as the stream sees it. */
export interface Raw {
  readonly res: number;
  readonly flags: number;
}

/** What one kind of multishot operation makes of its completions. */
export interface StreamKind<Item> {
  /** Its result is {@link Raw}, whatever the kernel says. */
  readonly operation: AnyOperation;
  /** What the kernel may lack when it refuses the very first one with EINVAL. */
  readonly needs: string;
  /** Arguments of the next submission. */
  fields(): object;
  /** What a completion brought; asked of failures too, which may have used a buffer up. */
  items(res: number, flags: number): readonly Item[];
  /** What a terminal completion means. */
  verdict(res: number): 'again' | 'end' | 'failed';
  /** Has what nobody took when the stream ends wait for whoever asks its file next; else it is given back. */
  readonly leaving?: Leaving<Item>;
  /** What the consumer is given for an item. */
  handed?(item: Item): Item;
  /** Gives back an item that nobody will take. */
  discard?(item: Item): Promise<void> | void;
  /** Makes one item of two where only the newest state counts; such streams need no backpressure. */
  merge?(waiting: Item, item: Item): Item;
  /** Takes a change that the next submission is to have. Throws for one that it cannot have. */
  change?(change: OperationChange): void;
  /** Whether its source was closed by the program: the stream ends once what had arrived is taken. */
  over?(): boolean;
  /** Where its data goes. */
  readonly buffers?: BufferRing;
}
