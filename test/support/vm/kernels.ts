/** Which other kernels the tests boot, and what is known of them. */

import { loadSnapshot } from '../../../generator/kernels/snapshot.js';
import { opcodeFacts } from '../../../generator/model/opcodes.js';

/** The oldest and the newest, every long-term kernel between them, and one known by its image alone. */
export const KERNELS = ['5.10', '6.1', '6.12', '6.16', '7.2', '7.3'] as const;

/** Opcodes of a kernel's snapshot, by number. */
export function opcodesOf(kernel: string): ReadonlyMap<number, string> {
  return new Map(
    opcodeFacts(loadSnapshot(kernel).facts).map(({ value, constant }) => [Number(value), constant]),
  );
}
