/**
 * An error that a callback of the program threw while completions were being handed on: the program's error, not the ring's.
 * It surfaces where uncaught exceptions do, and no completion is lost over it.
 */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
