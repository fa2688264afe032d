/**
 * A Problem is how the generator says that something is wrong: what, where, what follows from it, and what to do.
 * Everything that can go wrong with a user's input becomes a Problem; anything else thrown is a defect of ringsmith.
 */

/** A place in an input: a file, and a 1-based line and column when they are known. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The four answers a diagnostic owes its reader, and a stable code for programs. */
export interface ProblemDetails {
  /** Stable and machine-readable, e.g. `HEADER_SYNTAX`. */
  readonly code: string;
  /** One sentence: what is wrong. */
  readonly what: string;
  /** Where, when the problem has a place. */
  readonly where?: Place;
  /** What follows from it, e.g. `nothing was written`. */
  readonly consequence: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/** An error that carries {@link ProblemDetails}. The command line prints it and exits with 2. */
export class Problem extends Error implements ProblemDetails {
  override readonly name = 'Problem';
  readonly code: string;
  readonly what: string;
  readonly where?: Place;
  readonly consequence: string;
  readonly remedy: string;

  constructor(details: ProblemDetails, options?: ErrorOptions) {
    super(formatProblem(details), options);
    this.code = details.code;
    this.what = details.what;
    if (details.where) this.where = details.where;
    this.consequence = details.consequence;
    this.remedy = details.remedy;
  }
}

/** `file:line:column`, as far as known. */
export function formatPlace(place: Place): string {
  const line = place.line === undefined ? '' : `:${place.line}`;
  const column = place.line === undefined || place.column === undefined ? '' : `:${place.column}`;
  return `${place.file}${line}${column}`;
}

/** A Problem as the terminal shows it: the place first, so that editors can jump to it. */
export function formatProblem(details: ProblemDetails): string {
  const where = details.where ? `${formatPlace(details.where)}: ` : '';
  return [
    `${where}error: ${details.what} [${details.code}]`,
    `  consequence: ${details.consequence}`,
    `  remedy: ${details.remedy}`,
  ].join('\n');
}
