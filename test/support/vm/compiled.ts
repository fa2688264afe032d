/**
 * Modules of the tests' own for guests, which have no TypeScript: compiled one by one, to where they find the built
 * package.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ts } from 'ts-morph';
import { ROOT } from '../cli.js';
import type { GuestFiles } from './archive.js';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

/** Of TypeScript modules by their path in the repository; each lands below `dist/`, as the package's own do. */
export function compiledModules(paths: readonly string[], folder: string): GuestFiles {
  return Object.fromEntries(
    paths.map((path) => {
      const output = path.replace(/\.ts$/, '.js');
      const target = join(folder, output);
      mkdirSync(dirname(target), { recursive: true });
      const { outputText } = ts.transpileModule(readFileSync(join(ROOT, path), 'utf8'), {
        compilerOptions: OPTIONS,
        fileName: path,
      });
      writeFileSync(target, outputText);
      return [join('dist', output), target];
    }),
  );
}
