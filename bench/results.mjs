/**
 * What a run leaves in the repository: plots, and the figures in a small file that can be compared line by line.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the JSON; another one when a reader of it would have to be changed. */
export const SCHEMA = 3;

const DIGITS = 4;

const rounded = (value) => (typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value);

/** Median and spread, without the values of each round. */
const short = ({ median, min, max }) => [median, min, max].map(rounded);

const shortExtras = (extras) =>
  Object.fromEntries(Object.entries(extras).map(([name, summary]) => [name, rounded(summary.median)]));

function shortCase({ name, contenders, leftOut }) {
  return {
    name,
    contenders: contenders.map((contender) => ({
      name: contender.name,
      perSecond: short(contender.perSecond),
      cpuMicroseconds: rounded(contender.cpuMicroseconds.median),
      ...shortExtras(contender.extras),
    })),
    leftOut,
  };
}

const shortTarget = (target) =>
  Object.fromEntries(Object.entries(target).map(([name, value]) => [name, rounded(value)]));

function shortWorkload({ name, title, unit, cases, targets }) {
  return { name, title, unit, cases: cases.map(shortCase), targets: targets.map(shortTarget) };
}

/** Puts every innermost object and list on a line of its own. */
const oneLineEach = (json) =>
  json
    .replace(/\[\s+([-\d.e+]+),\s+([-\d.e+]+),\s+([-\d.e+]+)\s+\]/g, '[$1, $2, $3]')
    .replace(/\{\n\s+([^{}]*?)\n\s+\}/g, (_, members) => `{ ${members.replace(/\n\s+/g, ' ')} }`);

/** Medians, spread and targets of all that was measured, as JSON text; `perSecond` is median, least, most. */
export function shortResults({ machine, options, workloads }) {
  const results = { schema: SCHEMA, machine, options, workloads: workloads.map(shortWorkload) };
  return `${oneLineEach(JSON.stringify(results, null, 1))}\n`;
}

/** Writes results and plots into a folder, and removes those of workloads that are no more. */
export function writeResults(measured, folder, writePlots) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (/\.(svg|json)$/.test(file)) rmSync(join(folder, file));
  writePlots(measured.workloads, folder);
  writeFileSync(join(folder, 'results.json'), shortResults(measured));
}
