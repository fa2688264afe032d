/**
 * Ordinary descriptors that somebody is responsible for. The addon knows them too, and closes those that are left when the
 * environment ends, as when a worker is terminated: the ones that handles own, and the ones that the runtime has taken from
 * the kernel and not handed to the program yet.
 */
import { native } from '../port/native.js';
import type { AnyOperation } from './operation.js';

/** Numbers that handles of this thread own. */
const handles = new Set<number>();

/** What members of chains made, until their chain is over. */
const ofChains = new WeakMap<Promise<unknown>, readonly number[]>();

/** Whether a handle owns the number. */
export const hasHandle = (fd: number): boolean => handles.has(fd);

/** A handle owns it. */
export function own(fd: number): void {
  handles.add(fd);
  native().ownDescriptor(fd, true);
}

/** Nobody owns it any more: its close is prepared. */
export function disown(fd: number): void {
  handles.delete(fd);
  native().ownDescriptor(fd, false);
}

/** It came from the kernel, and the program does not know of it. */
export function claim(fd: number): void {
  native().ownDescriptor(fd, true);
}

/** The program is about to be given it, if no handle has it. */
export function handOver(fd: number): void {
  if (!handles.has(fd)) native().ownDescriptor(fd, false);
}

/**
 * An operation has made descriptors, and its promise is about to be resolved: the program has them with its next step.
 * @param member the promise of a member of a chain, whose results are the program's when the chain is over
 */
export function made(
  operation: AnyOperation,
  res: number,
  ready: object,
  member: Promise<unknown> | false | undefined,
): void {
  if (res < 0) return;
  const numbers: number[] = [];
  for (const { fd } of operation.created!(res, ready)) if (fd !== undefined) numbers.push(fd);
  if (numbers.length === 0) return;
  numbers.forEach(claim);
  if (member) ofChains.set(member, numbers);
  // Before what the program does with the promise, and right before it: both are steps of the same queue.
  else queueMicrotask(() => numbers.forEach(handOver));
}

/** A chain is over, and its promise is about to be settled. */
export function chainOver(members: readonly { readonly promise: Promise<unknown> }[]): void {
  for (const { promise } of members) {
    ofChains.get(promise)?.forEach(handOver);
    ofChains.delete(promise);
  }
}
