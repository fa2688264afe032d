/**
 * Asks gcc what a header says, and compares a generated package with it: every value of `abi/constants`, every size,
 * offset and width of `abi/layouts`, and whether any macro, enumerator or opcode of the header is missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportedConstant, Name } from '../../generator/model/name.js';
import type { RecordLayout } from '../../runtime/arguments/records.js';

/** A header as a compiler is told of it. */
export interface CompiledHeader {
  readonly header: string;
  /** Settings of gcc that lead to what it includes. */
  readonly settings: readonly string[];
  /** Lines before it, for one that a library includes after others of its own. */
  readonly before: readonly string[];
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const gcc = (settings: readonly string[], input: string): Answer =>
  spawnSync('gcc', ['-w', '-std=gnu11', '-xc', '-', ...settings], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
    timeout: 60_000,
  });

/** The header with what gcc takes it with: its own tree before the system's, after it, or behind what it forgets. */
export function compiledHeader(header: string): CompiledHeader {
  const root = /^(.*)\/(?:linux|liburing)\/io_uring\.h$/.exec(header)?.[1];
  const settings = root === undefined ? [[]] : [[`-I${root}`], ['-idirafter', root]];
  const ways = [[], ['#include <linux/time_types.h>']].flatMap((before) =>
    settings.map((one) => ({ header, settings: one, before })),
  );
  const answers = ways.map((way) => gcc(['-fsyntax-only', ...way.settings], includes(way, new Map())));
  const taken = answers.findIndex(({ status }) => status === 0);
  if (taken < 0) throw new Error(`gcc does not take ${header}: ${answers[0]!.stderr}`);
  return ways[taken]!;
}

/** What a package exports, and the header that each is from. Those of the C library say nothing of the kernel's. */
function origins(texts: readonly string[]): ReadonlyMap<string, string> {
  const found = texts.flatMap((text) => [
    ...text.matchAll(/@generated from ([\w/.-]+\.h):\d+\n \*\/\nexport const (\w+)/g),
  ]);
  return new Map(
    found.map(([, file, name]) => [name!, file!] as const).filter(([, file]) => !/^(bits|sys)\//.test(file)),
  );
}

/** The header, and those of the vocabulary that anything is from. */
function includes({ header, before }: CompiledHeader, from: ReadonlyMap<string, string>): string {
  const others = [...new Set(from.values())].filter(
    (name) => name !== 'linux/io_uring.h' && !header.endsWith(`/${name}`),
  );
  return [...before, `#include "${header}"`, ...others.map((name) => `#include <${name}>`)]
    .join('\n')
    .concat('\n');
}

/** What a program prints of each expression, one a line. */
function printed(
  compiled: CompiledHeader,
  prologue: string,
  expressions: readonly string[],
  folder: string,
): string[] {
  const program = join(folder, 'answers');
  const lines = expressions.map((expression) => `  printf("%llx\\n", (unsigned long long)(${expression}));`);
  const source = `${prologue}int printf(const char *, ...);\nint main(void) {\n${lines.join('\n')}\n  return 0;\n}\n`;
  const built = gcc([...compiled.settings, '-O0', '-o', program], source);
  if (built.status !== 0)
    throw new Error(`gcc does not know what was generated:\n${built.stderr.slice(0, 2000)}`);
  return spawnSync(program, { encoding: 'utf8', maxBuffer: 1 << 26 })
    .stdout.trim()
    .split('\n');
}

const hex = (value: number | bigint): string => BigInt.asUintN(64, BigInt(value)).toString(16);

/** Bodies of records, by name, as the preprocessor leaves them. */
function recordBodies(text: string): ReadonlyMap<string, string> {
  const bodies = new Map<string, string>();
  for (const match of text.matchAll(/\b(struct|union)\s+(\w+)\s*\{/g)) {
    let [at, depth] = [match.index + match[0].length, 1];
    const start = at;
    for (; depth > 0 && at < text.length; at += 1) depth += text[at] === '{' ? 1 : text[at] === '}' ? -1 : 0;
    bodies.set(`${match[1]} ${match[2]}`, text.slice(start, at - 1));
  }
  return bodies;
}

/** Names of the header's own macros and enumerators, and of those of the headers it was split into. */
function ownNames(compiled: CompiledHeader): { macros: string[]; enumerators: string[] } {
  const folder = compiled.header.replace(/\.h$/, '');
  const parts = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const macros = [compiled.header, ...parts].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\S/gm)].map(
      ([, name]) => name!,
    ),
  );
  const text = gcc(['-E', '-P', ...compiled.settings], includes(compiled, new Map())).stdout;
  const enumerators = [...text.matchAll(/\benum\b[^;{}]*\{([^}]*)\}/g)].flatMap(([, body]) =>
    body!
      .split(',')
      .map((entry) => entry.trim().split(/\W/)[0]!)
      .filter((name) => /^(IORING|IOSQE|IOU|IO_URING)_/.test(name)),
  );
  return { macros: [...new Set(macros)], enumerators };
}

