/** The repository as its rules see it: files with their text, and what each module imports. */

import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { ts } from 'ts-morph';

export interface RepositoryFile {
  /** Relative to the root. */
  readonly path: string;
  /** Empty for data, whose text no rule is about. */
  readonly text: string;
}

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** `builtin`, a package's name, or the path of a file of the repository (its source, when the import names dist/). */
  readonly kind: 'builtin' | 'package' | 'file';
  readonly target: string;
  /** Erased by the compiler. `import { type T }` is not: it stays an import of the module. */
  readonly typeOnly: boolean;
}

export const ROOT = join(import.meta.dirname, '..', '..');

/** Made by tools and ignored by git, wherever they are. */
const NOT_OURS = new Set(['node_modules', 'build', 'dist', '.git', '.ci/state']);

const TEXT = /\.(ts|mjs|cjs|js|cc|c|h|hbs|md|sh|gyp)$|^\.ci\/run$|^package\.json$/;

/** Every file of the repository. */
export function readRepository(folder = ''): readonly RepositoryFile[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (NOT_OURS.has(path)) return [];
    if (entry.isDirectory()) return readRepository(path);
    return [{ path, text: TEXT.test(path) ? readFileSync(join(ROOT, path), 'utf8') : '' }];
  });
}

/** The imports, re-exports, dynamic imports and `new URL('./file', import.meta.url)` of all modules. */
export function importsOf(files: readonly RepositoryFile[]): readonly Import[] {
  const paths = new Set(files.map((file) => file.path));
  return files
    .filter((file) => /\.(ts|mjs)$/.test(file.path))
    .flatMap((file) => importsOfModule(file).map((found) => resolve(found, paths)));
}

type Unresolved = Pick<Import, 'from' | 'line' | 'specifier' | 'typeOnly'>;

function importsOfModule(file: RepositoryFile): readonly Unresolved[] {
  const source = parseModule(file);
  const found: Unresolved[] = [];
  const visit = (node: ts.Node): void => {
    const reference = referenceIn(node);
    if (reference !== undefined) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      found.push({ from: file.path, line, ...reference });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export function parseModule(file: RepositoryFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, false);
}

function referenceIn(node: ts.Node): Pick<Import, 'specifier' | 'typeOnly'> | undefined {
  if (ts.isImportDeclaration(node)) {
    return literal(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
  }
  if (ts.isExportDeclaration(node)) return literal(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return literal(node.argument.literal, true);
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0], false);
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL') {
    const [path, base] = node.arguments ?? [];
    return base !== undefined && ts.isPropertyAccessExpression(base) ? literal(path, false) : undefined;
  }
  return undefined;
}

function literal(
  node: ts.Node | undefined,
  typeOnly: boolean,
): Pick<Import, 'specifier' | 'typeOnly'> | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, typeOnly } : undefined;
}

function resolve(found: Unresolved, paths: ReadonlySet<string>): Import {
  const { specifier } = found;
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(found.from), specifier);
    return { ...found, kind: 'file', target: sourceOf(path, paths) };
  }
  if (isBuiltin(specifier)) return { ...found, kind: 'builtin', target: specifier };
  const parts = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
  return { ...found, kind: 'package', target: parts.join('/') };
}

/** `dist/a/b.js` and `a/b.js` are what `a/b.ts` becomes. */
function sourceOf(path: string, paths: ReadonlySet<string>): string {
  const source = path.replace(/^dist\//, '').replace(/\.js$/, '.ts');
  return paths.has(source) || !paths.has(path) ? source : path;
}
