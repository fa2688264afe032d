/** Can a ring be had here, and if not, why? Asked before one is opened, or once one was refused. */
import { constants } from 'node:os';
import { IORING_FEAT_NODROP } from '../../generated/abi/constants.js';
import { type NativeAddon, native } from '../port/native.js';
import type { RingAvailability, RingUnavailable, UnavailableCause } from './cause.js';
import { CALLS, type Evidence, gatherEvidence, isFiltered, KILLED } from './evidence.js';
import { causesOf, type Refusal } from './judge.js';

const ENTRIES = 8;

/** By the codes of the errors that loading the addon ends with. */
const LOADING: Readonly<Record<string, readonly [cause: UnavailableCause, remedy: string]>> = {
  ERR_RING_PLATFORM: ['platform', 'run the program on Linux'],
  ERR_RING_ARCHITECTURE: ['architecture', 'run a Node for x64 or arm64'],
  ERR_RING_ADDON_MISSING: ['addon', 'install ringsmith again on this machine, or run `npx ringsmith build`'],
};

function notLoaded(error: unknown): RingUnavailable {
  const { code = '', message } = error as Error & { readonly code?: string };
  const [cause, remedy] = LOADING[code] ?? ['addon', LOADING['ERR_RING_ADDON_MISSING']![1]];
  return { available: false, cause, reason: message, remedy };
}

/** Whether trying would, or may, kill the process. */
const isDeadly = ({ filtered, answers }: Evidence): boolean =>
  filtered && (answers === undefined || CALLS.some((call) => answers[call] === KILLED));

/** Opens a ring, lets it complete a NOP, and closes it. @returns undefined when that went well */
function attempt(addon: NativeAddon): Refusal | undefined {
  const { errno, call, features = 0 } = addon.trySetup(ENTRIES, 0);
  if (errno !== 0) return { errno, call };
  return (features & IORING_FEAT_NODROP) === 0 ? { errno: constants.errno.ENOSYS, call } : undefined;
}

export interface Examination {
  /** All that is in the way; nothing when a ring can be had. */
  readonly causes: readonly RingUnavailable[];
  /** Absent where there is no addon to ask with. */
  readonly evidence?: Evidence;
}

/** All that is in the way of a ring, and what shows it. */
export function examine(): Examination {
  let addon: NativeAddon;
  try {
    addon = native();
  } catch (error) {
    return { causes: [notLoaded(error)] };
  }
  const evidence = gatherEvidence();
  if (isDeadly(evidence)) return { causes: causesOf(undefined, evidence), evidence };
  const refusal = attempt(addon);
  return { causes: refusal === undefined ? [] : causesOf(refusal, evidence), evidence };
}

/** Most machines have no filter, and nothing to fear from trying. */
function isFine(): boolean {
  try {
    return !isFiltered() && attempt(native()) === undefined;
  } catch {
    return false;
  }
}

/** See {@link RingBase.availability}. */
export const ringAvailability = (): RingAvailability =>
  isFine() ? { available: true } : (examine().causes[0] ?? { available: true });

/** Why a ring was refused; undefined when it is not for the machine, but for what was asked of it. */
export function whyRefused(refusal: Refusal): RingUnavailable | undefined {
  const [first] = causesOf(refusal, gatherEvidence());
  return first?.cause === 'unknown' ? undefined : first;
}
