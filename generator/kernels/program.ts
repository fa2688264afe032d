/**
 * Running other programs (apt, dpkg, tar), and saying on a terminal that it takes a moment.
 */
import { spawnSync } from 'node:child_process';
import { Problem } from '../problem.js';

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What a user can do when the program is not installed. */
  readonly remedy: string;
}

const LARGEST_OUTPUT = 1 << 28;

/** Runs a program to its end, whatever its exit code. @throws Problem when it cannot be run at all */
export function runProgram(name: string, args: readonly string[], options: ProgramOptions): ProgramResult {
  const result = spawnSync(name, args, {
    cwd: options.cwd,
    // Messages are shown to people but some are also read here, so they must not be translated.
    env: { ...process.env, ...options.env, LC_ALL: 'C' },
    encoding: 'utf8',
    maxBuffer: LARGEST_OUTPUT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error !== undefined) {
    const code = (result.error as NodeJS.ErrnoException).code;
    throw new Problem(
      {
        code: code === 'ENOENT' ? 'TOOL_MISSING' : 'TOOL_FAILED',
        what:
          code === 'ENOENT'
            ? `${name} is not on this machine`
            : `${name} could not be run: ${result.error.message}`,
        consequence: 'packages of the distribution cannot be used here',
        remedy: options.remedy,
      },
      { cause: result.error },
    );
  }
  return { code: result.status ?? 1, stdout: result.stdout, stderr: result.stderr };
}

/** The line of a program's messages that says what went wrong. */
export function lastError(result: ProgramResult): string {
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  const error =
    lines.findLast((line) => /^E:|error:/i.test(line)) ??
    lines.find((line) => /failed to fetch/i.test(line)) ??
    lines.at(-1);
  return (error ?? `exit code ${result.code}`).replace(/^[EW]:\s*/, '').trim();
}

/** Shows what is going on while it goes on: one line, gone afterwards, and only on a terminal. */
export function withProgress<T>(what: string, work: () => T): T {
  if (!process.stderr.isTTY) return work();
  process.stderr.write(`\r\x1b[K${what} ...`);
  try {
    return work();
  } finally {
    process.stderr.write('\r\x1b[K');
  }
}
