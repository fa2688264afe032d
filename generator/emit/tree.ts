/**
 * Replaces a folder by another as a whole: whoever looks, and whenever the process is killed, there is the old tree or
 * the new one.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { addonFiles } from '../package-root.js';

const ADDON = 'ringsmith_exchange.node';

/** Exchanges two folders in one step; false where the addon is not built or the file system cannot. */
function exchange(a: string, b: string): boolean {
  for (const file of addonFiles(ADDON)) {
    try {
      const addon = createRequire(import.meta.url)(file) as { exchange(a: string, b: string): number };
      return addon.exchange(a, b) === 0;
    } catch {
      // Not built, or for another libc.
    }
  }
  return false;
}

/** Folders of this kind beside the output are ours, by the process that made them. */
const stagingPrefix = (folder: string): string => `.${basename(folder)}.ringsmith-`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes what killed runs left beside the output. */
function removeStale(folder: string): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  const prefix = stagingPrefix(folder);
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (pid !== process.pid && !isAlive(pid)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** A new empty folder beside the output, so that both lie on one file system. */
export function stagingFolder(folder: string): string {
  mkdirSync(dirname(folder), { recursive: true });
  removeStale(folder);
  const staging = join(dirname(folder), `${stagingPrefix(folder)}${process.pid}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging);
  return staging;
}

/** Brings an entry that is not ours over into the new tree, without copying its contents. */
export function carryOver(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  for (const entry of readdirSync(dirname(from), { withFileTypes: true })) {
    if (entry.name !== basename(from)) continue;
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (!entry.isDirectory()) linkSync(from, to);
    else {
      mkdirSync(to, { recursive: true });
      for (const name of readdirSync(from)) carryOver(join(from, name), join(to, name));
    }
  }
}

/** Puts the staged tree in the folder's place, and removes the old one. */
export function replaceTree(folder: string, staging: string): void {
  if (!existsSync(folder)) {
    renameSync(staging, folder);
    return;
  }
  if (!exchange(staging, folder)) {
    // Two steps where one is not to be had: a kill between them leaves the old tree beside the output.
    const old = `${staging}-old`;
    renameSync(folder, old);
    renameSync(staging, folder);
    rmSync(old, { recursive: true, force: true });
    return;
  }
  rmSync(staging, { recursive: true, force: true });
}
