/**
 * What a run looks like on a terminal: a progress line while it lasts, then one table per case.
 */

import { isBeyondC } from './targets.mjs';

/** A line that is overwritten; silent where nobody watches. */
export class Progress {
  #stream;
  prefix = '';

  constructor(stream) {
    this.#stream = stream;
  }

  show(text) {
    if (!this.#stream.isTTY) return;
    // A line that wraps could not be overwritten.
    this.#stream.write(`\r\x1b[K${`${this.prefix}${text}`.slice(0, this.#stream.columns - 1)}`);
  }

  clear() {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}

export const RATE_UNITS = [
  [1e6, ' M/s'],
  [1e3, ' k/s'],
  [1, ' /s'],
];
export const TIME_UNITS = [
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' us'],
  [1e-9, ' ns'],
];

/** Three significant digits. */
export const digits = (value) =>
  value === 0 ? '0' : Number(value.toPrecision(3)).toLocaleString('en', { useGrouping: false });

/** A value with the unit of its size. */
export function scaled(value, units) {
  const [size, unit] = units.find(([least]) => value >= least) ?? units.at(-1);
  return `${digits(value / size)}${unit}`;
}

/** A speed as the workload shows it: a rate, or the time one operation takes. */
export const speed = (perSecond, show) =>
  show === 'time' ? scaled(1 / perSecond, TIME_UNITS) : scaled(perSecond, RATE_UNITS);

const spread = ({ min, max }, show) => {
  const [from, to] = show === 'time' ? [max, min] : [min, max];
  return `${speed(from, show)} - ${speed(to, show)}`;
};

const factor = (value) => value.toFixed(value < 10 ? 2 : 1);
const times = (value) => `${factor(value)}x`;
const timesAndSpread = ({ median, min, max }) => `${times(median)} (${factor(min)} - ${factor(max)})`;

/** A target's figure in its unit. */
export const figure = (value, { unit }) => (unit === 'x' ? times(value) : `${digits(value)} ${unit}`);

/** A target's floor and aim. */
export function bounds({ floor, aim, most, unit }) {
  const side = most ? 'at most' : 'at least';
  const text = (bound) => (unit === 'x' ? times(bound) : `${bound} ${unit}`);
  return [
    ...(floor === undefined ? [] : [`${side} ${text(floor)}`]),
    ...(aim === undefined ? [] : [`aim ${text(aim)}`]),
  ].join(', ');
}

function extrasText(extras) {
  return Object.entries(extras)
    .map(([name, value]) => `${name} ${digits(value.median)}`)
    .join(', ');
}

function rowsOf(result, show) {
  const ours = result.contenders.filter((contender) => contender.ours !== undefined);
  const head = ['', 'median', 'min - max', 'CPU/op', ...ours.map((contender) => `${contender.ours} is`), ''];
  const rows = result.contenders.map((contender) => {
    const { name, perSecond, cpuMicroseconds, extras } = contender;
    const ratios = ours.map((mine) => {
      const ratio = result.ratios.find((entry) => entry.ours === mine.name && entry.peer === name);
      return ratio === undefined ? '' : timesAndSpread(ratio);
    });
    const cpu = scaled(cpuMicroseconds.median / 1e6, TIME_UNITS);
    return [name, speed(perSecond.median, show), spread(perSecond, show), cpu, ...ratios, extrasText(extras)];
  });
  return [head, ...rows];
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const last = widths.length - 1;
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 || at === last ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('  ')
      .trimEnd(),
  );
}

/** What C reached of a target, and ringsmith of that. */
export function besideC(target) {
  const { limit, share } = target;
  if (limit === undefined) return [];
  return [figure(limit, target), ...(share === undefined ? [] : [`${digits(share * 100)} %`])];
}

function targetLine(target) {
  const { text, measured, outcome } = target;
  if (measured === undefined) return `target: ${text}: ${outcome}, it needs ${target.needs}`;
  const [limit, share] = besideC(target);
  const c = limit === undefined ? '' : `; C itself: ${limit}, ringsmith has ${share} of that`;
  const beyond = isBeyondC(target) ? ', which is beyond C here' : '';
  return `target: ${text}: ${figure(measured, target)}, ${outcome} (${bounds(target)}${beyond})${c}`;
}

/** Prints a workload's tables, what was left out, and its targets. */
export function printWorkload(result, print) {
  print(`\n${result.name}: ${result.title} (${result.unit})`);
  for (const note of result.notes) print(`  ${note}`);
  for (const entry of result.cases) {
    const rows = rowsOf(entry, result.show);
    rows[0][0] = entry.name;
    for (const line of table(rows)) print(`  ${line}`);
    for (const { name, reason } of entry.leftOut) print(`  left out: ${name}: ${reason}`);
    print('');
  }
  for (const target of result.targets) print(`  ${targetLine(target)}`);
}
