/**
 * Macros: what the preprocessing record says of each, and what each is worth. libclang evaluates no macro, so a second
 * unit declares one constant per macro and has those evaluated; the line of an error tells which macro is not one.
 */
import type { Clang, Cursor, Diagnostic, Token, TranslationUnit } from '../clang/api.js';
import { type Span, spanOf } from './comments.js';
import { isError, isUndefinedValue } from './diagnostics.js';
import type { FactLocation, MacroFact, OtherMacroFact } from './facts.js';
import type { ResolvedInput } from './header-input.js';
import { parseMain } from './main-unit.js';
import type { Scope } from './scope.js';
import { integerOf } from './types.js';

export interface Macro {
  readonly name: string;
  /** The whole directive, from `#` to the last token of the body. */
  readonly span: Span;
  readonly expression: string;
  readonly location: FactLocation;
  /** A value, or the reason why there is none. */
  readonly value: MacroFact['value'] | OtherMacroFact['reason'];
}

interface Definition {
  readonly cursor: Cursor;
  readonly body: readonly Token[];
  readonly macro: Omit<Macro, 'value'>;
}

const CONSTANT_PREFIX = 'ringsmith_value_';
const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** Macros of the files in scope, in order of file and line. */
export function readMacros(
  clang: Clang,
  unit: TranslationUnit,
  scope: Scope,
  input: ResolvedInput,
): readonly Macro[] {
  const everywhere = new Map<string, Cursor>();
  const definitions = new Map<string, Definition>();
  for (const cursor of unit.cursor.children()) {
    if (cursor.kind !== 'MacroDefinition' || cursor.isMacroBuiltin) continue;
    const name = cursor.spelling;
    everywhere.set(name, cursor);
    definitions.delete(name);
    if (scope.indexOf(cursor) < 0 || isHeaderGuard(cursor, scope)) continue;
    definitions.set(name, define(cursor, scope));
  }
  const expandable = new Expandable(everywhere);
  const candidates = [...definitions.values()].filter(
    ({ cursor, body }) => !cursor.isMacroFunctionLike && body.length > 0 && expandable.has(cursor.spelling),
  );
  const values = evaluate(
    clang,
    input,
    candidates.map(({ cursor }) => cursor.spelling),
  );
  return [...definitions.values()]
    .map(({ cursor, body, macro }): Macro => {
      const without = cursor.isMacroFunctionLike
        ? 'function-like'
        : body.length === 0
          ? 'empty'
          : 'not-constant';
      return { ...macro, value: values.get(macro.name) ?? without };
    })
    .sort((a, b) => a.location.file - b.location.file || a.span.startOffset - b.span.startOffset);
}

function define(cursor: Cursor, scope: Scope): Definition {
  const source = scope.sourceOf(cursor);
  const extent = spanOf(cursor.extent);
  const hash = source.lineStart(extent.startOffset);
  const body = source.codeBetween(extent.startOffset, extent.endOffset).slice(1);
  const last = body.at(-1);
  const span = {
    startLine: hash?.startLine ?? extent.startLine,
    startOffset: hash?.startOffset ?? extent.startOffset,
    endLine: last?.endLine ?? extent.startLine,
    endOffset: last?.endOffset ?? extent.endOffset,
  };
  const macro = {
    name: cursor.spelling,
    span,
    expression: singleSpaced(body),
    location: scope.locate(cursor),
  };
  return { cursor, body, macro };
}

function singleSpaced(tokens: readonly Token[]): string {
  return tokens
    .map((token, index) => {
      const previous = tokens[index - 1];
      return (previous && previous.endOffset < token.startOffset ? ' ' : '') + plain(token);
    })
    .join('');
}

/** A token at the start of a continued line is spelled with the backslash and the newline before it. */
function plain(token: Token): string {
  return token.spelling.replace(/\\\r?\n/g, '');
}

/** `#ifndef X` followed by `#define X` as the first thing in a file. */
function isHeaderGuard(cursor: Cursor, scope: Scope): boolean {
  const name = cursor.spelling;
  const first = scope.sourceOf(cursor).firstCode(6);
  return (
    first.at(-1)?.startOffset === cursor.location.offset &&
    first.map((token) => token.spelling).join(' ') === `# ifndef ${name} # define ${name}`
  );
}

/**
 * Which macros may be put between the parentheses of an initialiser. One that is unbalanced, or ends the expression
 * or the statement, would swallow the declarations after it, and so would any macro that expands to it.
 */