/** Those of some macros that gcc takes for integers that are constant. */
function integerMacros(compiled: CompiledHeader, prologue: string, names: readonly string[]): string[] {
  const lines = names.map((name) => `enum { answer_of_${name} = ((${name}) != 0) };`);
  const first = prologue.split('\n').length;
  const { stderr } = gcc(
    [...compiled.settings, '-fsyntax-only', '-fmax-errors=0', '-pedantic-errors'],
    `${prologue}# ${first} "answers.c"\n${lines.join('\n')}\n`,
  );
  const wrong = new Set(
    [...stderr.matchAll(/^answers\.c:(\d+):\d+: error/gm)].map(([, line]) => Number(line) - first),
  );
  return names.filter((_, index) => !wrong.has(index));
}

const BYTES: Readonly<Record<string, number>> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
};

/** Expressions of C about a package's records, each with what the package says. */
function recordQuestions(
  layouts: readonly RecordLayout[],
  bodies: ReadonlyMap<string, string>,
): [expression: string, said: number][] {
  const questions: [string, number][] = [];
  for (const layout of layouts) {
    const type = ['struct', 'union'].map((tag) => `${tag} ${layout.record}`).find((name) => bodies.has(name));
    // One without a tag, or that another record holds.
    if (type === undefined) continue;
    questions.push([`sizeof(${type})`, layout.byteLength]);
    const names = [...new Set(bodies.get(type)!.match(/\b[A-Za-z_]\w*/g))];
    for (const field of layout.fields) {
      const [member, other] = names.filter((name) => Name.of(name).camel === field.name);
      // `resv` and `__resv` are one word in TypeScript, where the second has a number; bit fields have no address.
      if (
        member === undefined ||
        other !== undefined ||
        new RegExp(`\\b${member}\\s*:\\s*\\d`).test(bodies.get(type)!)
      )
        continue;
      questions.push([`__builtin_offsetof(${type}, ${member})`, field.offset]);
      const bytes = typeof field.type === 'string' ? BYTES[field.type] : undefined;
      if (bytes !== undefined && new RegExp(`\\b${member}\\s*[;,]`).test(bodies.get(type)!))
        questions.push([`sizeof(((${type} *)0)->${member})`, bytes]);
    }
  }
  return questions;
}

export interface Agreement {
  readonly constants: number;
  readonly records: number;
  /** Sentences about what gcc says otherwise. */
  readonly wrong: readonly string[];
}

/** @param out the generated package. @param folder for what is compiled */
export async function agreementWithGcc(
  compiled: CompiledHeader,
  out: string,
  folder: string,
): Promise<Agreement> {
  const load = (path: string): Promise<Record<string, never>> => import(pathToFileURL(join(out, path)).href);
  const texts = ['abi/constants.ts', 'abi/layouts.ts'].map((path) => readFileSync(join(out, path), 'utf8'));
  const from = origins(texts);
  const prologue = includes(compiled, from);
  const constants: Record<string, unknown> = await load('abi/constants.js');
  const numbers = Object.entries(constants).filter(
    (entry): entry is [string, number | bigint] =>
      from.has(entry[0]) && (typeof entry[1] === 'number' || typeof entry[1] === 'bigint'),
  );
  const preprocessed = gcc(['-E', '-P', ...compiled.settings], prologue).stdout;
  const questions = recordQuestions(
    Object.entries(await load('abi/layouts.js')).flatMap(([name, layout]) =>
      from.has(name) ? [layout] : [],
    ),
    recordBodies(preprocessed),
  );
  const all = [
    ...numbers.map(([name, value]) => [name, hex(value)]),
    ...questions.map(([text, value]) => [text, hex(value)]),
  ];
  const answers = printed(
    compiled,
    prologue,
    all.map(([expression]) => expression!),
    folder,
  );
  const wrong = all.flatMap(([expression, said], index) =>
    said === answers[index]
      ? []
      : [`${expression} is 0x${answers[index]} for gcc, 0x${said} for the package`],
  );
  const { macros, enumerators } = ownNames(compiled);
  const expected = [...integerMacros(compiled, prologue, macros), ...enumerators];
  const missing = expected.filter((name) => !(exportedConstant(name) in constants));
  return {
    constants: numbers.length,
    records: questions.length,
    wrong: [...wrong, ...missing.map((name) => `${name} is a constant for gcc, and the package lacks it`)],
  };
}
