/**
 * A great many operations that end at random: by themselves, by abort, by timeout, by cancellation, alone and in chains.
 * Each settles exactly once, and no descriptor, no memory and no listener is lost.
 *
 * A million for each encoder in CI, which takes two minutes; RINGSMITH_OPERATIONS sets how many, RINGSMITH_SEED another
 * order of events.
 */
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { steadyGrowth } from '../support/growth.js';
import { ENCODERS } from '../support/rings.js';

const IN_CI = process.env['CI'] !== undefined;
const TOTAL = Number(process.env['RINGSMITH_OPERATIONS'] ?? (IN_CI ? 1_000_000 : 100_000));
const SEED = Number(process.env['RINGSMITH_SEED'] ?? 20_260_101);
/** A tenth of what a two-core machine does in a second. */
const SLOWEST_PER_SECOND = 2_000;

const program = (encoder: string): string => `
  const { getEventListeners } = await import('node:events');
  let state = ${SEED};
  const random = (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296 * below) | 0;
  };
  const TOTAL = ${TOTAL}, STEPS = 5, LANES = 200;
  const ring = new Ring({ encoder: ${JSON.stringify(encoder)}, entries: 64, cqEntries: 128 });
  const { near, far, sockets } = await socketPair();
  const file = fs.openSync(process.execPath);
  const counts = {};
  let [started, settled, twice] = [0, 0, 0];
  // What is done, by lane; buffers of a lane are used by one operation at a time.
  const kinds = [
    (lane, options) => ring.ops.recv({ fd: near, buffer: lane.buffer }, options),
    (lane, options) => ring.ops.recv({ fd: near, buffer: lane.foreign, sqeFlags: 16 }, options),
    (lane, options) => ring.ops.read({ fd: file, buffer: lane.buffer, offset: random(1000) * 4096 }, options),
    (lane, options) => ring.ops.read({ fd: file, buffer: lane.foreign, offset: random(1000) * 4096 }, options),
    (lane, options) => ring.ops.readv({ fd: file, buffers: [lane.buffer, lane.foreign], offset: 0 }, options),
    (lane, options) => ring.ops.statx({ path: random(2) ? process.execPath : '/nowhere' }, options),
    (lane, options) => ring.ops.timeout({ after: random(4) }, options),
    (lane, options) => ring.ops.timeout({ after: 0.5, flags: 64, count: 1 + random(3) }, { ...options, onMore() {} }),
    (lane, options) => ring.ops.pollAdd({ fd: near, events: 1 }, options),
    (lane, options) => ring.ops.nop({}, options),
    (lane, options) => ring.ops.read({ fd: -1, buffer: lane.foreign }, options),
    (lane, options) => ring.ops.openat({ path: '/dev/null', flags: 0o2000000 }, options).then((fd) => ring.ops.close({ fd })),
    (lane, { signal }) => ring.chain(() => [
      ring.ops.nop(),
      ring.ops.timeout({ after: random(3) }, random(2) ? { timeout: random(3) } : {}),
      ring.ops.read({ fd: random(4) ? file : -1, buffer: lane.buffer, offset: 0 }),
    ], { signal, hard: random(2) === 0, ...(random(3) ? {} : { timeout: random(4) }) }),
    () => ring.ops.send({ fd: far, buffer: Buffer.alloc(1) }),
  ];
  const EARLY = [0, 0, 1, 2];
  const one = async (lane) => {
    const stop = new AbortController();
    const kind = random(kinds.length);
    const waits = kind === 0 || kind === 1 || kind === 8;
    const how = random(4);
    const options = {};
    if (how < 2 || kind === 12) options.signal = stop.signal;
    if (how > 0 && (how === 1 || how === 2) || (how === 3 && waits)) options.timeout = random(3);
    started += 1;
    let over = 0;
    const operation = kinds[kind](lane, options);
    const outcome = operation.then(() => 'done', (error) => error.code).then((code) => {
      over += 1;
      settled += 1;
      counts[code] = (counts[code] ?? 0) + 1;
    });
    if (how < 2) {
      const turns = EARLY[random(4)];
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      if (waits || random(3) > 0) stop.abort();
    }
    if (random(40) === 0) ring.cancel({ op: operation });
    await outcome;
    if (over !== 1 || getEventListeners(stop.signal, 'abort').length > 0) twice += 1;
  };
  const lanes = Array.from({ length: LANES }, () => ({ buffer: ring.alloc(4096), foreign: Buffer.alloc(3000) }));
  let most = 0;
  const run = (until) => Promise.all(lanes.map(async (lane) => {
    while (started < until) {
      await one(lane);
      most = Math.max(most, ring.statistics.inFlight);
    }
  }));
  const measure = () => { gc(); return residentMiB(); };
  await run(TOTAL / 2);
  const [resident, descriptorsWarm] = [[measure()], descriptors()];
  const start = performance.now();
  for (let step = 1; step < STEPS; step++) {
    await run(TOTAL * (0.5 + step / STEPS / 2));
    resident.push(measure());
  }
  await run(TOTAL);
  const perSecond = Math.round(TOTAL * 0.5 / (performance.now() - start) * 1000);
  // Requests to cancel that came too late are answered too.
  while (ring.statistics.inFlight > 0) await sleep(1);
  resident.push(measure());
  const descriptorsEnd = descriptors();
  const left = ring.statistics;
  await ring.close();
  for (const socket of sockets) socket.destroy();
  console.log(JSON.stringify({
    started, settled, twice, counts, most, perSecond, resident, left,
    lostDescriptors: descriptorsEnd - descriptorsWarm, native: native().statistics(),
  }));
`;

interface Outcome {
  readonly started: number;
  readonly settled: number;
  readonly twice: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly most: number;
  readonly perSecond: number;
  /** MiB resident in the course of the second half. */
  readonly resident: readonly number[];
  readonly lostDescriptors: number;
  readonly left: object;
  readonly native: object;
}

describe.each(ENCODERS)('random endings, %s encoder', (encoder) => {
  const timeoutMs = 30_000 + (TOTAL / SLOWEST_PER_SECOND) * 1000;
  test(
    `${TOTAL} operations all settle once, and nothing is lost`,
    async () => {
      const outcome = await resultOfChild<Outcome>(program(encoder), { flags: ['--expose-gc'], timeoutMs });
      if (process.env['RINGSMITH_OPERATIONS'] !== undefined) console.log(encoder, outcome);
      expect(outcome).toMatchObject({
        settled: outcome.started,
        twice: 0,
        lostDescriptors: 0,
        left: { inFlight: 0, waiting: 0, scratchInUse: 0, staleCompletions: 0 },
        native: { rings: 0, leakedBytes: 0 },
      });
      expect(outcome.started).toBeGreaterThanOrEqual(TOTAL);
      // A leak grows in every step of a tenth of all; an allocator that takes one more arena does so once.
      expect(steadyGrowth(outcome.resident)).toBeLessThan(2);
      // Every way of ending was taken, and the queues were full.
      expect(Object.keys(outcome.counts)).toEqual(
        expect.arrayContaining(['done', 'ABORT_ERR', 'ETIME', 'ECANCELED', 'EBADF', 'ENOENT']),
      );
      expect(outcome.most).toBeGreaterThan(100);
    },
    timeoutMs + 5_000,
  );
});
