/**
 * Proves that no broken header crashes or hangs the generator, and that nothing is written for one that has errors:
 * thousands of seeded mutations of the real header, each through the built generator.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { INSTALLED_HEADER, ROOT, temporaryFolder } from '../support/cli.js';
import { MUTATION_NAMES, mutate } from '../support/header-mutations.js';
import { seeded } from '../support/random-args.js';

const CASES = 2000;
const BATCHES = 2;
/** Of the processor's time, so that other work on the machine does not count. */
const SLOWEST_MS = 5000;
/** Without a word for so long, on whatever machine, it hangs. */
const SILENCE_MS = 120_000;
/** Every so many headers that parse go all the way into a folder. */
const WHOLE_WAY = 60;

interface Outcome {
  readonly index: number;
  readonly result: 'problem' | 'parsed' | 'defect';
  readonly detail: string;
  readonly ms: number;
}

/** What a batch runs: plain JavaScript over the built generator, so that a crash is its own process's. */
const RUNNER = `
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
const { parseHeaderFile, modelOf, loadHistory, generateFiles, writeFiles, Problem } = await import(process.argv[2]);
const [folder, from, to, wholeWay] = process.argv.slice(3);
const history = loadHistory();
let parsed = 0;
for (let index = Number(from); index < Number(to); index += 1) {
  const started = process.cpuUsage();
  let result = 'parsed', detail = '';
  const out = folder + '/out-' + index;
  try {
    const facts = parseHeaderFile({ header: folder + '/' + index + '.h' });
    const input = { facts, label: 'mutated', source: 'mutated' };
    modelOf(input, history);
    parsed += 1;
    if (parsed % Number(wholeWay) === 0) writeFiles(out, 'mutated', generateFiles(input, history, { seam: 'ringsmith/seam', standalone: true }));
  } catch (error) {
    result = error instanceof Problem ? 'problem' : 'defect';
    detail = error instanceof Problem ? error.code : String(error?.stack ?? error);
    if (existsSync(out)) { result = 'defect'; detail += ' (and wrote output)'; }
  }
  const { user, system } = process.cpuUsage(started);
  process.stdout.write(JSON.stringify({ index, result, detail, ms: (user + system) / 1000 }) + '\\n');
}
`;

function runBatch(
  runner: string,
  folder: string,
  from: number,
  to: number,
): Promise<{ outcomes: Outcome[]; death: string }> {
  const generator = pathToFileURL(join(ROOT, 'dist', 'generator', 'index.js')).href;
  const child = spawn(
    process.execPath,
    [runner, generator, folder, String(from), String(to), String(WHOLE_WAY)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  let timer = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const lines = stdout.split('\n').filter((line) => line !== '');
      const death =
        code === 0 ? '' : `ended with ${code ?? signal} after ${lines.length} cases: ${stderr.slice(-2000)}`;
      resolve({ outcomes: lines.map((line) => JSON.parse(line) as Outcome), death });
    });
  });
}

describe(`${CASES} mutated headers`, () => {
  it('neither crash nor hang the generator, nor write output where there were errors', {
    timeout: 600_000,
  }, async () => {
    const header = readFileSync(INSTALLED_HEADER, 'utf8');
    const folder = temporaryFolder();
    const runner = join(folder, 'runner.mjs');
    writeFileSync(runner, RUNNER);
    const cases = join(folder, 'cases');
    mkdirSync(cases);
    for (let index = 0; index < CASES; index += 1) {
      const name = MUTATION_NAMES[index % MUTATION_NAMES.length]!;
      writeFileSync(join(cases, `${index}.h`), mutate(header, name, seeded(index + 1)), 'latin1');
    }
    const size = Math.ceil(CASES / BATCHES);
    const batches = await Promise.all(
      Array.from({ length: BATCHES }, (_, batch) =>
        runBatch(runner, cases, batch * size, Math.min((batch + 1) * size, CASES)),
      ),
    );
    for (const { death } of batches) expect(death).toBe('');
    const outcomes = batches.flatMap((batch) => batch.outcomes);
    expect(outcomes.length).toBe(CASES);
    expect(outcomes.filter((outcome) => outcome.result === 'defect')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome.ms > SLOWEST_MS)).toEqual([]);
    // Both kinds must be there, or the mutations test nothing.
    const parsed = outcomes.filter((outcome) => outcome.result === 'parsed').length;
    expect(parsed).toBeGreaterThan(CASES / 20);
    expect(CASES - parsed).toBeGreaterThan(CASES / 20);
    for (const outcome of outcomes.filter((candidate) => candidate.result === 'problem')) {
      expect(existsSync(join(cases, `out-${outcome.index}`))).toBe(false);
    }
  });
});
