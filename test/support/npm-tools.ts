/**
 * Programs from npm that only some tests run, such as a registry or other package managers: each in a folder of its own in
 * the user's cache, because as dependencies they would be installed with every clone.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ringsmith', 'tools');
const FETCH_MS = 240_000;

type Versions = Readonly<Record<string, string>>;

export interface Tool {
  /** The script that Node runs. */
  readonly script: string;
  readonly version: string;
}

/**
 * @param name the npm package
 * @param range which of its versions
 * @param options `program`: its command, when it is not named as the package; `beside`: packages that it wants installed with it;
 *   `overrides`: versions of its dependencies
 * @returns the command's script, or why there is none
 */
export async function npmTool(
  name: string,
  range: string,
  {
    program = name,
    beside = {},
    overrides = {},
  }: { program?: string; beside?: Versions; overrides?: Versions } = {},
): Promise<Tool | { readonly lack: string }> {
  const folder = join(CACHE, `${name.replace('/', '+')}-${range.replaceAll(/[^\w.]/g, '_')}`);
  const home = join(folder, 'node_modules', name);
  if (!existsSync(join(home, 'package.json'))) {
    mkdirSync(folder, { recursive: true });
    const manifest = { private: true, dependencies: { ...beside, [name]: range }, overrides };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts'];
    try {
      await promisify(execFile)('npm', words, { cwd: folder, timeout: FETCH_MS });
    } catch (error) {
      return {
        lack: `${name}@${range} could not be fetched with npm: ${(error as Error).message.split('\n')[0]}`,
      };
    }
  }
  const { bin, version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    readonly bin: string | Readonly<Record<string, string>>;
    readonly version: string;
  };
  const script = typeof bin === 'string' ? bin : bin[program];
  return script === undefined
    ? { lack: `${name}@${version} has no command ${program}` }
    : { script: join(home, script), version };
}
