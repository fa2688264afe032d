/** Who may import whom: the arrows of the house in docs, as data. */

import { posix } from 'node:path';
import { type Import, importsOf, type RepositoryFile } from './repository.js';
import type { Rule } from './repository-rules.js';

interface Direction {
  /** A folder, with its slash. */
  readonly from: string;
  readonly says: string;
  readonly allows: (found: Import, dependencies: ReadonlySet<string>) => boolean;
}

const inside =
  (...folders: readonly string[]) =>
  ({ kind, target }: Import) =>
    kind === 'file' && folders.some((folder) => target.startsWith(folder));

/** Everything but these parts of the generator; their types too, unless said otherwise. */
const noneOf =
  (parts: readonly string[], types: 'types too' | 'types may') =>
  (found: Import): boolean =>
    (types === 'types may' && found.typeOnly) ||
    !parts.some((part) => found.target.startsWith(`generator/${part}`));

const ABOVE_ALL = ['main.ts', 'commands/'];

const DIRECTIONS: readonly Direction[] = [
  {
    from: 'runtime/',
    says: 'runtime/ imports runtime/, generated/abi/ and Node only',
    allows: (found) => found.kind === 'builtin' || inside('runtime/', 'generated/abi/')(found),
  },
  {
    from: 'runtime/contract/',
    says: 'runtime/contract/ is pure: it imports itself and generated/abi/constants.js',
    allows: inside('runtime/contract/', 'generated/abi/constants.ts'),
  },
  {
    from: 'generated/',
    says: 'generated/ imports its siblings and one runtime module, runtime/seam.js',
    allows: (found) => found.target === 'runtime/seam.ts' || inside('generated/')(found),
  },
  {
    from: 'generator/',
    says: 'generator/ imports generator/, runtime/contract/, Node and the dependencies of package.json only; generator/machine.ts opens rings',
    allows: (found, dependencies) =>
      found.kind === 'builtin' ||
      dependencies.has(found.target) ||
      // Rules are checked by one evaluator, which touches no ring.
      inside('generator/', 'runtime/contract/')(found) ||
      // The command line asks the running machine through the runtime, in one place.
      (found.from === 'generator/machine.ts' && inside('runtime/')(found)),
  },
  {
    from: 'generator/clang/',
    says: 'clang knows libclang and nothing that is built on it',
    allows: noneOf(
      [...ABOVE_ALL, 'pipeline.ts', 'kernels/', 'parse/', 'contract/', 'semantics/', 'model/', 'emit/'],
      'types too',
    ),
  },
  {
    from: 'generator/parse/',
    says: 'parse states what the header says: no contract, semantics, model or emit',
    allows: noneOf(
      [...ABOVE_ALL, 'pipeline.ts', 'kernels/', 'contract/', 'semantics/', 'model/', 'emit/'],
      'types too',
    ),
  },
  {
    from: 'generator/contract/',
    says: 'contract states what the kernel source says: no model or emit',
    allows: noneOf([...ABOVE_ALL, 'pipeline.ts', 'model/', 'emit/'], 'types too'),
  },
  {
    from: 'generator/semantics/',
    says: 'semantics is data: it imports types, and other data',
    allows: (found) => found.typeOnly || inside('generator/semantics/')(found),
  },
  {
    from: 'generator/model/',
    says: 'model joins records: no libclang, no output',
    allows: noneOf([...ABOVE_ALL, 'pipeline.ts', 'kernels/', 'clang/', 'emit/'], 'types too'),
  },
  {
    from: 'generator/emit/',
    says: 'emit sees the model only; of what the model is made from, types',
    allows: noneOf([...ABOVE_ALL, 'pipeline.ts', 'kernels/', 'clang/', 'parse/', 'contract/'], 'types may'),
  },
];

function checkDirections(files: readonly RepositoryFile[]): readonly string[] {
  const dependencies = dependenciesIn(files);
  const imports = importsOf(files);
  return DIRECTIONS.flatMap(({ from, says, allows }) =>
    imports
      .filter((found) => found.from.startsWith(from) && !allows(found, dependencies))
      .map(({ from: path, line, specifier }) => `${path}:${line} imports ${specifier}: ${says}`),
  );
}

function dependenciesIn(files: readonly RepositoryFile[]): ReadonlySet<string> {
  const text = files.find(({ path }) => path === 'package.json')?.text ?? '{}';
  return new Set(Object.keys((JSON.parse(text) as { dependencies?: object }).dependencies ?? {}));
}

