/**
 * Proves that a project installs ringsmith from a registry with one command and no compiler, with every npm and Node that
 * it is for: without a warning, again from the lock file, and after a rebuild; that a ring then runs; and that it is small.
 * The generator's package, added, gives the other commands, and works alone.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeOf } from '../support/node-versions.js';
import { npmTool } from '../support/npm-tools.js';
import { needPackages, PACKAGES } from '../support/release/packages.js';
import { type Registry, startRegistry } from '../support/release/registry.js';

const NODES = [20, 22, 24, 26];
/** npm of Node 20 is 10; npm 12 wants Node 22. */
const PAIRS = NODES.flatMap((node) =>
  ['10', '11', '12'].filter((npm) => node > 20 || npm !== '12').map((npm) => ({ node, npm })),
);
const MOST_BYTES = 5_000_000;
const MOST_PACKAGES = 3;
const RUN_MS = 120_000;

const PROGRAM = `
import { Ring } from 'ringsmith';
import { readFileSync } from 'node:fs';
const ring = new Ring();
const fd = await ring.ops.openat({ path: 'package.json' });
const buffer = ring.alloc(4096);
const bytes = await ring.ops.read({ fd, buffer, offset: 0 });
console.log(buffer.bytes.toString('utf8', 0, bytes) === readFileSync('package.json', 'utf8'));
await ring.ops.close({ fd });
await ring.close();
`;

needPackages();

let registry: Registry | { readonly lack: string };
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringsmith-install-'));
  registry = existsSync(PACKAGES)
    ? await startRegistry(join(folder, 'registry'), PACKAGES)
    : { lack: 'there are no packages' };
}, 900_000);

