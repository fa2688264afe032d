/**
 * Finds ringsmith's own folders: modules run from `generator/` and from `dist/generator/`, in a checkout, which holds all of
 * it, and in the generator's package, which has the runtime's package as a dependency.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = 'ringsmith';
const GENERATOR = '@ringsmith/generator';

let root: string | undefined;

function nameOf(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name : undefined;
}

/** The folder that holds the package.json, templates and snapshots. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (![CHECKOUT, GENERATOR].includes(nameOf(folder) ?? '')) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('ringsmith: its package.json was not found above its own code');
    folder = parent;
  }
  root = folder;
  return folder;
}

/** The folder of the runtime: the same in a checkout. */
export function runtimeRoot(): string {
  const own = packageRoot();
  return nameOf(own) === CHECKOUT
    ? own
    : dirname(createRequire(join(own, 'package.json')).resolve('ringsmith/package.json'));
}

/** Files that may be one of the generator's native addons: built here, or those that its package has for each libc. */
export function addonFiles(name: string): string[] {
  const built = join(packageRoot(), 'build', 'Release', name);
  const packaged = ['glibc', 'musl'].map((library) =>
    join(packageRoot(), 'binaries', `${process.platform}-${process.arch}-${library}`, name),
  );
  const there = [built, ...packaged].filter((file) => existsSync(file));
  return there.length === 0 ? [built] : there;
}
