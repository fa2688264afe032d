/**
 * Where snapshots lie: ringsmith's own in its package, and those that a user made in the user's project, which go first.
 * A package in node_modules is not written to: the next install would take it away.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../package-root.js';

/** Of a project, below its package.json. */
const PROJECT_FOLDER = join('ringsmith', 'kernels');

export const ownSnapshotFolder = (): string => join(packageRoot(), 'generated', 'kernels');

/** The nearest folder with a package.json from the working folder up, else the working folder. */
function projectRoot(): string {
  const start = process.cwd();
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return start;
    folder = parent;
  }
  return folder;
}

/** Where snapshots are written: the project's folder; in ringsmith's checkout its own. */
export function snapshotFolder(): string {
  const root = projectRoot();
  return realpathSync(root) === realpathSync(packageRoot())
    ? ownSnapshotFolder()
    : join(root, PROJECT_FOLDER);
}

/** Where snapshots are looked for, the first first. */
export const snapshotFolders = (): string[] => [...new Set([snapshotFolder(), ownSnapshotFolder()])];

/** The file of that name that counts, when there is one. */
export const findSnapshotFile = (name: string): string | undefined =>
  snapshotFolders()
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

/** Names of files, each once. */
export const snapshotFiles = (): string[] => [
  ...new Set(snapshotFolders().flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))),
];

/** Whether a project has snapshots of its own, of which ringsmith's index knows nothing. */
export const hasProjectSnapshots = (): boolean =>
  snapshotFolder() !== ownSnapshotFolder() && existsSync(snapshotFolder());
