/** Running a command with its output in a log, and finding one. */
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { ROOT, STATE } from './paths.mjs';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command at the root, all output into `.ci/state/<log>.log`. Resolves to the log's path and the exit code; a
 * command that was killed or never started has the code 128 or 127. Being told to stop, it takes the command's children along.
 */
export async function run(log, command, args, env = {}) {
  mkdirSync(STATE, { recursive: true });
  const path = join(STATE, `${log}.log`);
  const output = openSync(path, 'w');
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    // Its own process group, so that compilers started by make can be stopped with it.
    detached: true,
  });
  const stop = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It ended meanwhile.
    }
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  try {
    const code = await new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (exitCode) => resolve(exitCode ?? 128));
    });
    return { path, code };
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
    closeSync(output);
  }
}

/** Like `run`, but a code other than 0 is a Failure with these explanations. */
export async function runOrFail(log, command, args, { env, consequence, remedy }) {
  const { path, code } = await run(log, command, args, env);
  if (code === 0) return;
  const words = [command, ...args].join(' ');
  if (code === 128) {
    throw new Failure({ what: `\`${words}\` was stopped`, consequence, remedy: 'Run this again.' });
  }
  const what = code === 127 ? `\`${command}\` could not be started` : `\`${words}\` failed (${code})`;
  throw new Failure({ what, consequence, remedy, log: path });
}

/** Whether PATH has an executable of this name; a name with a slash is a path. */
export function hasCommand(name) {
  const folders = name.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.some((folder) => {
    try {
      accessSync(folder === '' ? name : join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
