/**
 * How long to wait for the end of what was cancelled. Some of it no cancellation ends, e.g. what waits for a disk that does
 * not answer.
 */
export const PATIENCE_MS = 10_000;

/**
 * @param referenced whether the wait keeps the process alive
 * @returns whether it came to its end in time
 */
export function withinPatience(end: Promise<unknown>, referenced: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    if (!referenced) timer.unref();
    void end.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
