/** Parses one source file of the tree and keeps of it what the interpretation needs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clang, Cursor, SourceExtent, TranslationUnit } from '../clang/index.js';
import { Problem } from '../problem.js';
import type { FunctionDeclaration, Place, Statement } from './ast.js';
import { type Conversion, convertExpression } from './convert.js';
import { convertStatement } from './convert-statements.js';
import type { Program } from './program.js';
import { readTable } from './tables.js';
import type { PreparedTree } from './tree.js';
import { TypeReader } from './types.js';

/** A table of operations, in text. */
const DESIGNATED = /\[IORING_OP_\w+\]\s*=/;

/** Inline functions of headers are followed this far from io_uring/. */
const HEADER_DEPTH = 3;
/** In bytes; longer ones of the headers do more than compute. */
const LONGEST_INLINE = 2500;
/** Of the sources outside of io_uring/: what is longer acts. */
const LONGEST_ELSEWHERE = 8000;

/** A file that includes others, in memory only. */
const TOGETHER = 'ringsmith-together.c';

/**
 * Reads files as if they were one: what takes the time is their headers, which are the same. Functions that two of them
 * have under one name are static ones, and stay apart by their files.
 */
export function readSources(
  clang: Clang,
  tree: PreparedTree,
  sources: readonly string[],
  program: Program,
): void {
  withUnits(clang, tree, sources, (unit) => new UnitReader(unit, tree, program).read());
}

/** Reads only these functions of some files, and those that they call. */
export function readDefinitions(
  clang: Clang,
  tree: PreparedTree,
  sources: readonly string[],
  names: ReadonlySet<string>,
  program: Program,
): void {
  withUnits(clang, tree, sources, (unit) => new UnitReader(unit, tree, program).readOnly(names));
}

function withUnits(
  clang: Clang,
  tree: PreparedTree,
  sources: readonly string[],
  use: (unit: TranslationUnit) => void,
): void {
  const text = sources.map((name) => `#include "${name}"\n`).join('');
  const unsaved = { ...tree.unsaved, [join(tree.root, TOGETHER)]: text };
  withUnit(clang, { ...tree, unsaved }, TOGETHER, use);
}

function withUnit(
  clang: Clang,
  tree: PreparedTree,
  source: string,
  use: (unit: TranslationUnit) => void,
): void {
  const fileName = join(tree.root, source);
  let unit: TranslationUnit;
  try {
    unit = clang.parse({ fileName, unsaved: tree.unsaved, args: tree.args, keepGoing: true });
  } catch (cause) {
    throw new Problem(
      {
        code: 'SOURCE_UNPARSABLE',
        what: `libclang ${clang.major} could not parse it`,
        where: { file: fileName },
        consequence: 'no contract was extracted',
        remedy: 'Check that the file is C source of a kernel, or try another libclang.',
      },
      { cause },
    );
  }
  try {
    use(unit);
  } finally {
    unit.dispose();
  }
}

class UnitReader implements Conversion {
  readonly types = new TypeReader();
  private readonly names = new Map<string, string>();
  /** Functions of headers that are called, and how far from io_uring/. */
  private readonly wanted: { readonly declaration: Cursor; readonly depth: number }[] = [];
  private readonly seen = new Set<string>();
  private depth = 0;
  private longest = LONGEST_INLINE;

  constructor(
    private readonly unit: TranslationUnit,
    private readonly tree: PreparedTree,
    private readonly program: Program,
  ) {}

  readonly expression = (cursor: Cursor) => convertExpression(cursor, this);
  readonly statement = (cursor: Cursor): Statement => convertStatement(cursor, this);

  read(): void {
    for (const file of this.unit.files) this.readConstants(file);
    const tables = this.program.tables.size;
    for (const cursor of this.unit.cursor.children()) this.readTopLevel(cursor);
    if (this.program.tables.size === tables) this.explainNoTable();
    this.readWanted();
  }

  readOnly(names: ReadonlySet<string>): void {
    this.longest = LONGEST_ELSEWHERE;
    for (const file of this.unit.files) this.readConstants(file);
    for (const cursor of this.unit.cursor.children()) {
      if (cursor.kind !== 'FunctionDecl' || !cursor.isDefinition || !names.has(cursor.spelling)) continue;
      this.seen.add(cursor.spelling);
      this.depth = 0;
      if (!this.program.has(cursor.spelling, this.place(cursor).file))
        this.program.add(this.functionOf(cursor));
    }
    this.readWanted();
  }

  private readWanted(): void {
    for (let next = this.wanted.shift(); next !== undefined; next = this.wanted.shift()) {
      this.depth = next.depth;
      this.readHeaderFunction(next.declaration);
    }
  }

