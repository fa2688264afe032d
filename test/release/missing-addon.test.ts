/**
 * Proves that a program which finds no native addon, or runs where none can be, is told in one sentence what is missing and
 * what to do; that everything but rings works on other systems; and that bundles keep working, or say what they need.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { npmTool } from '../support/npm-tools.js';
import { needPackages, PACKAGES } from '../support/release/packages.js';

const HERE = `linux-${process.arch}`;
const OTHER = process.arch === 'x64' ? 'linux-arm64-glibc' : 'linux-x64-glibc';

needPackages();

/** A project with ringsmith and those platform packages, as npm would lay them out. */
function project(...platforms: readonly string[]): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  cpSync(join(PACKAGES, 'ringsmith'), join(modules, 'ringsmith'), { recursive: true });
  mkdirSync(join(modules, '@ringsmith'));
  for (const name of platforms)
    cpSync(join(PACKAGES, name), join(modules, '@ringsmith', name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"project","type":"module"}');
  return folder;
}

const PROGRAM = `
import { Ring } from 'ringsmith';
import { IORING_OP_NOP, O_RDONLY } from 'ringsmith/abi';
console.log('imported', IORING_OP_NOP, O_RDONLY);
async function main() {
  try {
    const ring = new Ring();
    console.log('result', await ring.ops.nop({}));
    await ring.close();
  } catch (error) {
    console.log(error.code, error.message);
  }
}
main();
`;

interface Setting {
  readonly env?: NodeJS.ProcessEnv;
  /** What a module that is loaded first does, e.g. pretend another platform. */
  readonly first?: string;
}