afterAll(() => {
  if ('stop' in registry) registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A PATH with Node and what programs of npm's need, and nothing that compiles. */
function pathWith(node: string): string {
  const bin = join(folder, `bin-${node.replaceAll('/', '_')}`);
  if (!readdirSync(folder).includes(bin.slice(folder.length + 1))) {
    mkdirSync(bin);
    symlinkSync(node, join(bin, 'node'));
    for (const name of ['sh', 'env']) symlinkSync(`/bin/${name}`, join(bin, name));
  }
  return bin;
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

function run(node: string, cwd: string, args: readonly string[]): Outcome {
  const environment = {
    PATH: pathWith(node),
    HOME: join(folder, 'home'),
    npm_config_update_notifier: 'false',
  };
  const { status, stdout, stderr } = spawnSync(node, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
    timeout: RUN_MS,
  });
  return { code: status, output: `${stdout}${stderr}` };
}

/** Files of a folder, with what lies below. */
function sizeOf(path: string): number {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Packages in node_modules, of a scope too. */
const packagesIn = (modules: string): string[] =>
  readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((one) => `${name}/${one}`) : [name],
    );

function theRegistry(skip: (when: boolean, why: string) => void): Registry {
  skip('lack' in registry, 'lack' in registry ? registry.lack : '');
  return registry as Registry;
}

describe.each(PAIRS)('npm $npm on Node $node', ({ node: major, npm: range }) => {
  it('installs, installs again from the lock file, rebuilds, and a ring runs', { timeout: 400_000 }, async ({
    skip,
  }) => {
    const { project } = theRegistry(skip);
    const node = await nodeOf(major);
    const npm = await npmTool('npm', range);
    skip('lack' in node, 'lack' in node ? node.lack : '');
    skip('lack' in npm, 'lack' in npm ? npm.lack : '');
    if ('lack' in node || 'lack' in npm) return;
    const home = join(folder, `npm${range}-node${major}`);
    project(home);
    writeFileSync(join(home, 'program.js'), PROGRAM);
    for (const words of [['install', 'ringsmith'], ['ci'], ['rebuild']]) {
      const { code, output } = run(node.path, home, [npm.script, ...words]);
      expect(code, output).toBe(0);
      expect(output, words.join(' ')).not.toMatch(/warn|gyp|deprecated/i);
      expect(run(node.path, home, ['program.js']).output).toBe('true\n');
    }
    const modules = join(home, 'node_modules');
    expect(packagesIn(modules).length).toBeLessThanOrEqual(MOST_PACKAGES);
    expect(sizeOf(modules)).toBeLessThanOrEqual(MOST_BYTES);
    const doctor = run(node.path, home, [npm.script, 'exec', '--', 'ringsmith', 'doctor']);
    expect(doctor.output).toContain('this machine can run a ring');
  });
});

const OTHERS = [
  { name: 'pnpm', range: '10', add: ['add', 'ringsmith'], again: ['install', '--frozen-lockfile'] },
  {
    name: 'yarn',
    range: '1',
    add: ['add', 'ringsmith', '--no-progress'],
    again: ['install', '--frozen-lockfile', '--force', '--no-progress'],
  },
];

describe.each(OTHERS)('$name', ({ name, range, add, again }) => {
  it('installs, installs again from its lock file, and a ring runs', { timeout: 400_000 }, async ({
    skip,
  }) => {
    const { project } = theRegistry(skip);
    const tool = await npmTool(name, range);
    skip('lack' in tool, 'lack' in tool ? tool.lack : '');
    if ('lack' in tool) return;
    const home = join(folder, name);
    project(home);
    writeFileSync(join(home, 'program.js'), PROGRAM);
    const node = process.execPath;
    for (const words of [add, again]) {
      const { code, output } = run(node, home, [tool.script, ...words]);
      expect(code, output).toBe(0);
      expect(output, words.join(' ')).not.toMatch(/\bgyp\b|build script|install script/i);
      expect(run(node, home, ['program.js']).output).toBe('true\n');
    }
  });
});

describe('the generator', () => {
  it('is a package of its own, whose commands the command ringsmith has too', { timeout: 400_000 }, async ({
    skip,
  }) => {
    const { project } = theRegistry(skip);
    const npm = await npmTool('npm', '11');
    skip('lack' in npm, 'lack' in npm ? npm.lack : '');
    if ('lack' in npm) return;
    const home = join(folder, 'generator');
    project(home);
    const node = process.execPath;
    const exec = (...words: string[]): Outcome =>
      run(node, home, [npm.script, 'exec', '--', 'ringsmith', ...words]);
    expect(run(node, home, [npm.script, 'install', 'ringsmith']).code).toBe(0);
    const missing = exec('generate', '--kernel', '6.1');
    expect(missing.code).toBe(2);
    expect(missing.output).toContain('npm install --save-dev @ringsmith/generator');
    const installed = run(node, home, [npm.script, 'install', '--save-dev', '@ringsmith/generator']);
    expect(installed.code, installed.output).toBe(0);
    expect(installed.output).not.toMatch(/warn|gyp|deprecated/i);
    const generated = exec('generate', '--kernel', '6.1');
    expect(generated.code, generated.output).toBe(0);
    writeFileSync(
      join(home, 'program.js'),
      PROGRAM.replace("'ringsmith'", "'./ringsmith-linux-6.1/index.js'"),
    );
    expect(run(node, home, ['program.js']).output).toBe('true\n');
    for (const words of [
      ['coverage'],
      ['kernels'],
      ['diff', '6.1', '6.12', '--format', 'json'],
      ['explain', 'fsync', 'flags=8'],
    ]) {
      const { code, output } = exec(...words);
      expect([0, 1], output).toContain(code);
      expect(output.length).toBeGreaterThan(100);
    }
    expect(exec('doctor').output).toMatch(/libclang/);
    rmSync(home, { recursive: true });
  });

  it('runs without a project', { timeout: 400_000 }, async ({ skip }) => {
    const { project } = theRegistry(skip);
    const npm = await npmTool('npm', '11');
    skip('lack' in npm, 'lack' in npm ? npm.lack : '');
    if ('lack' in npm) return;
    const home = join(folder, 'alone');
    project(home);
    const words = ['exec', '--yes', '@ringsmith/generator', '--', 'explain', 'fsync', 'flags=8'];
    const { code, output } = run(process.execPath, home, [npm.script, ...words]);
    expect(code, output).toBe(1);
    expect(output).toContain('IORING_FSYNC_DATASYNC');
  });
});
