/** A registry on loopback that has ringsmith's packages, and everything else from where this machine gets it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import { npmTool } from '../npm-tools.js';

const START_MS = 60_000;
const VERDACCIO = '6';

export interface Registry {
  readonly url: string;
  /** Makes a project of an empty folder: its package.json, and an .npmrc that leads here. */
  project(folder: string, manifest?: object): void;
  stop(): void;
}

const upstream = (): string =>
  execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();

/** As JSON, which YAML includes. Anybody may publish: it listens on loopback, and ends with the test. */
function configuration(folder: string): string {
  return JSON.stringify({
    storage: join(folder, 'storage'),
    uplinks: { upstream: { url: upstream(), timeout: '60s' } },
    packages: {
      '@ringsmith/*': { access: '$all', publish: '$all', unpublish: '$all' },
      ringsmith: { access: '$all', publish: '$all', unpublish: '$all' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    log: { type: 'stdout', format: 'pretty', level: 'warn' },
    web: { enable: false },
  });
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + START_MS;
  while (Date.now() < end && server.exitCode === null) {
    const response = await fetch(`${url}-/ping`).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(200);
  }
  throw new Error('the registry does not answer');
}

/**
 * @param folder an empty folder for what it keeps
 * @param tarballs where the packages are, as `npm pack` makes them
 * @returns the registry, or why there is none
 */
export async function startRegistry(
  folder: string,
  tarballs: string,
): Promise<Registry | { readonly lack: string }> {
  // It asks for a tag of node-fetch, which mirrors of the registry may not have.
  const tool = await npmTool('verdaccio', VERDACCIO, { overrides: { 'node-fetch': '^2.7.0' } });
  if ('lack' in tool) return tool;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configuration(folder));
  const server = spawn(process.execPath, [tool.script, '--config', config, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  await answers(url, server);
  const npmrc = `registry=${url}\n//127.0.0.1:${port}/:_authToken=anybody\nprovenance=false\n`;
  writeFileSync(join(folder, '.npmrc'), npmrc);
  writeFileSync(join(folder, 'package.json'), '{}');
  for (const name of readdirSync(tarballs).filter((file) => file.endsWith('.tgz')))
    execFileSync('npm', ['publish', join(tarballs, name), '--ignore-scripts', '--provenance=false'], {
      cwd: folder,
      stdio: 'pipe',
    });
  return {
    url,
    project(project, manifest = {}) {
      mkdirSync(project, { recursive: true });
      writeFileSync(join(project, '.npmrc'), npmrc);
      writeFileSync(
        join(project, 'package.json'),
        JSON.stringify({ name: 'project', version: '1.0.0', type: 'module', ...manifest }),
      );
    },
    stop: () => void server.kill(),
  };
}
