/**
 * Runs a workload's contenders in turn, round after round, so that whatever the machine does meanwhile falls on all of
 * them alike, and so that ratios can be taken within a round. Each round has an order of its own, so that nobody always
 * runs behind the same one.
 *
 * A workload is one file in workloads/ whose default export is:
 *
 *     title, unit                what is done, and what is counted
 *     show                       'rate' (default): operations a second; 'time': time per operation
 *     plot                       { x, memory }: cases along an axis, as lines, and an extra of theirs;
 *                                { bars, unit }: bars of an extra; default: bars of speeds
 *     headlines                  names of the cases that the README shows; default: the last
 *     rounds, first              at most so many rounds; operations of the first run: where one takes long
 *     prepare?(folder)           makes what all contenders use; returns parameters that are handed to them
 *     expected(count, params)    the checksum that every contender must arrive at after `count` operations
 *     notes                      what a reader must know to read the figures, in sentences
 *     contenders                 by name: { ours?: short name, env?, programs?, lingerMs?, open(params) } or
 *                                { c: program, args(params) }; open returns { run(count), extras?(count), close?() },
 *                                and run the checksum, or { checksum, seconds, cpuSeconds } by a clock of its own
 *     cases                      { name, params, contenders?: default all, x?: place along the plot's axis,
 *                                multiple?: count is a multiple of it, rounds?: at most so many,
 *                                count?: so many in every round, without a warm-up }
 *     targets                    see targets.mjs
 *
 * `programs` names C programs that a JavaScript contender starts; it gets their paths as `params.programs`. `lingerMs`
 * is how long a thread of the kernel may spin after a run: nobody else is measured meanwhile.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { openContender } from './contenders.mjs';
import { shuffled, summary } from './statistics.mjs';
import { judge } from './targets.mjs';

/** A first run of this many operations tells the order of magnitude, where the workload does not say otherwise. */
const FIRST_COUNT = 256;
/** A calibration run this much shorter than a round is too short to extrapolate from. */
const CALIBRATION_SHARE = 0.25;
const GROWTH_MAX = 20;
/** Between the moment a kernel's thread may go to sleep and the moment it does. */
const ASLEEP_MS = 5;

const roundUp = (count, multiple) => Math.max(1, Math.ceil(count / multiple)) * multiple;

/** One run, checked: a contender that read the wrong data has not done the work, and its time means nothing. */
async function checkedRun(entry, count, spec) {
  const result = await entry.contender.run(count);
  if (entry.lingerMs > 0) await pass(entry.lingerMs + ASLEEP_MS);
  const expected = spec.expected(count);
  if (result.checksum !== expected) {
    throw new Error(
      `${spec.label}: ${entry.name} computed checksum ${result.checksum} over ${count} operations; expected ${expected}`,
    );
  }
  return result;
}

/** Finds how many operations fill a round, and warms the contender up while at it. */
async function calibrate(entry, spec, roundSeconds) {
  if (spec.count !== undefined) return spec.count;
  let count = roundUp(spec.first, spec.multiple);
  for (;;) {
    const { seconds } = await checkedRun(entry, count, spec);
    const scale = roundSeconds / Math.max(seconds, 1e-6);
    if (seconds >= roundSeconds * CALIBRATION_SHARE) {
      const warmUp = roundUp(count * scale, spec.multiple);
      const warm = await checkedRun(entry, warmUp, spec);
      return roundUp((warmUp * roundSeconds) / warm.seconds, spec.multiple);
    }
    count = roundUp(count * Math.min(scale, GROWTH_MAX), spec.multiple);
  }
}

/** Opens the contenders of a case; those that cannot run here are left out, with the reason. */
async function openAll(workload, spec, context) {
  const entries = [];
  const leftOut = [];
  for (const name of spec.contenders) {
    const definition = workload.contenders[name];
    const { ours, lingerMs = 0 } = definition;
    try {
      const contender = await openContender(name, definition, spec, context);
      entries.push({ name, ours, lingerMs, contender, rates: [], cpu: [], extras: {} });
    } catch (error) {
      leftOut.push({ name, reason: error.message });
    }
  }
  return { entries, leftOut };
}

function addRound(entry, result) {
  entry.rates.push(entry.count / result.seconds);
  entry.cpu.push((result.cpuSeconds / entry.count) * 1e6);
  for (const [name, value] of Object.entries(result.extras ?? {})) {
    entry.extras[name] = [...(entry.extras[name] ?? []), value];
  }
}

/** How many times as fast as each peer each of ours is, round by round. */
function ratiosOf(entries) {
  const ours = entries.filter((entry) => entry.ours !== undefined);
  return ours.flatMap((mine) =>
    entries
      .filter((peer) => peer !== mine)
      .map((peer) => ({
        ours: mine.name,
        peer: peer.name,
        ...summary(mine.rates.map((rate, round) => rate / peer.rates[round])),
      })),
  );
}

async function runCase(workload, spec, context) {
  const { progress, roundMs } = context;
  const rounds = Math.min(context.rounds, spec.rounds);
  progress.show(`${spec.label}: opening`);
  const { entries, leftOut } = await openAll(workload, spec, context);
  try {
    for (const entry of entries) {
      progress.show(`${spec.label}: warming up ${entry.name}`);
      entry.count = await calibrate(entry, spec, roundMs / 1000);
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const entry of shuffled(entries, round)) {
        progress.show(`${spec.label}: round ${round} of ${rounds}, ${entry.name}`);
        addRound(entry, await checkedRun(entry, entry.count, spec));
      }
    }
  } finally {
    await Promise.all(entries.map((entry) => entry.contender.close()));
  }
  const contenders = entries.map(({ name, ours, count, rates, cpu, extras }) => ({
    name,
    ours,
    count,
    perSecond: summary(rates),
    cpuMicroseconds: summary(cpu),
    extras: Object.fromEntries(Object.entries(extras).map(([key, values]) => [key, summary(values)])),
  }));
  return { name: spec.name, x: spec.x, contenders, leftOut, ratios: ratiosOf(entries) };
}

/** Runs every case of the workload in `file`. Rejects when a contender fails or computes the wrong checksum. */
export async function runWorkload(name, file, context) {
  const { default: workload } = await import(file);
  context.progress.show(`${name}: preparing`);
  const prepared = (await workload.prepare?.(context.folder)) ?? {};
  const cases = [];
  for (const entry of workload.cases) {
    const params = { ...prepared, ...entry.params };
    const spec = {
      file,
      params,
      name: entry.name,
      x: entry.x,
      label: `${name}, ${entry.name}`,
      count: entry.count,
      rounds: entry.rounds ?? workload.rounds ?? context.rounds,
      first: workload.first ?? FIRST_COUNT,
      multiple: entry.multiple ?? 1,
      contenders: entry.contenders ?? Object.keys(workload.contenders),
      expected: (count) => workload.expected(count, params),
    };
    cases.push(await runCase(workload, spec, context));
  }
  const { title, unit, show = 'rate', notes = [], plot, headlines } = workload;
  const targets = workload.targets.map((target) => judge(target, cases));
  return { name, title, unit, show, notes, plot, headlines, cases, targets };
}
