/**
 * What emitters produce: files by path, nothing written yet.
 */

/** A generated file; `path` is relative to the output folder, with forward slashes. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** One TSDoc block, or nothing; `*` + `/` inside a comment of the header cannot end it. */
export function tsdoc(lines: readonly (string | undefined)[]): string {
  return lines
    .filter((line): line is string => line !== undefined && line !== '')
    .join('\n')
    .replaceAll('*/', '* /')
    .trim();
}
