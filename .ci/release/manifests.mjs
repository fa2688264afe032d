/**
 * The manifests of what is published. What all packages share is in package.json at the root, which itself is private; a
 * platform package has one native addon, and npm installs the one that fits by `os`, `cpu` and `libc`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../prepare/paths.mjs';

export const RUNTIME = 'ringsmith';
export const GENERATOR = '@ringsmith/generator';
export const PLATFORMS = ['linux-x64-glibc', 'linux-arm64-glibc', 'linux-x64-musl', 'linux-arm64-musl'];

const root = () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

export const platformName = (platform) => `@ringsmith/${platform}`;

/** What stands in every manifest. */
function common(name, description, keywords) {
  const { version, license, author, homepage, repository, bugs, engines } = root();
  const publishConfig = { access: 'public', provenance: true };
  return {
    name,
    version,
    description,
    keywords,
    license,
    author,
    homepage,
    repository,
    bugs,
    engines,
    publishConfig,
  };
}

const KEYWORDS = ['io_uring', 'linux', 'kernel', 'async', 'io', 'filesystem', 'network', 'performance'];

export function runtimeManifest() {
  const { description, version, exports } = root();
  const { './generator': _, ...entries } = exports;
  return {
    ...common(RUNTIME, description, KEYWORDS),
    type: 'module',
    sideEffects: false,
    bin: { ringsmith: 'dist/runtime/main.js' },
    exports: entries,
    types: entries['.'].types,
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [platformName(platform), version])),
  };
}

export function generatorManifest() {
  const { version, exports, dependencies } = root();
  return {
    ...common(
      GENERATOR,
      "Generates typed io_uring bindings for Node.js from the Linux kernel's headers and source, and checks their coverage",
      [...KEYWORDS, 'codegen', 'generator', 'bindings'],
    ),
    type: 'module',
    bin: { 'ringsmith-generator': 'dist/generator/main.js' },
    exports: {
      '.': exports['./generator'],
      './package.json': './package.json',
    },
    types: exports['./generator'].types,
    dependencies: { ...dependencies, [RUNTIME]: version },
  };
}

export function platformManifest(platform) {
  const [os, cpu, libc] = platform.split('-');
  return {
    ...common(platformName(platform), `The native addon of ringsmith for ${cpu} Linux with ${libc}`, [
      'ringsmith',
      'io_uring',
    ]),
    os: [os],
    cpu: [cpu],
    libc: [libc],
    exports: { './ringsmith.node': './ringsmith.node', './package.json': './package.json' },
    preferUnplugged: true,
  };
}
