/**
 * Other versions of Node to run programs with, from the npm package `node`; kept in the user's cache folder.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ringsmith', 'node');
const FETCH_MS = 180_000;

/** The path of a Node of that major version, or why there is none. */
export async function nodeOf(major: number): Promise<{ readonly path: string } | { readonly lack: string }> {
  if (process.versions.node.startsWith(`${major}.`)) return { path: process.execPath };
  const folder = join(CACHE, String(major));
  const path = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  try {
    const install = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `node@${major}`];
    await promisify(execFile)('npm', install, { timeout: FETCH_MS });
  } catch (error) {
    return {
      lack: `Node ${major} could not be fetched with npm: ${(error as Error).message.split('\n')[0]}`,
    };
  }
  return existsSync(path)
    ? { path }
    : { lack: `the npm package of Node ${major} has no binary for this machine` };
}
