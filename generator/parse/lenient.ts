/**
 * A header that parses, among headers that do not go with it: one that declares by itself what the vocabulary declares
 * (made from BTF, or with the parts of io_uring that others have in files of their own), or one in a source tree whose
 * other headers are not for programs, or one that leaves it to its includer to include what it uses. What the compiler takes alone is taken, with as much of the vocabulary as goes with it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clang } from '../clang/api.js';
import { Problem } from '../problem.js';
import { isError } from './diagnostics.js';
import type { HeaderFacts } from './facts.js';
import { type HeaderInput, resolveInput } from './header-input.js';
import { parseMain } from './main-unit.js';
import { parseHeader } from './parse-header.js';

/** Rounds of leaving out what clashes; a header that then still clashes gets no vocabulary. */
const ROUNDS = 3;

/**
 * What headers of io_uring use. A copy that a library includes after headers of its own (liburing 2.3 after compat.h) may
 * include none of it.
 */
const FORGOTTEN = ['types', 'fs', 'time_types', 'openat2'].map((name) => `linux/${name}.h`);

/** Files that have errors when the header is parsed with its vocabulary; none when it parses. */
function filesWithErrors(clang: Clang, input: HeaderInput): ReadonlySet<string> {
  using unit = parseMain(clang, resolveInput(input));
  const errors = unit.diagnostics.filter((diagnostic) => isError(diagnostic));
  return new Set(errors.map(({ location }) => resolve(location.file)));
}

const parses = (clang: Clang, input: HeaderInput): boolean => filesWithErrors(clang, input).size === 0;

/** What a header leads to: itself and all that it includes, as far as its text tells. */
class Includes {
  readonly #dirs: readonly string[];
  readonly #of = new Map<string, ReadonlySet<string>>();

  constructor(dirs: readonly string[]) {
    this.#dirs = dirs;
  }

  closure(include: string): ReadonlySet<string> {
    const known = this.#of.get(include);
    if (known !== undefined) return known;
    const files = new Set<string>();
    this.#of.set(include, files);
    const file = this.#dirs.map((dir) => resolve(dir, include)).find((path) => existsSync(path));
    if (file === undefined) return files;
    files.add(file);
    for (const [, inner] of readFileSync(file, 'utf8').matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm))
      for (const one of this.closure(inner!)) files.add(one);
    return files;
  }
}

/** The vocabulary without what clashes with the header, by the places of the errors. */
function fitting(clang: Clang, input: HeaderInput): readonly string[] {
  const includes = new Includes(resolveInput(input).includeDirs);
  let vocabulary = input.vocabulary ?? [];
  for (let round = 0; round < ROUNDS && vocabulary.length > 0; round += 1) {
    const wrong = filesWithErrors(clang, { ...input, vocabulary });
    if (wrong.size === 0) return vocabulary;
    vocabulary = vocabulary.filter((name) => ![...includes.closure(name)].some((file) => wrong.has(file)));
  }
  return parses(clang, { ...input, vocabulary }) ? vocabulary : [];
}

/**
 * The facts of a header and of its vocabulary, without those headers of it that clash.
 * @throws Problem the first one, when the header does not parse alone either
 */
export function parseWithWhatFits(clang: Clang, input: HeaderInput): HeaderFacts {
  try {
    return parseHeader(clang, input);
  } catch (problem) {
    const code = problem instanceof Problem ? problem.code : '';
    if (code !== 'HEADER_SYNTAX' && code !== 'HEADER_INCLUDE_MISSING') throw problem;
    const ways = [input, { ...input, ownRootLast: true }];
    const alone = [...ways, ...ways.map((way) => ({ ...way, before: FORGOTTEN }))].find((one) =>
      parses(clang, { ...one, vocabulary: [] }),
    );
    if (alone === undefined) throw problem;
    return parseHeader(clang, { ...alone, vocabulary: fitting(clang, alone) });
  }
}
