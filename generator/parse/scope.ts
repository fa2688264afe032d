/**
 * Which files speak. A unit reads dozens of headers; facts come from the io_uring header, the parts it was split into
 * and the vocabulary the caller asked for. All others only lend their types.
 */
import { createHash } from 'node:crypto';
import { normalize } from 'node:path';
import type { Cursor, TranslationUnit } from '../clang/api.js';
import { SourceText } from './comments.js';
import type { FactLocation, FileFact } from './facts.js';
import type { ResolvedInput } from './header-input.js';

/** The io_uring header was split in 7.x, into names that nobody can foresee; its time types have always lived next door. */
export const isPartOfIoUring = (include: string): boolean =>
  /^linux\/(?:io_uring(?:[_-][\w-]+|\/.+)?|time_types)\.h$/.test(include) && include !== MOCK_FILE;

/** The commands of a driver that exists to test the kernel, and is in no kernel that people run. */
const MOCK_FILE = 'linux/io_uring/mock_file.h';

export interface ScopedFile {
  readonly fact: FileFact;
  readonly source: SourceText;
}

export class Scope {
  readonly files: readonly ScopedFile[];
  readonly #indexByPath: ReadonlyMap<string, number>;
  /** A path comes with every cursor, and there are few different ones. */
  readonly #indexBySpelling = new Map<string, number>();

  constructor(unit: TranslationUnit, input: ResolvedInput) {
    const chosen = chooseFiles(unit, input);
    this.files = chosen.map(({ spelling, include }) => ({
      fact: { include, sha256: sha256(unit.contentsOf(spelling)) },
      source: new SourceText(unit.tokensOf(spelling)),
    }));
    this.#indexByPath = new Map(chosen.map(({ spelling }, index) => [normalize(spelling), index]));
  }

  /** Index of the file a cursor stands in; -1 when that file is out of scope. */
  indexOf(cursor: Cursor): number {
    const spelling = cursor.location.file;
    let index = this.#indexBySpelling.get(spelling);
    if (index === undefined) {
      index = this.#indexByPath.get(normalize(spelling)) ?? -1;
      this.#indexBySpelling.set(spelling, index);
    }
    return index;
  }

  locate(cursor: Cursor): FactLocation {
    return { file: this.indexOf(cursor), line: cursor.location.line };
  }

  /** The text of the file a cursor in scope stands in. */
  sourceOf(cursor: Cursor): SourceText {
    const file = this.files[this.indexOf(cursor)];
    if (!file) throw new Error(`no facts are read from ${cursor.location.file}`);
    return file.source;
  }
}

interface ChosenFile {
  readonly spelling: string;
  readonly include: string;
}

/** The header first, the others by name: the order must not depend on who includes whom. */
function chooseFiles(unit: TranslationUnit, input: ResolvedInput): readonly ChosenFile[] {
  const others = new Map<string, ChosenFile>();
  let main = input.header;
  for (const spelling of unit.files) {
    const path = normalize(spelling);
    if (path === input.header) main = spelling;
    else {
      const include = includeName(path, input.includeDirs);
      if (include === undefined || others.has(include)) continue;
      if (isPartOfIoUring(include) || input.scope.includes(include)) {
        others.set(include, { spelling, include });
      }
    }
  }
  const rest = [...others.values()].sort((a, b) => (a.include < b.include ? -1 : 1));
  return [{ spelling: main, include: input.include }, ...rest];
}

/** The innermost include directory names a file, so that `<dir>/<triple>/asm/x.h` is `asm/x.h`. */
function includeName(path: string, includeDirs: readonly string[]): string | undefined {
  let name: string | undefined;
  for (const dir of includeDirs) {
    const prefix = dir.endsWith('/') ? dir : `${dir}/`;
    if (!path.startsWith(prefix)) continue;
    const candidate = path.slice(prefix.length);
    if (name === undefined || candidate.length < name.length) name = candidate;
  }
  return name;
}

function sha256(bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? new Uint8Array())
    .digest('hex');
}
