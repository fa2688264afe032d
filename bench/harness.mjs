/**
 * Runs a workload's contenders in turn, round after round, so that whatever the machine does meanwhile falls on all of
 * them alike, and so that ratios can be taken within a round.
 *
 * A workload is one file in workloads/ whose default export is:
 *
 *     title, unit                what is done, and what is counted
 *     show                       'rate' (default): operations a second; 'time': time per operation
 *     prepare?(folder)           makes what all contenders use; returns parameters that are handed to them
 *     expected(count, params)    the checksum that every contender must arrive at after `count` operations
 *     contenders                 by name: { ours?: short name, env?, open(params) } or { c: program, args(params) };
 *                                open returns { run(count): checksum, extras?(): numbers by name, close?() }
 *     cases                      { name, params, multiple?: count is a multiple of it, contenders?: default all }
 *     targets                    { text, case, ours, peer, atLeast }: how many times the peer's speed
 */
import { openContender } from './contenders.mjs';

/** A first run of this many operations tells the order of magnitude. */
const FIRST_COUNT = 256;
/** A calibration run this much shorter than a round is too short to extrapolate from. */
const CALIBRATION_SHARE = 0.25;
const GROWTH_MAX = 20;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median and spread. */
const summary = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
  values,
});

const roundUp = (count, multiple) => Math.max(1, Math.ceil(count / multiple)) * multiple;

/** One run, checked: a contender that read the wrong data has not done the work, and its time means nothing. */
async function checkedRun(entry, count, spec) {
  const result = await entry.contender.run(count);
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
  let count = roundUp(FIRST_COUNT, spec.multiple);
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
    try {
      const contender = await openContender(name, definition, spec, context);
      entries.push({ name, ours: definition.ours, contender, rates: [], cpu: [], extras: {} });
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
  const { progress, rounds, roundMs } = context;
  progress.show(`${spec.label}: opening`);
  const { entries, leftOut } = await openAll(workload, spec, context);
  try {
    for (const entry of entries) {
      progress.show(`${spec.label}: warming up ${entry.name}`);
      entry.count = await calibrate(entry, spec, roundMs / 1000);
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const entry of entries) {
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
  return { name: spec.name, contenders, leftOut, ratios: ratiosOf(entries) };
}

/** A target beside what was measured; `measured` is missing when a contender was left out. */
function judge(target, cases) {
  const { text, atLeast } = target;
  const ratios = cases.find((entry) => entry.name === target.case)?.ratios ?? [];
  const measured = ratios.find((ratio) => ratio.ours === target.ours && ratio.peer === target.peer)?.median;
  const outcome = measured === undefined ? 'not measured' : measured >= atLeast ? 'met' : 'missed';
  return { text, atLeast, measured, outcome };
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
      label: `${name}, ${entry.name}`,
      multiple: entry.multiple ?? 1,
      contenders: entry.contenders ?? Object.keys(workload.contenders),
      expected: (count) => workload.expected(count, params),
    };
    cases.push(await runCase(workload, spec, context));
  }
  const { title, unit, show = 'rate' } = workload;
  return { name, title, unit, show, cases, targets: workload.targets.map((target) => judge(target, cases)) };
}
