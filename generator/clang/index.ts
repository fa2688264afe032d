/** libclang for the generator: loads one at run time, through the native addon, and hands out the API in `api.ts`. */

import type { Clang } from './api.js';
import { KindNames } from './kind-names.js';
import { loadLibrary } from './load.js';
import { loadAddon } from './native.js';
import { parseUnit } from './translation-unit.js';

export type * from './api.js';

export interface LoadClangOptions {
  /** A libclang shared object, or a folder that holds one. Goes before the environment's LIBCLANG_PATH. */
  readonly path?: string;
}

/** Throws a Problem: `ADDON_MISSING` when the addon is not built, `LIBCLANG_MISSING` when no libclang is usable. */
export function loadClang(options: LoadClangOptions = {}): Clang {
  const addon = loadAddon();
  const { handle, major, version, path } = loadLibrary(addon, { path: options.path });
  const names = new KindNames(addon, handle);
  return {
    major,
    version,
    path,
    parse: (parseOptions) => parseUnit(addon, handle, names, parseOptions),
  };
}
