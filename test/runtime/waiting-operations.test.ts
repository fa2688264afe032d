/**
 * Proves that time and cancellation run from the call: every opcode that can wait ends with `ETIME` by its timeout, with an
 * AbortError by its signal and with `ECANCELED` when it is cancelled, in time, wherever it is: behind a drain, in the
 * queue, in the kernel, in a worker; on rings of the default kind, with SQPOLL, and with deferred task work.
 */
import { describe, expect, test } from 'vitest';
import type { OperationOptions, Ring, RingOptions } from '../../generated/index.js';
import { ENCODERS, holdBack, openRing, turns } from '../support/rings.js';
import { waitingOperations } from '../support/waiting-operations.js';

const ASYNC = 16;
const MODES: Readonly<Record<string, RingOptions>> = {
  default: {},
  SQPOLL: { sqpoll: { idleMs: 20 } },
  deferred: { taskWork: 'deferred' },
};

/** Where an operation is when it is to end. */
const PLACES = ['behind a drain', 'in the queue', 'in the kernel', 'in a worker'] as const;

/** Far more than any of them needs, on a machine with other things to do. */
const PATIENCE_MS = 4_000;

interface Way {
  readonly code: string;
  /** Options for an operation that is to end by itself. */
  readonly options: () => OperationOptions;
  readonly end?: (ring: Ring, operation: Promise<unknown>) => unknown;
}

const stop = (): { readonly options: OperationOptions; readonly abort: () => void } => {
  const controller = new AbortController();
  return { options: { signal: controller.signal }, abort: () => controller.abort() };
};

const WAYS: Readonly<Record<string, Way>> = {
  timeout: { code: 'ETIME', options: () => ({ timeout: 40 }) },
  signal: { code: 'ABORT_ERR', options: () => ({ signal: AbortSignal.timeout(40) }) },
  cancel: { code: 'ECANCELED', options: () => ({}), end: (ring, op) => ring.cancel({ op }) },
};

async function codeOf(operation: Promise<unknown>): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, PATIENCE_MS, `nothing in ${PATIENCE_MS} ms`).unref();
  });
  const ended = operation.then(
    (value) => `resolved with ${String(value)}`,
    (error: { readonly code: string }) => error.code,
  );
  return Promise.race([ended, late]);
}

const cases = ENCODERS.flatMap((encoder) =>
  Object.keys(MODES).flatMap((mode) => PLACES.map((place) => ({ encoder, mode, place }))),
);

describe.each(cases)('$place, $mode ring, $encoder encoder', ({ encoder, mode, place }) => {
  test.each(Object.keys(WAYS))('every operation that waits ends by its %s', async (how) => {
    const { code, options, end } = WAYS[how]!;
    const ring = openRing({ encoder, ...MODES[mode] });
    const starts = await waitingOperations(ring);
    const letGo = place === 'behind a drain' ? holdBack(ring) : undefined;
    const started = [...starts].map(([name, start]) => {
      const operation = start(options(), place === 'in a worker' ? ASYNC : 0);
      return { name, operation, ended: codeOf(operation) };
    });
    if (place !== 'in the queue') await turns(5);
    for (const { operation } of started) void end?.(ring, operation);
    const codes = Object.fromEntries(
      await Promise.all(started.map(async ({ name, ended }) => [name, await ended] as const)),
    );
    expect(codes).toEqual(Object.fromEntries([...starts.keys()].map((name) => [name, code])));
    expect(starts.size).toBeGreaterThan(12);
    await letGo?.();
  });

  test('an abort that comes at once ends them as well', async () => {
    const ring = openRing({ encoder, ...MODES[mode] });
    const starts = await waitingOperations(ring);
    const letGo = place === 'behind a drain' ? holdBack(ring) : undefined;
    const { options, abort } = stop();
    const started = [...starts].map(([, start]) =>
      codeOf(start(options, place === 'in a worker' ? ASYNC : 0)),
    );
    if (place === 'in the kernel' || place === 'in a worker') await turns(3);
    abort();
    expect(await Promise.all(started)).toEqual(started.map(() => 'ABORT_ERR'));
    await letGo?.();
  });
});
