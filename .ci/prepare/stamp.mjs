/**
 * What a step was done for. A stamp is written after the step succeeded and removed before it starts again, so a step
 * that was interrupted never counts as done.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, STATE } from './paths.mjs';

/** A hash of the contents and names of files (relative to the root), and of any words that matter as well. */
export function hashOf(files, words = []) {
  const hash = createHash('sha256').update(JSON.stringify(words));
  for (const file of files) {
    const contents = readFileSync(join(ROOT, file));
    hash.update(`\0${file}\0${contents.length}\0`).update(contents);
  }
  return hash.digest('hex');
}

/** What a stamp says, or undefined. */
export function readStamp(name) {
  try {
    return JSON.parse(readFileSync(stampFile(name), 'utf8'));
  } catch (error) {
    // A stamp that cannot be read proves nothing was done.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function writeStamp(name, value) {
  mkdirSync(STATE, { recursive: true });
  const temporary = `${stampFile(name)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(temporary, stampFile(name));
}

export function removeStamp(name) {
  rmSync(stampFile(name), { force: true });
}

export function allExist(files) {
  return files.every((file) => existsSync(join(ROOT, file)));
}

function stampFile(name) {
  return join(STATE, `${name}.json`);
}
