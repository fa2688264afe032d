/**
 * libclang's diagnostics → Problems. libclang keeps going after an error and hands out a tree with holes in it,
 * so one error anywhere means that no fact of the unit may be used.
 */
import type { Cursor, Diagnostic, SourceLocation, TranslationUnit } from '../clang/api.js';
import { type Place, Problem } from '../problem.js';
import { MAIN_FILE, NOTHING_WRITTEN, type ResolvedInput } from './header-input.js';

const MISSING_INCLUDE = /^'(.+)' file not found/;
const UNKNOWN_TYPE = /unknown type name|has incomplete type/;

export function refuseErrors(unit: TranslationUnit, input: ResolvedInput): void {
  const errors = unit.diagnostics.filter((diagnostic) => isError(diagnostic));
  // A missing include explains the unknown types after it, so it speaks first.
  const missing = errors.find((diagnostic) => MISSING_INCLUDE.test(diagnostic.message));
  if (missing) throw includeMissing(missing, input);
  const first = errors[0];
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new Problem({
    code: 'HEADER_SYNTAX',
    what: `${input.label} does not parse: ${first.message}${more}`,
    where: placeOf(first.location, input),
    consequence: NOTHING_WRITTEN,
    remedy: UNKNOWN_TYPE.test(first.message)
      ? 'No included header defines it: point --include DIR at the UAPI headers of the same kernel, or correct the line.'
      : 'Use an unmodified UAPI header together with the headers of the same kernel, or correct the line.',
  });
}

export function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error' || diagnostic.severity === 'fatal';
}

/**
 * What C leaves undefined and clang gives a value all the same. What gcc defines (`~0 << 3`, `1 << 31`) it says nothing of.
 */
const UNDEFINED_VALUE =
  /^shift count|^overflow in expression|^(division|remainder) by zero|is outside the range of representable values|changes value from .* to .*undefined/;

export const isUndefinedValue = ({ message }: Diagnostic): boolean => UNDEFINED_VALUE.test(message);

function includeMissing(diagnostic: Diagnostic, input: ResolvedInput): Problem {
  const name = MISSING_INCLUDE.exec(diagnostic.message)?.[1] ?? diagnostic.message;
  const arch = name.startsWith('asm/') ? ` for ${input.target}` : '';
  return new Problem({
    code: 'HEADER_INCLUDE_MISSING',
    what: `${input.label} needs <${name}>, which is in none of the include directories`,
    where: placeOf(diagnostic.location, input),
    consequence: NOTHING_WRITTEN,
    remedy: `Point --include DIR at the directory that holds ${name}, or install the kernel headers package${arch}.`,
  });
}

/** An error in the main file is the tripwire after the header: the header ended too early. */
export function placeOf(location: SourceLocation, input: ResolvedInput): Place {
  if (location.file === '' || location.file === MAIN_FILE)
    return { file: input.header, line: input.lastLine };
  return { file: location.file, line: location.line, column: location.column };
}

/** A declaration libclang gave up on without an error, or whose layout it does not know. */
export function invalidDeclaration(cursor: Cursor, what: string): Problem {
  const { file, line, column } = cursor.location;
  return new Problem({
    code: 'HEADER_INVALID_DECLARATION',
    what,
    where: { file, line, column },
    consequence: NOTHING_WRITTEN,
    remedy: 'Check the type of the field and that --include DIR leads to the headers of the same kernel.',
  });
}