/** Everything that is imported directly or not from an entry point, a generated file, a bench or an example. */
function checkDeadModules(files: readonly RepositoryFile[]): readonly string[] {
  const imports = new Map<string, string[]>(files.map(({ path }) => [path, []]));
  for (const { from, target } of importsOf(files)) imports.get(from)?.push(target);
  const isRoot = (path: string) =>
    ['generator/main.ts', 'generator/index.ts', 'runtime/main.ts', 'runtime/seam.ts'].includes(path) ||
    /^(generated|bench|examples)\//.test(path);
  const reached = new Set<string>();
  const reach = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const target of imports.get(path) ?? []) reach(target);
  };
  for (const { path } of files) if (isRoot(path)) reach(path);
  return files
    .filter(({ path }) => /^(generator|runtime)\/.*\.ts$/.test(path) && !reached.has(path))
    .map(({ path }) => `${path} is dead: no entry point imports it, directly or through others`);
}

interface IncludeRule {
  readonly from: string;
  readonly says: string;
  readonly folders: readonly string[];
  readonly others: RegExp;
}

const INCLUDES: readonly IncludeRule[] = [
  {
    from: 'generated/native/',
    says: 'generated C and C++ includes its siblings, encoder_support.h, Node-API, kernel and standard headers',
    folders: ['generated/native/'],
    others:
      /^"encoder_support\.h"$|^<(napi|node_api)\.h>$|^<(linux|asm|asm-generic)\/.*>$|^<[a-z_]+>$|^<std\w+\.h>$/,
  },
  {
    from: 'runtime/native/',
    says: 'the ring addon includes runtime/native/, generated/native/ and system headers',
    folders: ['runtime/native/', 'generated/native/'],
    others: /^<.*>$/,
  },
  {
    from: 'generator/clang/native/',
    says: 'the libclang addon includes its siblings and system headers',
    folders: ['generator/clang/native/'],
    others: /^<.*>$/,
  },
];

function checkIncludes(files: readonly RepositoryFile[]): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  return INCLUDES.flatMap(({ from, says, folders, others }) => {
    const allowed = (include: string) =>
      others.test(include) || folders.some((folder) => paths.has(posix.join(folder, include.slice(1, -1))));
    return files
      .filter(({ path }) => path.startsWith(from) && /\.(c|cc|h)$/.test(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^\s*#\s*include\s+(["<][^">]+[">])/gm)]
          .map((match) => match[1] ?? '')
          .filter((include) => !allowed(include))
          .map((include) => `${path} includes ${include}: ${says}`),
      );
  });
}

export const IMPORT_RULES: readonly Rule[] = [
  {
    name: 'imports go in one direction',
    check: checkDirections,
    caught: [
      { 'runtime/a.ts': "import { x } from '../generator/problem.js';" },
      { 'runtime/a.ts': "import { x } from '../generated/ring.js';" },
      { 'runtime/a.ts': "import x from 'handlebars';" },
      { 'runtime/contract/a.ts': "import { x } from '../native.js';" },
      { 'runtime/contract/a.ts': "import { x } from 'node:os';" },
      { 'generated/a.ts': "import { x } from '../runtime/port/native.js';" },
      { 'generated/a.ts': "import { x } from 'node:fs';" },
      { 'generated/abi/a.ts': "export * from '../../generator/version.js';" },
      { 'generator/a.ts': "import { x } from '../runtime/seam.js';" },
      { 'generator/a.ts': "const x = await import('../generated/index.js');" },
      { 'generator/a.ts': "import { test } from 'vitest';" },
      { 'generator/clang/a.ts': "import type { X } from '../parse/facts.js';" },
      { 'generator/parse/a.ts': "type X = import('../model/model.js').Model;" },
      { 'generator/contract/a.ts': "import { x } from '../model/model.js';" },
      { 'generator/semantics/a.ts': "import { x } from '../problem.js';" },
      { 'generator/model/a.ts': "export type { X } from '../emit/files.js';" },
      { 'generator/model/a.ts': "import { x } from '../clang/index.js';" },
      { 'generator/emit/a.ts': "import { type X } from '../parse/index.js';" },
      { 'generator/emit/a.ts': "import '../main.js';" },
    ],
  },
  {
    name: 'native code includes what its folder may know',
    check: checkIncludes,
    caught: [
      { 'generated/native/a.cc': '#include "native_ring.h"', 'runtime/native/native_ring.h': '' },
      { 'generated/native/a.cc': '#include <uv.h>' },
      { 'generated/native/a.cc': '#  include <sys/mman.h>' },
      { 'runtime/native/a.cc': '#include "parsed_unit.h"', 'generator/clang/native/parsed_unit.h': '' },
      { 'generator/clang/native/a.h': '#include "abi.h"', 'generated/native/abi.h': '' },
    ],
  },
  {
    name: 'every module is used',
    check: checkDeadModules,
    caught: [
      { 'generator/main.ts': '', 'generator/a.ts': '' },
      { 'runtime/seam.ts': '', 'runtime/a.ts': "import './b.js';", 'runtime/b.ts': "import './a.js';" },
      { 'runtime/a.ts': '', 'test/a.test.ts': "import '../runtime/a.js';" },
    ],
  },
];
