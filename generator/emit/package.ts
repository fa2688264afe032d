/**
 * Model → every file of the generated package, type-checked before it leaves this module.
 */
import { IndentationText, Project, QuoteKind, type SourceFile, type StatementStructures, StructureKind, ts } from 'ts-morph';
import { join } from 'node:path';
import type { Model } from '../model/model.js';
import { Problem } from '../problem.js';
import { constantStatements, familyEnums, layoutStatements, recordInterfaces } from './abi.js';
import type { GeneratedFile } from './files.js';
import { nativeFiles } from './native.js';
import { operationStatements, opsClass } from './operations.js';
import { preamble } from './preamble.js';
import { VERSION } from '../version.js';

export interface EmitOptions {
  /** Folder the files will lie in; relative imports of the seam are checked from there. */
  readonly folder: string;
  /** How the seam is imported from the folder: `../runtime/seam.js` in ringsmith itself, else `ringsmith/seam`. */
  readonly seam: string;
  /** Where `ringsmith/seam` lies, for the type check of a package outside of ringsmith's folder. */
  readonly seamFile: string;
  /** Also emit `.js` and `.d.ts`, so that the package can be imported as it is. */
  readonly javascript: boolean;
}

/** Names generated code may import from the seam: the contract of runtime/seam.ts. */
const SEAM = {
  values: ['bits16', 'bits32', 'bits8', 'checkFields', 'commandBytes', 'errorNumber', 'heldIn', 'high', 'highWord', 'IoVector', 'low', 'lowWord', 'readRecord', 'RingBuffer', 'RingCore', 'RingError', 'SyncRing', 'Completion'],
  types: ['Bytes', 'CommonArgs', 'Duration', 'FieldTable', 'Held', 'Operation', 'OperationOptions', 'RecordLayout', 'RingOptions', 'RingStatistics', 'SocketAddress', 'Starter', 'U64', 'Word64'],
} as const;

/** What the package re-exports of the runtime, so that a program needs one import. */
const PUBLIC = {
  values: ['Completion', 'IoVector', 'RingBuffer', 'RingError', 'SyncRing'],
  types: ['Bytes', 'Duration', 'Operation', 'OperationOptions', 'RingOptions', 'RingStatistics', 'SocketAddress', 'U64'],
} as const;

