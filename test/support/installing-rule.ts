/**
 * The rule that only the set-up installs anything on the machine: what a test or a benchmark installs by itself works
 * where it was there already, and fails, or changes what other tests see, where it was not.
 */
import { ts } from 'ts-morph';
import { parseModule, type RepositoryFile } from './repository.js';
import type { Rule } from './repository-rules.js';

/** Files that may start a package manager, and what for. */
const MAY: Readonly<Record<string, string>> = {
  '.ci/prepare/apt.mjs': 'the set-up',
  '.ci/run': 'Node.js, which the set-up itself needs',
  '.ci/bare.sh': "CI's bare machine",
  'generator/kernels/apt.ts': 'downloads that the user asks for, with a state of their own in the cache',
  'test/kernels/apt-archive.ts': 'looks whether there is one',
  'test/kernels/packaged-headers.test.ts': 'looks whether there is one',
  'test/kernels/source-tree.test.ts': 'looks whether there is one',
  'test/generator/clang-loading.test.ts': 'reads the advice that a message gives',
};

const MANAGERS = 'apt|apt-get|aptitude|dnf|yum|apk|pacman|zypper|mmdebstrap|debootstrap';
/** A whole literal, or one that starts as a command line does. */
const COMMAND = new RegExp(`^((sudo|env)( -\\w+| \\w+=\\S*)* )?(${MANAGERS})( |$)`);
/** In a shell's text. */
const SHELL = new RegExp(`(^|[;&|(\`]|\\b(sudo|then|do|env)\\b)\\s*(-\\w+ |\\w+=\\S* )*(${MANAGERS}) `);
/** dpkg lists and unpacks without harm. */
const DPKG = /\bdpkg (-i|--install|--unpack)\b/;

function literalsOf(file: RepositoryFile): { readonly text: string; readonly line: number }[] {
  const source = parseModule(file);
  const found: { text: string; line: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({ text: node.text, line: line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function callsIn(file: RepositoryFile): readonly number[] {
  if (/\.(ts|mjs|cjs|js)$/.test(file.path)) {
    return literalsOf(file)
      .filter(({ text }) => COMMAND.test(text) || /&& *(sudo )?apt/.test(text) || DPKG.test(text))
      .map(({ line }) => line);
  }
  if (!/\.(sh|hbs)$|^\.ci\/run$|^package\.json$/.test(file.path)) return [];
  return file.text
    .split('\n')
    .map((line, index) => ({ text: line.replace(/^\s*"[^"]*": "/, '').trim(), line: index + 1 }))
    .filter(({ text }) => !text.startsWith('#') && (SHELL.test(text) || DPKG.test(text)))
    .map(({ line }) => line);
}

export const INSTALLING_RULE: Rule = {
  name: 'only the set-up installs anything on the machine',
  check: (files) =>
    files
      .filter(({ path }) => MAY[path] === undefined && path !== 'test/support/installing-rule.ts')
      .flatMap((file) =>
        callsIn(file).map(
          (line) =>
            `${file.path}:${line} starts a package manager; what is needed is installed by .ci/prepare/tools.mjs`,
        ),
      ),
  caught: [
    { 'bench/a.mjs': "// A.\nawait execute('apt-get', ['install', 'gcc']);" },
    { 'test/a.test.ts': "// A.\nexecSync('apt-get install -y gcc');" },
    { 'test/support/a.ts': "// A.\nspawnSync('sudo', ['-n', 'apt-get', 'update']);" },
    { 'test/support/b.ts': '// B.\nexecSync(`sudo apt install gcc`);' },
    { 'test/support/c.ts': "// C.\nspawnSync('sh', ['-c', 'true && apt-get install gcc']);" },
    { 'test/vm/a.sh': 'if ! which gcc; then apt-get install gcc; fi' },
    { 'package.json': '{\n  "pretest": "apt-get install gcc"\n}' },
  ],
};
