/**
 * Descriptors that came in control messages (SCM_RIGHTS): until the program is given the message they are the runtime's, and
 * are closed with the environment, such as a worker thread, like all that it has made.
 */
import { native } from '../port/native.js';
import { claim, handOver } from './unclaimed.js';

const [SOL_SOCKET, SCM_RIGHTS] = [1, 1];
const CONTROL_HEADER_BYTES = 16;

/** One control message: a header of length, level and type, with its data. */
export interface ControlPart {
  /** Where the next one starts. */
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly descriptors: readonly number[];
}

/** Control messages, which lie at multiples of 8. */
export function controlParts(control: Uint8Array): ControlPart[] {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  const parts: ControlPart[] = [];
  for (let at = 0; at + CONTROL_HEADER_BYTES <= control.byteLength; ) {
    const length = Number(view.getBigUint64(at, true));
    if (length < CONTROL_HEADER_BYTES) break;
    const end = Math.min(at + length, control.byteLength);
    const isRights =
      view.getInt32(at + 8, true) === SOL_SOCKET && view.getInt32(at + 12, true) === SCM_RIGHTS;
    const descriptors: number[] = [];
    for (let fd = at + CONTROL_HEADER_BYTES; isRights && fd + 4 <= end; fd += 4)
      descriptors.push(view.getInt32(fd, true));
    const next = Math.min(at + Math.ceil(length / 8) * 8, control.byteLength);
    parts.push({ end: next, bytes: control.subarray(at, next), descriptors });
    at += Math.ceil(length / 8) * 8;
  }
  return parts;
}

export const passedDescriptors = (control: Uint8Array): number[] =>
  controlParts(control).flatMap(({ descriptors }) => descriptors);

/** They came from the kernel, and the program does not know of them. */
export function claimDescriptors(control: Uint8Array): void {
  if (control.byteLength > 0) passedDescriptors(control).forEach(claim);
}

/** The program is about to be given them. */
export function handOverDescriptors(control: Uint8Array): void {
  if (control.byteLength > 0) passedDescriptors(control).forEach(handOver);
}

/** Nobody will ever take them. */
export function discardDescriptors(control: Uint8Array): void {
  if (control.byteLength === 0) return;
  for (const fd of passedDescriptors(control)) {
    handOver(fd);
    native().closeDescriptor(fd);
  }
}