  /** libclang drops an initialiser with an error in it whole. */
  private explainNoTable(): void {
    for (const [name, contents] of this.tree.files) {
      if (!DESIGNATED.test(contents.toString('latin1'))) continue;
      const error = this.unit.diagnostics.find(
        ({ severity, location }) => severity === 'error' && this.inTree(location.file) === name,
      );
      if (error === undefined) continue;
      const { line } = error.location;
      this.program.tableError ??= { place: { file: name, line }, message: error.message };
    }
  }

  called(declaration: Cursor): void {
    const name = declaration.spelling;
    if (this.seen.has(name)) return;
    this.seen.add(name);
    this.wanted.push({ declaration, depth: this.depth + 1 });
  }

  place(cursor: Cursor): Place {
    return this.placeOf(cursor.writtenExtent);
  }

  private placeOf({ start, end }: SourceExtent): Place {
    const file = this.inTree(start.file);
    return {
      file,
      line: start.line,
      start: start.offset,
      end: start.file === end.file ? end.offset : start.offset,
    };
  }

  /** Paths are kept as they are inside the tree, so that a contract does not tell where the tree was. */
  private inTree(file: string): string {
    let name = this.names.get(file);
    if (name === undefined) {
      const prefix = `${this.tree.root}/`;
      const rest = file.startsWith(prefix) ? file.slice(prefix.length) : file;
      name = rest.replace(/[^/]+\/\.\.\//g, '');
      this.names.set(file, name);
    }
    return name;
  }

  private readTopLevel(cursor: Cursor): void {
    switch (cursor.kind) {
      case 'FunctionDecl':
        if (cursor.isDefinition && this.isOurs(cursor)) this.keepFunction(cursor);
        return;
      case 'VarDecl':
        if (cursor.type.canonical.kind.endsWith('Array') && this.isOurs(cursor) && cursor.isDefinition) {
          readTable(cursor, this, this.program);
        }
        return;
      case 'StructDecl':
        if (cursor.spelling === 'io_uring_sqe' && cursor.isDefinition) this.readSqe(cursor);
        return;
      case 'EnumDecl':
        for (const item of cursor.children()) {
          if (item.kind === 'EnumConstantDecl') {
            this.program.macros.addEnumerator(item.spelling, item.enumValue);
          }
        }
        return;
    }
  }

  private isOurs(cursor: Cursor): boolean {
    return this.inTree(cursor.location.file).startsWith('io_uring/');
  }

  private keepFunction(cursor: Cursor): void {
    const name = cursor.spelling;
    const at = this.place(cursor);
    this.seen.add(name);
    if (this.program.has(name, at.file)) return;
    this.depth = 0;
    this.program.add(this.functionOf(cursor));
  }

  private readHeaderFunction(declaration: Cursor): void {
    const definition = declaration.definition ?? declaration;
    const at = this.place(definition);
    const isInline = definition.isDefinition && at.end - at.start <= this.longest;
    if (this.program.has(definition.spelling, at.file)) return;
    this.program.add(this.functionOf(definition, isInline && this.depth <= HEADER_DEPTH));
  }

  private functionOf(cursor: Cursor, withBody = true): FunctionDeclaration {
    const children = cursor.children();
    const body = withBody ? children.find((child) => child.kind === 'CompoundStmt') : undefined;
    const result = cursor.type.result;
    return {
      name: cursor.spelling,
      at: this.place(cursor),
      result: result === undefined ? { kind: 'other', spelling: '' } : this.types.read(result),
      parameters: children
        .filter((child) => child.kind === 'ParmDecl')
        .map((child) => ({
          name: child.spelling,
          id: String(child.hash),
          type: this.types.read(child.type),
        })),
      ...(body === undefined ? {} : { body: this.statement(body) }),
    };
  }

  private readSqe(record: Cursor): void {
    if (this.program.sqeFields.size > 0) return;
    const visit = (cursor: Cursor): void => {
      for (const child of cursor.type.fields()) {
        if (child.spelling === '') {
          const inner = child.type.canonical.declaration;
          if (inner !== undefined) visit(inner);
        } else this.program.sqeFields.set(child.spelling, this.types.read(child.type));
      }
    };
    visit(record);
  }

  private readConstants(file: string): void {
    const name = this.inTree(file);
    if (this.program.macros.knows(name)) return;
    const contents = this.tree.files.get(name) ?? (name.startsWith('/') ? undefined : this.onDisk(name));
    if (contents !== undefined) this.program.macros.addFile(name, contents.toString('latin1'));
  }

  private onDisk(name: string): Buffer | undefined {
    try {
      return readFileSync(join(this.tree.root, name));
    } catch {
      // One of the headers that exist in memory only.
      return undefined;
    }
  }
}
