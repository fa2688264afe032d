/** Where things are, and walking over them. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const STATE = join(ROOT, '.ci', 'state');

/** Files below a folder of the repository whose name matches, relative to the root and sorted; none if it is absent. */
export function filesBelow(folder, pattern = /./) {
  return entriesOf(folder)
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, pattern);
      return pattern.test(entry.name) ? [path] : [];
    })
    .sort();
}

function entriesOf(folder) {
  try {
    return readdirSync(join(ROOT, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
