/**
 * The README's section on speed: what was measured, as Markdown, between two marks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { machineLine } from './machine.mjs';
import { bounds, figure, speed } from './report.mjs';

const BEGIN = '<!-- bench: written by npm run bench -- --readme -->';
const END = '<!-- bench: end -->';

/** Peers of one of ours, each with its speed and how many times as fast ours is. */
function peersOf(ours, entry, show) {
  return entry.contenders
    .filter((contender) => contender.ours === undefined)
    .map(({ name, perSecond }) => {
      const ratio = entry.ratios.find((candidate) => candidate.ours === ours.name && candidate.peer === name);
      return `${name} ${speed(perSecond.median, show)} (${figure(ratio.median, { unit: 'x' })})`;
    })
    .join('<br>');
}

/** A row for each of ours. */
function caseRows({ name, show }, entry) {
  const ours = entry.contenders.filter((contender) => contender.ours !== undefined);
  return ours.map((contender) => {
    const what = `[${name}](bench/results/${name}.svg), ${entry.name}`;
    const how = `${contender.ours} ${speed(contender.perSecond.median, show)}`;
    return `| ${what} | ${how} | ${peersOf(contender, entry, show)} |`;
  });
}

/** Rows of the cases that a workload puts forward: those it names, or its last. */
function workloadRows(workload) {
  const { cases, headlines = [cases.at(-1).name] } = workload;
  return cases.filter(({ name }) => headlines.includes(name)).flatMap((entry) => caseRows(workload, entry));
}

function targetRow(name, target) {
  const measured = target.measured === undefined ? '' : figure(target.measured, target);
  return `| ${name}: ${target.text} | ${measured} | ${bounds(target)} | ${target.outcome} |`;
}

/** The section's text. */
export function sectionOf({ machine, options, workloads }) {
  return [
    `Medians of ${options.rounds} rounds, contenders in turn: ${machineLine(machine)}. Everything that was measured, with`,
    'all cases and their spread, is in [bench/results](bench/results/results.json); a name leads to its plot.',
    '',
    '| workload | ringsmith | peers, and how many times as fast ringsmith is |',
    '|---|---|---|',
    ...workloads.flatMap(workloadRows),
    '',
    '| target | measured | floor and aim | |',
    '|---|---|---|---|',
    ...workloads.flatMap(({ name, targets }) => targets.map((target) => targetRow(name, target))),
  ].join('\n');
}

/** Puts a section in the place of the one that a file has. */
export function replaceSection(file, section) {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`${file} lacks the marks ${BEGIN} and ${END}; nothing was written`);
  writeFileSync(file, `${text.slice(0, begin)}${BEGIN}\n${section}\n${text.slice(end)}`);
}
