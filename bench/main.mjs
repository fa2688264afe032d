/**
 * `npm run bench`: runs the workloads and prints what they measured. It reports and does not judge: a missed target is
 * printed as missed and leaves the exit code 0. Only a contender that computed something wrong fails the run.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CReferences } from './c-references.mjs';
import { runWorkload } from './harness.mjs';
import { busyLine, machineFacts, machineLine } from './machine.mjs';
import { readOptions, USAGE } from './options.mjs';
import { checkMarks, replaceSection, sectionOf } from './readme.mjs';
import { Progress, printWorkload } from './report.mjs';
import { SCHEMA, writeResults } from './results.mjs';
import { isBeyondC } from './targets.mjs';

const FOLDER = new URL('./workloads/', import.meta.url);

/** Every workload's module, by the name of its file. */
function workloadFiles() {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith('.mjs'));
  return new Map(names.map((file) => [file.slice(0, -'.mjs'.length), new URL(file, FOLDER).href]));
}

/** Runs workloads one after the other, and tells of each as soon as it is over. */
async function runAll(options, files, tell) {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-bench-'));
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const progress = new Progress(process.stderr);
  const workloads = [];
  try {
    const context = { ...options, folder, progress, cReferences: new CReferences(programs) };
    for (const [index, name] of options.names.entries()) {
      progress.prefix = `[${index + 1}/${options.names.length}] `;
      const result = await runWorkload(name, files.get(name), context);
      progress.clear();
      tell(result);
      workloads.push(result);
    }
  } finally {
    progress.clear();
    rmSync(folder, { recursive: true, force: true });
  }
  return workloads;
}

function targetsLine(workloads) {
  const targets = workloads.flatMap((workload) => workload.targets);
  const count = (pattern) => targets.filter(({ outcome }) => pattern.test(outcome)).length;
  const beyond = targets.filter(isBeyondC).length;
  const missed = `${count(/missed/)} missed${beyond === 0 ? '' : `, ${beyond} of them beyond what C reaches here`}`;
  return `\ntargets: ${count(/^met/)} met, ${missed}; ${count(/^not/)} not measured`;
}

/** What draws plots; loaded only when there is something to draw, and before minutes are spent on measuring it. */
async function plotterFor({ svg, readme }) {
  if (svg === undefined && readme === undefined) return undefined;
  if (readme !== undefined) checkMarks(join(readme, 'README.md'));
  try {
    return (await import('./plots.mjs')).writePlots;
  } catch (error) {
    throw new Error(
      `plots cannot be drawn, and nothing was run: ${error.message}; \`npm ci\` installs what draws them`,
    );
  }
}

/** Writes what was measured where the options say. */
function write(measured, { json, svg, readme }, writePlots) {
  const text = `${JSON.stringify(measured, null, 2)}\n`;
  if (json === '-') process.stdout.write(text);
  else if (json !== undefined) writeFileSync(json, text);
  if (svg !== undefined) writePlots(measured.workloads, svg);
  if (readme === undefined) return;
  writeResults(measured, join(readme, 'bench/results'), writePlots);
  replaceSection(join(readme, 'README.md'), sectionOf(measured));
}

/** Runs what the options name, or takes what was measured before, and tells and writes it. */
async function measure(options, files) {
  // With --json - stdout carries the JSON alone.
  const print = (text) => (options.json === '-' ? process.stderr : process.stdout).write(`${text}\n`);
  const tell = (result) => printWorkload(result, print);
  const { rounds, roundMs } = options.measured?.options ?? options;
  const machine = options.measured?.machine ?? machineFacts();
  const writePlots = await plotterFor(options);
  print(`${machineLine(machine)}\n${rounds} rounds of ${roundMs} ms, contenders in turn`);
  const busy = busyLine(machine);
  if (busy !== undefined) print(busy);
  for (const result of options.measured?.workloads ?? []) tell(result);
  const workloads = options.measured?.workloads ?? (await runAll(options, files, tell));
  print(targetsLine(workloads));
  write({ schema: SCHEMA, machine, options: { rounds, roundMs }, workloads }, options, writePlots);
}

async function main() {
  const files = workloadFiles();
  let options;
  try {
    options = readOptions([...files.keys()].sort());
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) return process.stdout.write(USAGE);
  // An interrupt ends the contenders, they being in the same process group; that ends the run, which then cleans up.
  process.once('SIGINT', () => {});
  try {
    await measure(options, files);
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = 1;
  }
}

await main();
