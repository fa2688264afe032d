/**
 * Compiles the generated modules with the TypeScript compiler before anything is written: they must type-check under
 * settings at least as strict as any user's. The native compiler does in a tenth of a second what takes the in-process
 * one more than a whole.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runtimeRoot } from '../package-root.js';
import { Problem } from '../problem.js';
import type { GeneratedFile } from './files.js';
import { filesIn } from './files-in.js';

const SOURCE = 'source';
const OUTPUT = 'output';

/** ringsmith's built declarations, or its sources in a checkout that has not been built. */
function seamModule(): string {
  const built = join(runtimeRoot(), 'dist', 'runtime', 'seam');
  return existsSync(`${built}.d.ts`) ? built : join(runtimeRoot(), 'runtime', 'seam');
}

function settings(folder: string): object {
  return {
    compilerOptions: {
      target: 'ES2023',
      // The folder may have no package.json yet, which Node's own resolution would take for CommonJS.
      module: 'ESNext',
      moduleResolution: 'Bundler',
      lib: ['ES2023', 'ESNext.Disposable'],
      // Generated code uses nothing of Node by itself.
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      skipLibCheck: true,
      declaration: true,
      noEmitOnError: true,
      rootDir: join(folder, SOURCE),
      outDir: join(folder, OUTPUT),
      paths: { 'ringsmith/seam': [seamModule()] },
    },
    include: [SOURCE],
  };
}

function put(folder: string, file: GeneratedFile): void {
  const target = join(folder, file.path);
  mkdirSync(dirname(target), { recursive: true });
  // The check always reaches the seam by its public name, wherever the package will lie.
  writeFileSync(target, file.text.replaceAll(/'(\.\.\/)+runtime\/seam\.js'/g, "'ringsmith/seam'"));
}

/** The native compiler itself where npm put it for this platform, else the script that looks for it. */
function compilerCommand(): [command: string, args: string[]] {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('typescript/package.json');
  const { bin } = require('typescript/package.json') as { bin: { tsc: string } };
  try {
    const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
    const native = join(dirname(createRequire(manifest).resolve(platform)), 'lib', 'tsc');
    if (existsSync(native)) return [native, []];
  } catch {
    // Not packaged that way: the script knows.
  }
  return [process.execPath, [join(dirname(manifest), bin.tsc)]];
}

function runCompiler(folder: string): { ok: boolean; output: string } {
  const [command, args] = compilerCommand();
  const result = spawnSync(command, [...args, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    // The compiler is a Go program that ends before its memory matters: collecting garbage is a fifth of its time.
    env: { ...process.env, GOGC: 'off' },
  });
  if (result.error !== undefined) throw result.error;
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trim() };
}

/** `file(line,column): error TS…: text` */
function typeError(output: string): Problem {
  const [, file, line, text] = /^(.*?)\((\d+),\d+\): error (.*)$/m.exec(output) ?? [];
  const where =
    file === undefined ? {} : { where: { file: file.replace(/^.*?source\//, ''), line: Number(line) } };
  return new Problem({
    code: 'EMIT_TYPE_ERROR',
    what: `the generated code does not type-check: ${text ?? output}`,
    ...where,
    consequence: 'nothing was written',
    remedy: 'this is a defect of ringsmith: report it together with the header',
  });
}

/**
 * Type-checks modules and returns them as JavaScript and declarations.
 * @throws Problem when they do not type-check
 */
export function compileModules(sources: readonly GeneratedFile[]): GeneratedFile[] {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-compile-'));
  try {
    for (const file of sources) put(join(folder, SOURCE), file);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings(folder)));
    const { ok, output } = runCompiler(folder);
    if (!ok) throw typeError(output);
    const compiled = join(folder, OUTPUT);
    return filesIn(compiled).map((path) => ({ path, text: readFileSync(join(compiled, path), 'utf8') }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