function run(folder: string, file: string, { env = {}, first }: Setting = {}): string {
  const options =
    first === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(first)}`];
  const { stdout, stderr } = spawnSync(process.execPath, [...options, join(folder, file)], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return `${stdout}${stderr}`;
}

function runProgram(folder: string, setting?: Setting): string {
  writeFileSync(join(folder, 'program.js'), PROGRAM);
  return run(folder, 'program.js', setting);
}

const pretend = (name: string, value: string): string =>
  `Object.defineProperty(process, '${name}', { value: '${value}' });`;

describe('a project', () => {
  it('runs with the package of its platform, beside those of others', () => {
    expect(runProgram(project(`${HERE}-glibc`, OTHER))).toBe('imported 0 0\nresult 0\n');
  });

  it('runs in a worker that is given its program as text', () => {
    const folder = project(`${HERE}-glibc`);
    const program = `import { Worker } from 'node:worker_threads';
      new Worker("import('ringsmith').then(async ({ Ring }) => { const ring = new Ring(); console.log(await ring.ops.nop({})); await ring.close(); })", { eval: true });`;
    writeFileSync(join(folder, 'threads.js'), program);
    expect(run(folder, 'threads.js')).toBe('0\n');
  });

  it('takes what fits of two libraries of C', () => {
    expect(runProgram(project(`${HERE}-musl`, `${HERE}-glibc`))).toBe('imported 0 0\nresult 0\n');
  });

  it('without platform packages is told which, and how', () => {
    expect(runProgram(project())).toMatch(
      new RegExp(
        `^imported 0 0\nERR_RING_ADDON_MISSING .*neither @ringsmith/${HERE}-glibc nor @ringsmith/${HERE}-musl is installed; no ring can be opened.*omit=optional.*npx ringsmith build`,
      ),
    );
  });

  it('with the lock file of another machine is told so', () => {
    expect(runProgram(project(OTHER))).toMatch(
      new RegExp(
        `ERR_RING_ADDON_MISSING .*@ringsmith/${OTHER} is installed, and this is ${HERE}.*another machine.*npm install`,
      ),
    );
  });

  it('with musl alone, where the process has glibc, hears what the linker said', () => {
    expect(runProgram(project(`${HERE}-musl`))).toMatch(
      /ERR_RING_ADDON_MISSING .*does not load \(.*musl.*npx ringsmith build/s,
    );
  });

  it('with a damaged file hears what the linker said', () => {
    const folder = project(`${HERE}-glibc`);
    writeFileSync(
      join(folder, 'node_modules', '@ringsmith', `${HERE}-glibc`, 'ringsmith.node'),
      'not a library',
    );
    expect(runProgram(folder)).toMatch(
      /ERR_RING_ADDON_MISSING .*does not load \(.*ringsmith\.node: .*; no ring can be opened/,
    );
  });

  it('may name the file itself', () => {
    const file = join(PACKAGES, `${HERE}-glibc`, 'ringsmith.node');
    expect(runProgram(project(), { env: { RINGSMITH_ADDON: file } })).toContain('result 0');
    expect(runProgram(project(), { env: { RINGSMITH_ADDON: '/no/such.node' } })).toMatch(
      /RINGSMITH_ADDON names \/no\/such\.node, which is not there/,
    );
  });
});

describe('another system', () => {
  it.each(['darwin', 'win32'])(
    '%s imports everything, and says that io_uring is a part of Linux',
    (platform) => {
      const output = runProgram(project(), { first: pretend('platform', platform) });
      expect(output).toMatch(
        /^imported 0 0\nERR_RING_PLATFORM ringsmith: io_uring is a part of Linux, and this is (macOS|Windows)/,
      );
    },
  );

  it('Electron that packs its files is told to unpack them', () => {
    const folder = join(temporaryFolder(), 'app.asar');
    cpSync(project(`${HERE}-glibc`), folder, { recursive: true });
    writeFileSync(join(folder, 'node_modules', '@ringsmith', `${HERE}-glibc`, 'ringsmith.node'), 'packed');
    const versions = "{ ...process.versions, electron: '40.0.0' }";
    const first = `Object.defineProperty(process, 'versions', { value: ${versions} });`;
    expect(runProgram(folder, { first })).toMatch(/asarUnpack/);
  });
});

interface Bundler {
  readonly name: string;
  readonly range: string;
  readonly words: readonly string[];
  readonly output: string;
}

const ESBUILD = ['program.js', '--bundle', '--platform=node', '--log-level=error'];
const BUNDLERS: readonly Bundler[] = [
  {
    name: 'esbuild',
    range: '0.25',
    words: [...ESBUILD, '--format=esm', '--outfile=out/bundle.mjs'],
    output: 'bundle.mjs',
  },
  {
    name: 'esbuild',
    range: '0.25',
    words: [...ESBUILD, '--format=cjs', '--outfile=out/bundle.cjs'],
    output: 'bundle.cjs',
  },
  {
    name: 'webpack-cli',
    range: '6',
    words: ['build', '--entry', './program.js', '--target', 'node', '--mode', 'production', '-o', 'out'],
    output: 'main.js',
  },
];

describe.each(BUNDLERS)('a bundle by $name ($output)', ({ name, range, words, output }) => {
  it('works beside node_modules, and elsewhere says to keep ringsmith out of it', {
    timeout: 300_000,
  }, async ({ skip }) => {
    const tool = await npmTool(name, range, name === 'webpack-cli' ? { beside: { webpack: '5' } } : {});
    skip('lack' in tool, 'lack' in tool ? tool.lack : '');
    if ('lack' in tool) return;
    const folder = project(`${HERE}-glibc`);
    writeFileSync(join(folder, 'program.js'), PROGRAM);
    // webpack gives a bundle of modules the project's type.
    const made = spawnSync(process.execPath, [tool.script, ...words], { cwd: folder, encoding: 'utf8' });
    expect(made.status, `${made.stdout}${made.stderr}`).toBe(0);
    if (output === 'main.js') writeFileSync(join(folder, 'out', 'package.json'), '{"type":"commonjs"}');
    expect(run(folder, join('out', output))).toBe('imported 0 0\nresult 0\n');
    const elsewhere = temporaryFolder();
    cpSync(join(folder, 'out'), elsewhere, { recursive: true });
    rmSync(folder, { recursive: true });
    const there = run(elsewhere, output);
    expect(there).toMatch(
      /ERR_RING_ADDON_MISSING .*bundled into a program.*--external:ringsmith.*RINGSMITH_ADDON/,
    );
    const file = join(PACKAGES, `${HERE}-glibc`, 'ringsmith.node');
    expect(run(elsewhere, output, { env: { RINGSMITH_ADDON: file } })).toContain('result 0');
  });
});
