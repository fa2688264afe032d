/**
 * What is kept of a kernel's source: functions, the tables of operations, constants. Filled one translation unit at a
 * time, each of which is disposed of before the next one is parsed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CType, FunctionDeclaration, Place } from './ast.js';
import { MacroTable } from './macros.js';
import type { TableRow } from './tables.js';

const isNamePart = (byte: number | undefined): boolean =>
  byte !== undefined && /\w/.test(String.fromCharCode(byte));

/** libclang ends an extent in front of the name of a macro whose last token ends it. */
function wholeName(contents: Buffer, end: number): number {
  if (isNamePart(contents[end - 1])) return end;
  let after = end;
  while (isNamePart(contents[after])) after++;
  return after;
}

export class Program {
  /** By name; functions of one name in several files are static ones. */
  private readonly functions = new Map<string, FunctionDeclaration[]>();
  /** Rows of the tables that IORING_OP_* index, by opcode number. */
  readonly rows = new Map<number, TableRow>();
  /** The tables' variables and record types. */
  readonly tables = new Set<string>();
  readonly tableRecords = new Set<string>();
  /** Fields of the SQE and the kernel's types for them. */
  readonly sqeFields = new Map<string, CType>();
  /** What is wrong with a file that should have a table. */
  tableError: { readonly place: Omit<Place, 'start' | 'end'>; readonly message: string } | undefined;
  readonly macros = new MacroTable();
  private readonly texts = new Map<string, Buffer>();

  constructor(
    readonly root: string,
    /** Reads the function of a name from the other folders of the tree, when it is first called. */
    private readonly elsewhere?: (name: string, program: Program) => void,
  ) {}

  add(declaration: FunctionDeclaration): void {
    const named = this.functions.get(declaration.name) ?? [];
    const known = named.findIndex((other) => other.at.file === declaration.at.file);
    if (known < 0) this.functions.set(declaration.name, [...named, declaration]);
    else if (named[known]?.body === undefined) named[known] = declaration;
  }

  /** The function that a name means in a file: its own before another's, a definition before a declaration. */
  find(name: string, file: string): FunctionDeclaration | undefined {
    const named = this.functions.get(name);
    if (named === undefined) return undefined;
    const defined = named.filter(({ body }) => body !== undefined);
    return defined.find(({ at }) => at.file === file) ?? defined[0] ?? named[0];
  }

  /** The same, from anywhere in the tree. */
  findAnywhere(name: string, file: string): FunctionDeclaration | undefined {
    const found = this.find(name, file);
    if (found?.body !== undefined || this.elsewhere === undefined) return found;
    this.elsewhere(name, this);
    return this.find(name, file);
  }

  /** Functions that are called, that answer with a number, and whose definition has not been read. */
  undefinedFunctions(): string[] {
    return [...this.functions]
      .filter(([, all]) => all.every(({ body, result }) => body === undefined && result.kind === 'integer'))
      .map(([name]) => name);
  }

  has(name: string, file: string): boolean {
    return this.functions.get(name)?.some(({ at, body }) => at.file === file && body !== undefined) ?? false;
  }

  definitions(): readonly FunctionDeclaration[] {
    return [...this.functions.values()].flat().filter(({ body }) => body !== undefined);
  }

  /** Bits of a field of the SQE; of an element, if it is an array. */
  widthOf(field: string): number {
    const type = this.sqeFields.get(field);
    const plain = type?.kind === 'array' ? type.element : type;
    return plain?.kind === 'integer' ? plain.bits : 64;
  }

  /** The source of a place as people wrote it, on one line and without comments. */
  text({ file, start, end }: Place): string {
    const contents = this.contents(file);
    return contents
      .subarray(start, wholeName(contents, end))
      .toString('utf8')
      .replace(/\/\*[\s\S]*?\*\//g, ' ')
      .replace(/\\\n/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  }

  private contents(file: string): Buffer {
    let contents = this.texts.get(file);
    if (contents === undefined) {
      const path = join(this.root, file);
      contents = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
      this.texts.set(file, contents);
    }
    return contents;
  }
}
