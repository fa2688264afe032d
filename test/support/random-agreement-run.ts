/**
 * Runs the random comparison in processes of its own, each with an end from outside and with a limit on the size of files:
 * whatever a kernel makes of an entry, it happens to a process that goes away.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeInternals } from './internals.js';
import type { RandomAgreement } from './random-agreement.js';

const PROGRAM = 'test/support/random-agreement';
/** In blocks of 512 bytes: a MiB, which the area that everything is read into has room for. */
const LARGEST_FILE = 1024;
/** A process gets so many entries, so that one that ends early costs no more than these. */
const SHARE = 5000;
const SECONDS_FOR_SHARE = 240;

export interface RandomRun {
  readonly seed: number;
  readonly entries: number;
  readonly contract: string;
  /** Processes at a time. */
  readonly jobs?: number;
}

/** A process's answer; with the seed in the error when it ended early. */
function share(program: string, seed: number, entries: number, contract: string): Promise<RandomAgreement> {
  const script = `trap '' XFSZ; ulimit -f ${LARGEST_FILE}; exec timeout -k 5 ${SECONDS_FOR_SHARE} "$@"`;
  const words = [process.execPath, program, String(seed), String(entries), contract];
  // A folder of its own: paths of random entries are relative to where it runs.
  const cwd = mkdtempSync(join(tmpdir(), 'ringsmith-random-'));
  const child = spawn('sh', ['-c', script, 'sh', ...words], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      rmSync(cwd, { recursive: true, force: true });
      if (code === 0) resolve(JSON.parse(Buffer.concat(said).toString()) as RandomAgreement);
      else reject(new Error(`the process with seed ${seed} ended early: ${signal ?? code}`));
    });
  });
}

function add(sum: RandomAgreement, one: RandomAgreement): void {
  for (const key of ['submitted', 'refused', 'certain', 'possible', 'otherwise'] as const)
    sum[key] += one[key];
  sum.falseAlarms.push(...one.falseAlarms);
  for (const [name, times] of Object.entries(one.misses)) sum.misses[name] = (sum.misses[name] ?? 0) + times;
  for (const [name, [tried, refused]] of Object.entries(one.opcodes)) {
    const [before, refusedBefore] = sum.opcodes[name] ?? [0, 0];
    sum.opcodes[name] = [before + tried, refusedBefore + refused];
  }
}

/** The same seed, number of entries and kernel give the same entries. */
export async function randomAgreement({
  seed,
  entries,
  contract,
  jobs = 1,
}: RandomRun): Promise<RandomAgreement> {
  const folder = mkdtempSync(join(process.cwd(), 'build', 'random-agreement-'));
  try {
    await writeInternals(folder, [PROGRAM]);
    const program = join(folder, `${PROGRAM}.js`);
    const shares = Array.from({ length: Math.ceil(entries / SHARE) }, (_, index) => ({
      seed: seed + index,
      entries: Math.min(SHARE, entries - index * SHARE),
    }));
    const found: RandomAgreement[] = [];
    const work = async (): Promise<void> => {
      for (let next = shares.shift(); next !== undefined; next = shares.shift()) {
        found.push(await share(program, next.seed, next.entries, contract));
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
    const [sum, ...others] = found;
    for (const other of others) add(sum!, other);
    return sum!;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const rateOf = ({ certain, possible, refused }: RandomAgreement): number =>
  refused === 0 ? 1 : (certain + possible) / refused;

const MOST_MISSES = 40;

export function randomAgreementText(kernel: string, contract: string, result: RandomAgreement): string {
  const percent = (100 * rateOf(result)).toFixed(1);
  const misses = Object.entries(result.misses).sort((a, b) => b[1] - a[1]);
  return [
    `${kernel} by ${contract}: ${result.submitted} random entries, ${result.refused} refused`,
    `explained: ${percent} % (${result.certain} for certain, ${result.possible} possibly)`,
    `false alarms: ${result.falseAlarms.length}; another error than the rule's: ${result.otherwise}`,
    ...result.falseAlarms.slice(0, MOST_MISSES).map((text) => `  false: ${text}`),
    ...misses.slice(0, MOST_MISSES).map(([name, times]) => `  ${String(times).padStart(5)} ${name}`),
    ...(misses.length > MOST_MISSES ? [`  and ${misses.length - MOST_MISSES} more classes`] : []),
  ].join('\n');
}
