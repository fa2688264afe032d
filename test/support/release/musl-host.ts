/**
 * A program for musl that loads an addon as Node does: with the functions that Node has, by name, because an addon without
 * them does not load; and says what the addon shows. There is no Node for musl in npm to do it with.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackage } from '../../../generator/kernels/fetch.js';
import { unpack } from '../../../generator/kernels/header-package.js';
import { temporaryFolder } from '../cli.js';
import { ROOT } from '../repository.js';

const PLATFORM = 'linux-x64-musl';
const TARGET = 'x86_64-linux-musl';
const BUILD_MS = 300_000;

interface Toolchain {
  readonly zig: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The release's compiler, which is a script's and has no types. */
function toolchain(): Toolchain {
  const module = JSON.stringify(join(ROOT, '.ci', 'release', 'toolchain.mjs'));
  const script = `import { toolchain } from ${module}; console.log(JSON.stringify(toolchain()));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: BUILD_MS,
    }),
  ) as Toolchain;
}

const PROGRAM = `
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **words) {
  void *addon = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (addon == NULL) return puts(dlerror()), 1;
  int (*version)(void) = (int (*)(void))dlsym(addon, "node_api_module_get_api_version_v1");
  if (version == NULL || dlsym(addon, "napi_register_module_v1") == NULL) return puts("no entry point"), 1;
  return printf("Node-API %d\\n", version()), 0;
}
`;

export interface MuslHost {
  /** musl's own, a program that takes the host and its arguments. */
  readonly loader: string;
  readonly host: string;
  readonly addon: string;
}

/** Makes the program for the addon that the preparation of the tests made. @throws Problem without Debian's musl */
export function muslHost(): MuslHost {
  const addon = join(ROOT, 'dist', 'binaries', PLATFORM, 'ringsmith.node');
  const folder = temporaryFolder();
  unpack(fetchPackage('musl', undefined, 'amd64').path, folder);
  const libraries = ['lib', 'usr/lib']
    .map((name) => join(folder, name))
    .filter((name) => existsSync(name))
    .flatMap((below) => readdirSync(below).map((name) => join(below, name, 'libc.so')));
  const loader = libraries.find((file) => existsSync(file))!;
  const symbols = execFileSync('readelf', ['--dyn-syms', '--wide', addon], { encoding: 'utf8' });
  const names = [...symbols.matchAll(/ UND ((?:napi|node|uv)_\w+)/g)].map(([, name]) => name);
  const [source, host] = [join(folder, 'host.c'), join(folder, 'host')];
  writeFileSync(source, PROGRAM + names.map((name) => `void ${name}(void) {}\n`).join(''));
  const tools = toolchain();
  execFileSync(tools.zig, ['cc', '-target', TARGET, '-dynamic', '-rdynamic', '-o', host, source], {
    env: tools.env,
    stdio: 'pipe',
    timeout: BUILD_MS,
  });
  return { loader, host, addon };
}
