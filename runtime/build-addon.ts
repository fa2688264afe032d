/**
 * `ringsmith build`: the native addon from the package's own sources, for machines that no platform package is for. npm brings
 * what it takes beside a C++17 compiler, make and Python, and nothing of it stays.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUILT_FROM_SOURCE, packageRoot } from './port/addon-file.js';

const TOOLS = { 'node-gyp': '^12.4.0', 'node-addon-api': '^8.9.2' };
const FAILED = 1;

function run(folder: string, command: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (error !== undefined)
    process.stderr.write(`ringsmith: ${command} cannot be started: ${error.message}\n`);
  return status === 0;
}

/** Headers of this very Node, where they came with it; otherwise node-gyp downloads them. */
function headerOptions(): string[] {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/** Builds it. @returns the exit code */
export function buildAddon(): number {
  const root = packageRoot();
  if (root === undefined) throw new Error('ringsmith: it was bundled, and its sources are not there');
  const tools = mkdtempSync(join(tmpdir(), 'ringsmith-build-'));
  try {
    writeFileSync(join(tools, 'package.json'), JSON.stringify({ private: true, dependencies: TOOLS }));
    const modules = join(tools, 'node_modules');
    const words = ['rebuild', '-C', join(root, 'runtime', 'native'), ...headerOptions()];
    const gyp = join(modules, 'node-gyp', 'bin', 'node-gyp.js');
    const able =
      run(tools, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']) &&
      run(tools, process.execPath, [gyp, ...words, '--', `-Daddon_api=${join(modules, 'node-addon-api')}`]);
    const file = join(root, BUILT_FROM_SOURCE);
    if (!able || !existsSync(file)) {
      process.stderr.write(
        'ringsmith: the addon was not built; see above. It takes a C++17 compiler, make, Python and npm.\n',
      );
      return FAILED;
    }
    process.stdout.write(`${file}\n`);
    return 0;
  } finally {
    rmSync(tools, { recursive: true, force: true });
  }
}