/** Identifiers of a module's code, comments left out. */
function identifiersOf(file: SourceFile): Set<string> {
  const code = file.getFullText().replace(/\/\*[\s\S]*?\*\//g, '');
  return new Set(code.match(/[A-Za-z_$][\w$]*/g));
}

interface ModulePlan {
  readonly path: string;
  readonly opening: string;
  readonly statements: readonly (StatementStructures | string)[];
  readonly imports?: readonly { readonly from: string; readonly names: readonly string[]; readonly typeOnly?: boolean }[];
  readonly usesSeam?: boolean;
}

function addModule(project: Project, model: Model, options: EmitOptions, plan: ModulePlan): SourceFile {
  const file = project.createSourceFile(join(options.folder, plan.path), { statements: [...plan.statements] }, { overwrite: true });
  const used = identifiersOf(file);
  const importsOf = (names: readonly string[]): string[] => names.filter((name) => used.has(name));
  const depth = plan.path.split('/').length - 1;
  const seam = options.seam.startsWith('.') ? '../'.repeat(depth) + options.seam : options.seam;
  const lines: string[] = [];
  for (const source of plan.imports ?? []) {
    const names = importsOf(source.names);
    if (names.length > 0) lines.push(`import ${source.typeOnly ? 'type ' : ''}{ ${names.join(', ')} } from '${source.from}';`);
  }
  if (plan.usesSeam === true) {
    const values = importsOf(SEAM.values);
    const types = importsOf(SEAM.types);
    if (values.length > 0) lines.push(`import { ${values.join(', ')} } from '${seam}';`);
    if (types.length > 0) lines.push(`import type { ${types.join(', ')} } from '${seam}';`);
  }
  file.insertText(0, `${preamble(model)}\n/**\n * ${plan.opening}\n */\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}\n`);
  file.formatText({ indentSize: 2, ensureNewLineAtEndOfFile: true });
  return file;
}

function plans(model: Model, options: EmitOptions): ModulePlan[] {
  const enums = familyEnums(model);
  const records = recordInterfaces(model);
  const enumNames = enums.map((declaration) => declaration.name);
  const recordNames = records.map((declaration) => declaration.name);
  const seamOf = (names: readonly string[]): string => names.join(', ');
  return [
    { path: 'abi/constants.ts', opening: 'Every constant of the kernel headers, under its own name.', statements: constantStatements(model) },
    { path: 'abi/flags.ts', opening: 'Enums and flag families of the kernel headers.', statements: enums },
    {
      path: 'abi/layouts.ts',
      opening: 'Records of the kernel headers: their contents as types, and where each member lies.',
      statements: [...records, ...layoutStatements(model)],
      usesSeam: true,
    },
    {
      path: 'abi/index.ts',
      opening: 'The kernel ABI as constants, enums and layouts.',
      statements: ["export * from './constants.js';", "export * from './flags.js';", "export * from './layouts.js';"],
    },
    {
      path: 'operations.ts',
      opening: 'One Operation per opcode: how its SQE is filled and what its completion means.',
      statements: operationStatements(model),
      imports: [
        { from: './abi/flags.js', names: enumNames, typeOnly: true },
        { from: './abi/layouts.js', names: recordNames, typeOnly: true },
        { from: './abi/layouts.js', names: model.records.map((record) => `${record.name.camel}Layout`) },
      ],
      usesSeam: true,
    },
    {
      path: 'ops.ts',
      opening: 'The operations as methods.',
      statements: ["import * as operations from './operations.js';", opsClass(model)],
      imports: [{ from: './abi/layouts.js', names: recordNames, typeOnly: true }],
      usesSeam: true,
    },
    {
      path: 'ring.ts',
      opening: 'A ring with every operation of this kernel.',
      statements: [
        "import { Ops } from './ops.js';",
        {
          kind: StructureKind.Class,
          isExported: true,
          name: 'Ring',
          extends: 'RingCore',
          docs: ['An io_uring ring on this thread\'s event loop. `ring.ops` has the operations, one per opcode.'],
          properties: [{ name: 'ops', isReadonly: true, initializer: 'new Ops(this)', docs: ['The operations.'] }],
        },
      ],
      usesSeam: true,
    },
    {
      path: 'index.ts',
      opening: 'The package: a ring, its operations, and the types they use.',
      statements: [
        "export { Ops } from './ops.js';",
        "export { Ring } from './ring.js';",
        "export * as operations from './operations.js';",
        "export type * from './operations.js';",
        `export { ${seamOf(PUBLIC.values)} } from '${options.seam}';`,
        `export type { ${seamOf(PUBLIC.types)} } from '${options.seam}';`,
      ],
    },
  ];
}

/** The settings generated packages are checked with: at least as strict as any user's. */
function openProject(options: EmitOptions): Project {
  return new Project({
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Single },
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      // The folder may have no package.json yet, which Node's own resolution would take for CommonJS.
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      // Generated code uses nothing of Node by itself.
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      declaration: true,
      paths: { 'ringsmith/seam': [options.seamFile] },
    },
  });
}

function check(project: Project, options: EmitOptions): void {
  const errors = project
    .getSourceFiles()
    .filter((file) => file.getFilePath().startsWith(options.folder))
    .flatMap((file) => file.getPreEmitDiagnostics());
  const first = errors[0];
  if (first === undefined) return;
  throw new Problem({
    code: 'EMIT_TYPE_ERROR',
    what: `the generated code does not type-check (${errors.length} errors): ${ts.flattenDiagnosticMessageText(first.compilerObject.messageText, ' ')}`,
    where: { file: first.getSourceFile()?.getFilePath() ?? 'generated', line: first.getLineNumber() ?? 1 },
    consequence: 'nothing was written',
    remedy: 'this is a defect of ringsmith: report it together with the header',
  });
}

/** The modules as JavaScript and declarations. */
function compile(project: Project, options: EmitOptions): GeneratedFile[] {
  return project
    .emitToMemory()
    .getFiles()
    .filter((file) => file.filePath.startsWith(`${options.folder}/`))
    .map((file) => ({ path: file.filePath.slice(options.folder.length + 1), text: file.text }));
}

function packageJson(model: Model): GeneratedFile {
  const entry = (name: string): object => ({ types: `./${name}.d.ts`, default: `./${name}.js` });
  const contents = {
    name: 'ringsmith-generated',
    version: VERSION,
    description: `io_uring bindings generated by ringsmith for ${model.label}`,
    type: 'module',
    exports: { '.': entry('index'), './abi': entry('abi/index') },
    peerDependencies: { ringsmith: `^${VERSION}` },
  };
  return { path: 'package.json', text: `${JSON.stringify(contents, null, 2)}\n` };
}

/** Every TypeScript and native file of the package. Throws a Problem when the result does not type-check. */
export function emitPackage(model: Model, options: EmitOptions): GeneratedFile[] {
  const project = openProject(options);
  const files = plans(model, options).map((plan) => ({ plan, file: addModule(project, model, options, plan) }));
  check(project, options);
  const sources = files.map(({ plan, file }) => ({ path: plan.path, text: file.getFullText() }));
  return [...sources, ...(options.javascript ? [...compile(project, options), packageJson(model)] : []), ...nativeFiles(model)];
}
