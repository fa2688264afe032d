/**
 * Memory of operations that the kernel did not let go of before their ring was closed. It may be written to at any later
 * time, so it is kept for as long as the process, or its worker thread, lives.
 */
const abandoned: unknown[] = [];

/** @param held whatever refers to the memory */
export function abandon(...held: readonly unknown[]): void {
  abandoned.push(...held);
}
