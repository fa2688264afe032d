/** The packages the command line needs at run time, for guests that run it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cli.js';
import type { GuestFiles } from './archive.js';

function closure(name: string, found: Set<string>): void {
  const manifest = join(ROOT, 'node_modules', name, 'package.json');
  // One that is not at the top lies within the package that wants it, and comes along with that.
  if (found.has(name) || !existsSync(manifest)) return;
  found.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    dependencies?: Readonly<Record<string, string>>;
  };
  for (const dependency of Object.keys(dependencies)) closure(dependency, found);
}

/** Folders of node_modules: these packages, and what they depend on. */
export function packageFolders(...names: readonly string[]): GuestFiles {
  const found = new Set<string>();
  for (const name of names) closure(name, found);
  return Object.fromEntries(
    [...found].map((name) => [`node_modules/${name}`, join(ROOT, 'node_modules', name)]),
  );
}
