/**
 * A header that parses, among headers that do not go with it: one that declares by itself what the vocabulary declares
 * (made from BTF, or with the parts of io_uring that others have in files of their own), or one in a source tree whose
 * other headers are not for programs. What the compiler takes alone is taken, with as much of the vocabulary as goes with it.
 */
import type { Clang } from '../clang/api.js';
import { Problem } from '../problem.js';
import { isError } from './diagnostics.js';
import type { HeaderFacts } from './facts.js';
import { type HeaderInput, resolveInput } from './header-input.js';
import { parseMain } from './main-unit.js';
import { parseHeader } from './parse-header.js';

function parses(clang: Clang, input: HeaderInput): boolean {
  using unit = parseMain(clang, resolveInput(input));
  return !unit.diagnostics.some((diagnostic) => isError(diagnostic));
}

/** Most of the vocabulary that goes with the header: by halves, because few of its headers clash or nearly all do. */
function fitting(
  clang: Clang,
  input: HeaderInput,
  kept: readonly string[],
  more: readonly string[],
): readonly string[] {
  if (parses(clang, { ...input, vocabulary: [...kept, ...more] })) return [...kept, ...more];
  if (more.length === 1) return kept;
  const half = Math.ceil(more.length / 2);
  const first = fitting(clang, input, kept, more.slice(0, half));
  return fitting(clang, input, first, more.slice(half));
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
    const alone = [input, { ...input, ownRootLast: true }].find((one) =>
      parses(clang, { ...one, vocabulary: [] }),
    );
    if (alone === undefined) throw problem;
    return parseHeader(clang, { ...alone, vocabulary: fitting(clang, alone, [], input.vocabulary ?? []) });
  }
}
