/**
 * Functions outside of io_uring/ that an operation is handed to: found by name in the folders that do its work, and read
 * when the interpretation first comes to one. All files that may be wanted are then parsed together, as if they were one:
 * what takes the time is the headers, which are the same.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clang } from '../clang/index.js';
import type { Program } from './program.js';
import { readDefinitions } from './read-unit.js';
import type { PreparedTree } from './tree.js';

/** Where the work of operations is done. Their subfolders are file systems, protocols and drivers. */
export const WORKING_FOLDERS = ['fs', 'mm', 'net', 'block', 'lib', 'kernel', 'kernel/futex'] as const;

/** A definition starts at the beginning of a line, and its parameters are followed by a brace. */
const DEFINITION = /^(?!static\b)[A-Za-z_][\w \t*]*?\b(\w+)\([^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s*\{/gm;

/** Name → the file that defines it for others. */
function definitions(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of WORKING_FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!name.endsWith('.c')) continue;
      const text = readFileSync(join(root, folder, name), 'latin1');
      for (const [, defined = ''] of text.matchAll(DEFINITION)) {
        if (!found.has(defined)) found.set(defined, `${folder}/${name}`);
      }
    }
  }
  return found;
}

/** What reads a function that io_uring/ only has a declaration of. */
export function elsewhere(clang: Clang, tree: PreparedTree): (name: string, program: Program) => void {
  let index: Map<string, string> | undefined;
  const asked = new Set<string>();
  return (name, program) => {
    if (asked.has(name)) return;
    asked.add(name);
    index ??= definitions(tree.root);
    if (!index.has(name)) return;
    const wanted = new Set([name, ...program.undefinedFunctions().filter((other) => index?.has(other))]);
    for (const one of wanted) asked.add(one);
    const files = new Set([...wanted].flatMap((one) => index?.get(one) ?? []));
    readDefinitions(clang, tree, [...files].sort(), wanted, program);
  };
}
