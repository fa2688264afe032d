/**
 * The main file of a unit exists only in memory: it includes the header, then the vocabulary, then what the caller adds.
 */
import type { Clang, TranslationUnit } from '../clang/api.js';
import { Problem } from '../problem.js';
import { MAIN_FILE, NOTHING_WRITTEN, type ResolvedInput } from './header-input.js';

/** @param declarations more lines for the main file, after the includes */
export function parseMain(clang: Clang, input: ResolvedInput, declarations = ''): TranslationUnit {
  try {
    return clang.parse({
      fileName: MAIN_FILE,
      unsaved: { [MAIN_FILE]: input.mainText + declarations },
      args: input.args,
      detailedPreprocessing: declarations === '',
      skipFunctionBodies: true,
      keepGoing: true,
    });
  } catch (cause) {
    // No unit at all: libclang rejected the arguments, or crashed on the input and recovered.
    throw new Problem(
      {
        code: 'HEADER_UNPARSABLE',
        what: `libclang ${clang.major} could not parse ${input.label} for ${input.target} (${messageOf(cause)})`,
        where: { file: input.header },
        consequence: NOTHING_WRITTEN,
        remedy: 'Check the target triple and that the file is a kernel UAPI header, or try another libclang.',
      },
      { cause },
    );
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
