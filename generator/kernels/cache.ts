/**
 * The user's cache folder. An entry is a folder that is made aside and renamed into place, so that concurrent runs
 * never see half of one; a record of digests in it tells a damaged entry, which is made again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Problem } from '../problem.js';

const RECORD = 'entry.json';
/** Written by apt whenever it likes; not part of what was fetched. */
const VOLATILE = /(^|\/)(lock|partial|auxfiles|[^/]*\.bin)$/;
const LEFTOVER = /^\.\d+-[0-9a-f]+\.tmp/;
const DAY = 24 * 3600 * 1000;

interface EntryRecord {
  readonly schema: 1;
  /** When it was made, in milliseconds since 1970. */
  readonly made: number;
  /** Digest of every file, by path. */
  readonly files: Readonly<Record<string, string>>;
}

export interface CacheRequest {
  /** What the entry is of, e.g. `packages`. */
  readonly kind: string;
  readonly key: string;
  /** An entry older than this, in milliseconds, is made again. */
  readonly maxAge?: number;
  /** Fills the folder. */
  readonly make: (folder: string) => void;
}

/** `$XDG_CACHE_HOME/ringsmith`, by default below the home folder. */
export function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME'];
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache');
  return join(base, 'ringsmith');
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const fileDigest = (file: string): string => digest(readFileSync(file));

function filesIn(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (path === RECORD || VOLATILE.test(path)) return [];
    if (entry.isDirectory()) return filesIn(folder, path);
    return entry.isFile() ? [path] : [];
  });
}

function readRecord(folder: string): EntryRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as EntryRecord;
    return record.schema === 1 ? record : undefined;
  } catch {
    // Without a record that can be read there is no entry.
    return undefined;
  }
}

/** The record of an entry whose files are all there and as they were made. */
function soundRecord(folder: string): EntryRecord | undefined {
  const record = readRecord(folder);
  if (record === undefined) return undefined;
  try {
    const isSound = Object.entries(record.files).every(
      ([path, expected]) => fileDigest(join(folder, path)) === expected,
    );
    return isSound ? record : undefined;
  } catch {
    // Removed, or moved away by another process this very moment.
    return undefined;
  }
}

function unwritable(folder: string, cause: unknown): Problem {
  return new Problem(
    {
      code: 'CACHE_UNWRITABLE',
      what: `the cache folder cannot be written (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
      where: { file: folder },
      consequence: 'nothing was fetched',
      remedy: 'set XDG_CACHE_HOME to a folder that can be written',
    },
    { cause },
  );
}

/** What a run that was killed left behind; a run of today may still be at work. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent).filter((entry) => LEFTOVER.test(entry))) {
    const path = join(parent, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > DAY) rmSync(path, { recursive: true, force: true });
  }
}

/** A new folder in the cache, which the caller renames or removes. */
function newFolder(kind: string): string {
  const parent = join(cacheFolder(), kind);
  const folder = join(parent, `.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    removeLeftovers(parent);
  } catch (cause) {
    throw unwritable(cacheFolder(), cause);
  }
  return folder;
}

/** Moves a finished folder into place; one that another process has put there meanwhile is replaced whole. */
function place(made: string, target: string): void {
  try {
    renameSync(made, target);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const old = `${made}.old`;
    try {
      renameSync(target, old);
    } catch {
      // Another process has just moved it; what it puts there is as good as this.
    }
    try {
      renameSync(made, target);
    } catch {
      rmSync(made, { recursive: true, force: true });
    }
    rmSync(old, { recursive: true, force: true });
  }
}

const entryFolder = (kind: string, key: string): string =>
  join(cacheFolder(), kind, key.replace(/[^A-Za-z0-9.+~_-]/g, '_'));

/** The folder of an entry: the one in the cache when it is sound and young enough, else a new one. */
export function cacheEntry(request: CacheRequest): string {
  const target = entryFolder(request.kind, request.key);
  const record = soundRecord(target);
  if (record !== undefined && Date.now() - record.made <= (request.maxAge ?? Infinity)) return target;
  const folder = newFolder(request.kind);
  try {
    request.make(folder);
    const files = Object.fromEntries(
      filesIn(folder)
        .sort()
        .map((path) => [path, fileDigest(join(folder, path))]),
    );
    const made: EntryRecord = { schema: 1, made: Date.now(), files };
    writeFileSync(join(folder, RECORD), JSON.stringify(made));
    place(folder, target);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return target;
}

/** An entry that is there and sound, whatever its age. */
export function existingEntry(kind: string, key: string): string | undefined {
  const target = entryFolder(kind, key);
  return soundRecord(target) === undefined ? undefined : target;
}
