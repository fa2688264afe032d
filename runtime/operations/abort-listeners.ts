/**
 * Whom to tell of an AbortSignal's abort: one listener per signal, however many operations it is given to, so that a
 * signal for a thousand operations is no "possible memory leak" to Node.
 */
interface Listening {
  readonly told: Set<() => void>;
  readonly onAbort: () => void;
}

const signals = new WeakMap<AbortSignal, Listening>();

function listenTo(signal: AbortSignal): Listening {
  const told = new Set<() => void>();
  const onAbort = (): void => {
    signals.delete(signal);
    for (const tell of told) tell();
  };
  const listening = { told, onAbort };
  signals.set(signal, listening);
  signal.addEventListener('abort', onAbort, { once: true });
  return listening;
}

/** `tell` must be a function of its own for each operation. */
export function onAbort(signal: AbortSignal | undefined, tell: () => void): void {
  if (signal === undefined) return;
  const { told } = signals.get(signal) ?? listenTo(signal);
  told.add(tell);
}

/** The signal is let go of with the last operation. */
export function offAbort(signal: AbortSignal | undefined, tell: () => void): void {
  const listening = signal === undefined ? undefined : signals.get(signal);
  if (listening === undefined || !listening.told.delete(tell) || listening.told.size > 0) return;
  signals.delete(signal!);
  signal!.removeEventListener('abort', listening.onAbort);
}
