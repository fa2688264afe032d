/**
 * The README's section on speed: what was measured, as Markdown, between two marks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { machineLine } from './machine.mjs';
import { besideC, bounds, figure, speed } from './report.mjs';
import { isBeyondC } from './targets.mjs';

const BEGIN = '<!-- bench: written by npm run bench -- --readme -->';
const END = '<!-- bench: end -->';

/** Plots of these say most in a README; the others are one click away. */
const SHOWN = ['multiget', 'scale-in-flight', 'scale-connections'];

const plotPath = (name) => `bench/results/${name}.svg`;

const isOurs = ({ name, ours }) => ours !== undefined || name.startsWith('ringsmith');

/** A row: all of ours, and each peer with how many times as fast the first of ours is. */
function caseRow({ name, show }, entry) {
  const speedOf = ({ perSecond }) => speed(perSecond.median, show);
  const [first] = entry.contenders.filter(({ ours }) => ours !== undefined);
  const ours = entry.contenders
    .filter(isOurs)
    .map((contender) => `${contender.name.replace(/^ringsmith, /, '')} ${speedOf(contender)}`);
  const peers = entry.contenders
    .filter((contender) => !isOurs(contender))
    .map((contender) => {
      const ratio = entry.ratios.find(({ ours, peer }) => ours === first.name && peer === contender.name);
      return `${contender.name} ${speedOf(contender)} (${figure(ratio.median, { unit: 'x' })})`;
    });
  const what = `[${name}](${plotPath(name)})<br>${entry.name}`;
  return `| ${what} | ${ours.join('<br>')} | ${peers.join('<br>')} |`;
}

/** Rows of the cases that a workload puts forward: those it names, or its last. */
function workloadRows(workload) {
  const { cases, headlines = [cases.at(-1).name] } = workload;
  return cases.filter(({ name }) => headlines.includes(name)).map((entry) => caseRow(workload, entry));
}

function targetRow(name, target) {
  const measured = target.measured === undefined ? `needs ${target.needs}` : figure(target.measured, target);
  const [limit = '', share = ''] = besideC(target);
  const outcome = isBeyondC(target) ? `${target.outcome}: beyond C here` : target.outcome;
  return `| ${name}: ${target.text} | ${measured} | ${bounds(target)} | ${limit} | ${share} | ${outcome} |`;
}

const notesOf = ({ name, notes }) => (notes.length === 0 ? [] : [`- \`${name}\`: ${notes.join(' ')}`]);

/** Lines below a head; nothing where there are none. */
const below = (head, lines) => (lines.length === 0 ? [] : [...head, ...lines, '']);

const TARGETS_HEAD = [
  'Targets were set beforehand, on another run. Where C with liburing does the same work, its figure against the same',
  'peer stands beside ours: it tells what the kernel leaves room for on this machine.',
  '',
  '| target | measured | floor and aim | C itself | share of C | |',
  '|---|---|---|---|---|---|',
];

/** The section's text. */
export function sectionOf({ machine, options, workloads }) {
  const plots = workloads.filter(({ name }) => SHOWN.includes(name));
  return [
    `Medians of ${options.rounds} rounds, contenders in turn, on`,
    `${machineLine(machine)}.`,
    'A figure in brackets says how many times as fast the first line of ringsmith is. How it is measured, and what is',
    'fair about it: [bench/](bench/README.md); all cases with their spread: [bench/results](bench/results/results.json). A name leads to its plot.',
    '',
    ...plots.flatMap(({ name, title }) => [`![${name}: ${title}](${plotPath(name)})`, '']),
    '| workload | ringsmith | peers |',
    '|---|---|---|',
    ...workloads.flatMap(workloadRows),
    '',
    ...below(
      TARGETS_HEAD,
      workloads.flatMap(({ name, targets }) => targets.map((target) => targetRow(name, target))),
    ),
    ...below(['To read the figures by:', ''], workloads.flatMap(notesOf)),
  ]
    .join('\n')
    .trimEnd();
}

function marksOf(file) {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin >= 0 && end > begin) return { text, begin, end };
  throw new Error(`${file} lacks the marks ${BEGIN} and ${END}; nothing was run or written`);
}

/** Throws when a file has no place for the section: before anything is measured. */
export function checkMarks(file) {
  marksOf(file);
}

/** Puts a section in the place of the one that a file has. */
export function replaceSection(file, section) {
  const { text, begin, end } = marksOf(file);
  writeFileSync(file, `${text.slice(0, begin)}${BEGIN}\n${section}\n${text.slice(end)}`);
}