class Expandable {
  readonly #macros: ReadonlyMap<string, Cursor>;
  readonly #known = new Map<string, boolean>();

  constructor(macros: ReadonlyMap<string, Cursor>) {
    this.#macros = macros;
  }

  has(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const cursor = this.#macros.get(name);
    // A macro in its own expansion stays a plain name, and so does one that is not a macro.
    this.#known.set(name, true);
    if (!cursor) return true;
    const tokens = cursor.tokens().filter((token) => token.kind !== 'comment');
    const body = tokens.slice(1);
    const fine =
      isOneExpression(body, cursor.isMacroFunctionLike) &&
      body.every((token) => token.kind !== 'identifier' || this.has(plain(token)));
    this.#known.set(name, fine);
    return fine;
  }
}

function isOneExpression(body: readonly Token[], functionLike: boolean): boolean {
  const open: string[] = [];
  for (const token of body) {
    if (token.kind === 'literal') continue;
    const spelling = plain(token);
    if (spelling === '(' || spelling === '[') open.push(spelling);
    else if (BRACKETS[spelling] && open.pop() !== BRACKETS[spelling]) return false;
    else if (['{', '}', ';'].includes(spelling)) return false;
    else if (!functionLike && (spelling === '#' || (spelling === ',' && open.length === 0))) return false;
  }
  return open.length === 0;
}

function evaluate(
  clang: Clang,
  input: ResolvedInput,
  names: readonly string[],
): Map<string, MacroFact['value']> {
  const values = new Map<string, MacroFact['value']>();
  if (names.length === 0) return values;
  const firstLine = input.mainText.split('\n').length;
  // The comma makes a string's type a pointer, which libclang 14 can evaluate, and leaves an integer's alone.
  const declarations = names.map(
    (name) => `static const __typeof__((0, (${name}))) ${CONSTANT_PREFIX}${name} = ${name};\n`,
  );
  using unit = parseMain(clang, input, declarations.join(''));
  const namesAt = (isWrong: (diagnostic: Diagnostic) => boolean): Set<string> =>
    new Set(
      unit.diagnostics.filter(isWrong).flatMap(({ location }) => names[location.line - firstLine] ?? []),
    );
  const refused = namesAt(isError);
  const doubtful = [...namesAt(isUndefinedValue)].filter((name) => !refused.has(name));
  for (const name of undefinedOf(clang, input, doubtful)) refused.add(name);
  for (const cursor of unit.cursor.children()) {
    if (cursor.kind !== 'VarDecl' || !cursor.spelling.startsWith(CONSTANT_PREFIX)) continue;
    const name = cursor.spelling.slice(CONSTANT_PREFIX.length);
    if (refused.has(name) || cursor.isInvalidDeclaration) continue;
    const value = readValue(cursor);
    if (value) values.set(name, value);
  }
  return values;
}

/**
 * Which of some macros are undefined though clang has a value for them. It warns of a branch that is not taken too
 * (`0 ? 1 / 0 : 7`, which is 7); a constant expression of C, as an enumerator needs one, has no undefined part that is.
 */
function undefinedOf(clang: Clang, input: ResolvedInput, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const enums = names.map((name) => `enum { ${CONSTANT_PREFIX}${name} = ((${name}) != 0) };\n`);
  const strict = '#pragma clang diagnostic error "-Wgnu-folding-constant"\n';
  using unit = parseMain(clang, input, strict + enums.join(''));
  const firstLine = input.mainText.split('\n').length + 1;
  const wrong = new Set(unit.diagnostics.filter(isError).map(({ location }) => location.line - firstLine));
  return names.filter((_, index) => wrong.has(index));
}

function readValue(constant: Cursor): MacroFact['value'] | undefined {
  const evaluation = constant.evaluate();
  if (!evaluation) return undefined;
  if (evaluation.kind !== 'int') {
    if (evaluation.kind === 'float' && !Number.isFinite(evaluation.value)) return undefined;
    return evaluation;
  }
  // A pointer constant evaluates to an integer too, but it is none.
  const integer = integerOf(constant.type);
  if (!integer) return undefined;
  const { bits, signed } = integer;
  const value = signed ? BigInt.asIntN(bits, evaluation.value) : BigInt.asUintN(bits, evaluation.value);
  return { kind: 'int', value: String(value), bits, signed };
}
