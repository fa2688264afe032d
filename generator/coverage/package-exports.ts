/**
 * What a generated package really exports, read back with ts-morph from its TypeScript or its declarations: coverage
 * counts what a program can import, not what the generator meant to emit.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Node, Project, type SourceFile, ts, type VariableDeclaration } from 'ts-morph';
import { Problem } from '../problem.js';

/** An exported Operation. */
export interface ExportedOperation {
  readonly exportName: string;
  /** The opcode's constant, e.g. `IORING_OP_READ`. */
  readonly constant: string;
  readonly opcode: number;
  /** Whether a ring of the package offers it as a method. */
  readonly method: boolean;
}

export interface PackageExports {
  readonly operations: readonly ExportedOperation[];
  /** Constants of `abi`, with their values. */
  readonly constants: ReadonlyMap<string, bigint>;
  /** Properties of the interfaces of `abi`, by interface. */
  readonly interfaces: ReadonlyMap<string, ReadonlySet<string>>;
}

function entryFile(folder: string, name: string): string {
  const found = [`${name}.ts`, `${name}.d.ts`]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Problem({
    code: 'PACKAGE_UNREADABLE',
    what: `there is no generated package: neither ${name}.ts nor ${name}.d.ts`,
    where: { file: folder },
    consequence: 'nothing can be compared',
    remedy: 'generate one with `ringsmith generate --out DIR`, or name its folder with --package DIR',
  });
}

/** The literal type arguments of `Operation<Args, Result, Ready, 'IORING_OP_…', n>`. */
function identity(declaration: VariableDeclaration): { constant: string; opcode: number } | undefined {
  const type = declaration.getTypeNode();
  if (!Node.isTypeReference(type) || type.getTypeName().getText() !== 'Operation') return undefined;
  const [, , , constant, opcode] = type.getTypeArguments();
  const text = constant?.getText().replaceAll(/['"]/g, '');
  return text === undefined || opcode === undefined
    ? undefined
    : { constant: text, opcode: Number(opcode.getText()) };
}

/** The value of `const X = 5`, in declarations `const X: 5n`, or of x86-64 in `const X = isArm64 ? 6 : 5`. */
function literalValue(declaration: VariableDeclaration): bigint | undefined {
  const text = (declaration.getInitializer() ?? declaration.getTypeNode())
    ?.getText()
    .replace(/^\(?isArm64 \? -?\d+n? : (-?\d+n?)\)?$/, '$1')
    .replace(/n$/, '');
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** Exported names and what they stand for; a namespace export is opened up. */
function exportedDeclarations(file: SourceFile): [name: string, declaration: Node][] {
  return [...file.getExportedDeclarations()].flatMap(([name, declarations]) =>
    declarations.flatMap((declaration): [string, Node][] =>
      Node.isSourceFile(declaration) ? exportedDeclarations(declaration) : [[name, declaration]],
    ),
  );
}

function readOperations(exported: readonly (readonly [string, Node])[]): ExportedOperation[] {
  const ops = exported.find(
    ([name, declaration]) => name === 'Ops' && Node.isClassDeclaration(declaration),
  )?.[1];
  const methods = new Set(
    Node.isClassDeclaration(ops) ? ops.getMethods().map((method) => method.getName()) : [],
  );
  const operations = new Map<string, ExportedOperation>();
  for (const [exportName, declaration] of exported) {
    const found = Node.isVariableDeclaration(declaration) ? identity(declaration) : undefined;
    if (found === undefined) continue;
    // A reserved word such as `delete` is exported with an underscore; the method keeps the plain name.
    const method = methods.has(exportName) || methods.has(exportName.replace(/^_|_$/g, ''));
    operations.set(found.constant, { exportName, ...found, method });
  }
  return [...operations.values()].sort((a, b) => a.opcode - b.opcode);
}

/** Constants that have their family for a type have no value in declarations: the JavaScript beside those has it. */
function valuesInJavaScript(project: Project, folder: string): Map<string, bigint> {
  const values = new Map<string, bigint>();
  const path = join(folder, 'abi/index.js');
  if (!existsSync(path)) return values;
  for (const [name, declaration] of exportedDeclarations(project.addSourceFileAtPath(path))) {
    const value = Node.isVariableDeclaration(declaration) ? literalValue(declaration) : undefined;
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** @param folder a generated package's folder */
export function readPackage(folder: string): PackageExports {
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      allowJs: true,
      // Or the chunks of an installed package would not be followed.
      maxNodeModuleJsDepth: 8,
      noLib: true,
      types: [],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  });
  const operations = readOperations(
    exportedDeclarations(project.addSourceFileAtPath(entryFile(folder, 'index'))),
  );
  const abi = exportedDeclarations(project.addSourceFileAtPath(entryFile(folder, 'abi/index')));
  const constants = valuesInJavaScript(project, folder);
  const interfaces = new Map<string, Set<string>>();
  for (const [name, declaration] of abi) {
    if (Node.isVariableDeclaration(declaration)) {
      const value = literalValue(declaration);
      if (value !== undefined) constants.set(name, value);
    } else if (Node.isInterfaceDeclaration(declaration)) {
      interfaces.set(name, new Set(declaration.getProperties().map((property) => property.getName())));
    }
  }
  return { operations, constants, interfaces };
}
