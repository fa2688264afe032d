/**
 * What a ring got of what it asked for.
 */
import {
  IORING_FEAT_NODROP,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_DEFER_TASKRUN,
} from '../../generated/abi/constants.js';
import { membersOf } from '../../generated/abi/names.js';
import type { NativeRing } from './native.js';

export interface RingFeatures {
  /** Names of the IORING_SETUP_* flags the ring was set up with. */
  readonly setup: readonly string[];
  /** Names of the IORING_FEAT_* flags the kernel reported. */
  readonly kernel: readonly string[];
  /** Entries of the submission queue. */
  readonly entries: number;
  /** Entries of the completion queue. */
  readonly cqEntries: number;
  /** Bytes of an SQE; 64 also where both sizes can be used. */
  readonly sqeBytes: number;
  readonly cqeBytes: number;
  /** Whether JavaScript writes into the ring's memory itself. */
  readonly mapped: boolean;
}

/** Names of an enum's members whose bits are set. */
const names = (members: Readonly<Record<string, number>>, prefix: string, bits: number): string[] =>
  Object.entries(members)
    .filter(([, value]) => value !== 0 && (bits & value) === value)
    .map(([name]) => `${prefix}${name}`);

/** Whether the ring's completions wait until they are asked for, and its event loop for an eventfd. */
export const deferredTaskWork = (ring: NativeRing): boolean =>
  (ring.setupFlags & IORING_SETUP_DEFER_TASKRUN) !== 0;

export const featuresOf = (ring: NativeRing, mapped: boolean): RingFeatures => ({
  setup: names(membersOf('SetupFlags'), 'IORING_SETUP_', ring.setupFlags),
  kernel: names(membersOf('FeatFlags'), 'IORING_FEAT_', ring.features),
  entries: ring.sqEntries,
  cqEntries: ring.cqEntries,
  sqeBytes: ring.sqeBytes,
  cqeBytes: ring.cqeBytes,
  mapped,
});

/**
 * How many completions a ring may have to expect: any number, where the kernel keeps those that the queue cannot hold
 * (IORING_FEAT_NODROP), else what the queue holds. In a queue of both sizes each may take two entries, and one is lost as
 * padding at the queue's end. Such a queue must not overflow: Linux 6.18 then counts the padding twice, shows what is no
 * completion, and loses others.
 */
export function creditOf({ setupFlags, features, cqEntries }: NativeRing): number {
  if ((setupFlags & IORING_SETUP_CQE_MIXED) === 0) {
    return (features & IORING_FEAT_NODROP) === 0 ? cqEntries : Number.POSITIVE_INFINITY;
  }
  return Math.max(1, Math.floor((cqEntries - 1) / 2));
}
