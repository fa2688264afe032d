/**
 * Rings that a program lost without closing them. The native half keeps a ring while anything is in flight; one that is idle
 * and not reachable any more is collected, and given back with its memory, as handles are.
 */

/** Whether the thread was warned of one. */
let warned = false;

const collected = new FinalizationRegistry<number>((fd) => {
  // Whoever loses one loses many.
  if (warned) return;
  warned = true;
  process.emitWarning(
    `Closing an io_uring (file descriptor ${fd}) on garbage collection; close rings yourself, with ring.close() or await using`,
    { code: 'RINGSMITH_LOST_RING' },
  );
});

/** @param token by which {@link closing} finds it */
export function opened(ring: object, fd: number, token: object): void {
  collected.register(ring, fd, token);
}

/** The program closes it. */
export function closing(token: object): void {
  collected.unregister(token);
}
