/**
 * `npm run bench`: runs the workloads and prints what they measured. It reports and does not judge: a missed target is
 * printed as missed and leaves the exit code 0. Only a contender that computed something wrong fails the run.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CReferences } from './c-references.mjs';
import { runWorkload } from './harness.mjs';
import { machineFacts, machineLine } from './machine.mjs';
import { replaceSection, sectionOf } from './readme.mjs';
import { Progress, printWorkload } from './report.mjs';

const USAGE = `usage: npm run bench -- [NAME...] [--rounds N] [--quick] [--json FILE] [--svg FOLDER] [--readme]

  NAME         workloads to run, by name or its first part (default: all)
  --rounds N   rounds of each contender (default 5)
  --quick      two short rounds: to see that everything runs, not for figures
  --json FILE  write everything measured as JSON; - for stdout
  --svg FOLDER write a plot of every workload
  --readme     after a run of all: write bench/results and the README's section on speed
`;

const FOLDER = new URL('./workloads/', import.meta.url);
const README = fileURLToPath(new URL('../README.md', import.meta.url));
const RESULTS = fileURLToPath(new URL('./results/', import.meta.url));

/** Every workload's module, by the name of its file. */
function workloadFiles() {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith('.mjs'));
  return new Map(names.map((file) => [file.slice(0, -'.mjs'.length), new URL(file, FOLDER).href]));
}

/** Prints what is wrong with the command line and how it is used. */
function refuse(message) {
  process.stderr.write(`bench: ${message}\n\n${USAGE}`);
  process.exitCode = 2;
}

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      svg: { type: 'string' },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a positive number; got ${values.rounds}`);
  if (values.readme && (positionals.length > 0 || values.quick)) {
    throw new Error('--readme is for a whole run: all workloads, and not --quick');
  }
  return { ...values, names: positionals, rounds, roundMs: values.quick ? 60 : 300 };
}

async function run(options, files) {
  const machine = machineFacts();
  // With --json - stdout carries the JSON alone.
  const print = (text) => (options.json === '-' ? process.stderr : process.stdout).write(`${text}\n`);
  print(`${machineLine(machine)}\n${options.rounds} rounds of ${options.roundMs} ms, contenders in turn`);
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-bench-'));
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const progress = new Progress(process.stderr);
  const workloads = [];
  try {
    const context = { folder, progress, cReferences: new CReferences(programs), ...options };
    for (const name of options.names) {
      const result = await runWorkload(name, files.get(name), context);
      progress.clear();
      printWorkload(result, print);
      workloads.push(result);
    }
  } finally {
    progress.clear();
    rmSync(folder, { recursive: true, force: true });
  }
  const targets = workloads.flatMap((workload) => workload.targets);
  const count = (pattern) => targets.filter(({ outcome }) => pattern.test(outcome)).length;
  print(`\ntargets: ${count(/^met/)} met, ${count(/missed/)} missed, ${count(/^not/)} not measured`);
  const { rounds, roundMs } = options;
  await write({ schema: 2, machine, options: { rounds, roundMs }, workloads }, options);
}

/** Writes what was measured where the options say. */
async function write(measured, { json, svg, readme }) {
  const text = `${JSON.stringify(measured, null, 2)}\n`;
  if (json === '-') process.stdout.write(text);
  else if (json !== undefined) writeFileSync(json, text);
  if (svg === undefined && !readme) return;
  // Loaded only when there is something to draw.
  const { writePlots } = await import('./plots.mjs');
  if (svg !== undefined) writePlots(measured.workloads, svg);
  if (!readme) return;
  writePlots(measured.workloads, RESULTS);
  writeFileSync(join(RESULTS, 'results.json'), text);
  replaceSection(README, sectionOf(measured));
}

async function main() {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    return refuse(error.message);
  }
  if (options.help) return process.stdout.write(USAGE);
  const files = workloadFiles();
  const named = (name) => [...files.keys()].filter((file) => file === name || file.startsWith(`${name}-`));
  const unknown = options.names.filter((name) => named(name).length === 0);
  if (unknown.length > 0)
    return refuse(`no workload ${unknown.join(', ')}; there are ${[...files.keys()].join(', ')}`);
  const names = options.names.length > 0 ? options.names.flatMap(named) : [...files.keys()];
  // An interrupt ends the contenders, they being in the same process group; that ends the run, which then cleans up.
  process.once('SIGINT', () => {});
  try {
    await run({ ...options, names }, files);
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = 1;
  }
}

await main();
