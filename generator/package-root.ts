/**
 * Finds ringsmith's own folder: modules run from `generator/` and from `dist/generator/`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

function isRingsmith(folder: string): boolean {
  const file = join(folder, 'package.json');
  return (
    existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'ringsmith'
  );
}

/** The folder that holds ringsmith's package.json, templates and native sources. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isRingsmith(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('ringsmith: its package.json was not found above its own code');
    folder = parent;
  }
  root = folder;
  return folder;
}
