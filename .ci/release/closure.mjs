/** The files of dist/ that an entry point needs: what it imports, now or later, and what its declarations name. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** As the bundler writes them; text that only looks like an import stands in other quotes, or within a line. */
const SCRIPT_IMPORTS = /^(?:import|export)\b[^"\n]*"(\.{1,2}\/[^"]+)"|\bimport\("(\.{1,2}\/[^"]+)"\)/gm;
const DECLARATION_IMPORTS = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

/** Declarations import modules by the name that they have when they run. */
const declarationOf = (file) => file.replace(/\.js$/, '.d.ts');

function imports(file) {
  const isDeclaration = file.endsWith('.d.ts');
  const found = readFileSync(file, 'utf8').matchAll(isDeclaration ? DECLARATION_IMPORTS : SCRIPT_IMPORTS);
  const files = [...found].map(([, path, later]) => resolve(dirname(file), path ?? later));
  return isDeclaration ? files.map(declarationOf) : files;
}

/**
 * @param folder the folder, e.g. dist/
 * @param entries files in it, `.js` or `.d.ts`
 * @returns paths in the folder, sorted, source maps among them
 */
export function closure(folder, entries) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const next of imports(file)) visit(next);
  };
  for (const entry of entries) visit(join(folder, entry));
  const maps = [...seen].map((file) => `${file}.map`).filter((file) => existsSync(file));
  return [...seen, ...maps].map((file) => relative(folder, file)).sort();
}
