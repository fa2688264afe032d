/**
 * What a generated package really exports, read back with ts-morph from its TypeScript or its declarations: coverage
 * counts what a program can import, not what the generator meant to emit.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ClassDeclaration,
  Node,
  Project,
  type SourceFile,
  ts,
  type VariableDeclaration,
} from 'ts-morph';
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

function entryFile(folder: string): string {
  const found = ['index.ts', 'index.d.ts'].map((name) => join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Problem({
    code: 'PACKAGE_UNREADABLE',
    what: 'there is no generated package: neither index.ts nor index.d.ts',
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

/** Exported names and what they stand for; a namespace export is opened up. */
function exportedDeclarations(file: SourceFile): [name: string, declaration: Node][] {
  return [...file.getExportedDeclarations()].flatMap(([name, declarations]) =>
    declarations.flatMap((declaration): [string, Node][] =>
      Node.isSourceFile(declaration) ? exportedDeclarations(declaration) : [[name, declaration]],
    ),
  );
}

/** Names that `operations.<name>` is started with, by the methods of the class. */
function startedBy(ops: ClassDeclaration | undefined): Set<string> {
  return new Set(ops?.getMethods().map((method) => method.getName()));
}

/** @param folder a generated package's folder */
export function readPackage(folder: string): ExportedOperation[] {
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      noLib: true,
      types: [],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  });
  const exported = exportedDeclarations(project.addSourceFileAtPath(entryFile(folder)));
  const ops = exported.find(
    ([name, declaration]) => name === 'Ops' && Node.isClassDeclaration(declaration),
  )?.[1];
  const methods = startedBy(ops as ClassDeclaration | undefined);
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
