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

/**
 * A constant as text. Declarations with long object literals are not left to the structure printer, which would indent
 * every line of them once more.
 */
export function constantText(constant: {
  readonly docs: string;
  readonly name: string;
  readonly type: string;
  readonly initializer: string;
  readonly exported?: boolean;
}): string {
  const docs = constant.docs.split('\n').map((line) => ` * ${line}`.trimEnd());
  const head = docs.length === 1 ? `/** ${constant.docs} */` : ['/**', ...docs, ' */'].join('\n');
  const keyword = constant.exported === false ? 'const' : 'export const';
  return `\n${head}\n${keyword} ${constant.name}: ${constant.type} = ${constant.initializer};`;
}

/** A text as source, its lines kept. */
export const textLiteral = (text: string): string => `\`${text.replaceAll(/\\|`|\$\{/g, '\\$&')}\``;

/** Text, each line of it further in; empty lines stay empty. */
export const indented = (text: string, indent: string): string =>
  text.trimEnd().replaceAll(/^(?=.)/gm, indent);
