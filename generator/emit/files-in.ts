/**
 * The files below a folder.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Paths of all files below a folder, relative to it, with forward slashes.
 * @param leaveOut names at the top that are not looked at
 */
export function filesIn(folder: string, leaveOut: ReadonlySet<string> = new Set(), below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    if (below === '' && leaveOut.has(entry.name)) return [];
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, leaveOut, path) : [path];
  });
}
