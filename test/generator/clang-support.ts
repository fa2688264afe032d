/** What the clang tests share: one libclang, and parsing C from a string. */

import {
  type Cursor,
  loadClang,
  type ParseOptions,
  type TranslationUnit,
} from '../../generator/clang/index.js';

export const clang = loadClang();

export const MAIN_FILE = 'test.c';

/** A unit of the text, for a fixed target so that sizes do not depend on the machine. */
export function parse(text: string, options: Partial<ParseOptions> = {}): TranslationUnit {
  return clang.parse({
    fileName: MAIN_FILE,
    args: ['-xc', '-std=gnu11', '--target=x86_64-unknown-linux-gnu'],
    ...options,
    unsaved: { [MAIN_FILE]: text, ...options.unsaved },
  });
}

/** The first cursor, in the order of a walk, that has this kind and (when given) this name. */
export function find(root: Cursor, kind: string, spelling?: string): Cursor {
  const found = findAll(root, kind).find((cursor) => spelling === undefined || cursor.spelling === spelling);
  if (found === undefined) throw new Error(`no ${kind} ${spelling ?? ''}`);
  return found;
}

export function findAll(root: Cursor, kind: string): readonly Cursor[] {
  const below = root.children().flatMap((child) => findAll(child, kind));
  return root.kind === kind ? [root, ...below] : below;
}

/** Every cursor of a unit. */
export function all(root: Cursor): readonly Cursor[] {
  return [root, ...root.children().flatMap(all)];
}
