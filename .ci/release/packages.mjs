#!/usr/bin/env node
/**
 * Makes what is published into dist/packages/: a folder and a tarball for the runtime, the generator, and each platform.
 * dist/ and dist/binaries/ are made before (`npm run build:ts`, `npm run binaries`); `npm run packages` does it all.
 *
 *   node .ci/release/packages.mjs [--out FOLDER] [PLATFORM...]     of those platforms only, to try the others
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure, printFailure } from '../prepare/failure.mjs';
import { ROOT } from '../prepare/paths.mjs';
import { closure } from './closure.mjs';
import { generatorManifest, PLATFORMS, platformManifest, runtimeManifest } from './manifests.mjs';

const DIST = join(ROOT, 'dist');
const BINARIES = join(DIST, 'binaries');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(DIST, 'packages') } },
});
const PACKAGES = resolve(values.out);
const WANTED = positionals.length > 0 ? positionals : PLATFORMS;
const SOURCES = /\.(cc|h|gyp|gypi)$/;
const PROGRAMS = /^dist\/(runtime|generator)\/main\.js$/;

/** Entry points, scripts and declarations, that a manifest names. */
function entries({ exports, bin }) {
  const named = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  const files = [...named, ...Object.values(bin ?? {})].map((file) => file.replace(/^\.\//, ''));
  return files.filter((file) => file.startsWith('dist/')).map((file) => file.slice('dist/'.length));
}

function copy(from, to) {
  if (!existsSync(from))
    throw new Failure({
      what: `${from} is not there`,
      consequence: 'the packages would lack a part.',
      remedy: 'Run npm run packages, which makes everything first.',
    });
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}

/** A package's folder, from scratch. */
function start(name, manifest) {
  const folder = join(PACKAGES, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copy(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  return folder;
}

function withCode(folder, manifest) {
  for (const file of closure(DIST, entries(manifest))) {
    const target = join(folder, 'dist', file);
    copy(join(DIST, file), target);
    chmodSync(target, PROGRAMS.test(`dist/${file}`) ? 0o755 : 0o644);
  }
}

function runtimePackage() {
  const manifest = runtimeManifest();
  const folder = start('ringsmith', manifest);
  withCode(folder, manifest);
  for (const file of ['README.md', 'CHANGELOG.md']) copy(join(ROOT, file), join(folder, file));
  // To build from source, and for the native encoders of packages that a user generates.
  for (const name of readdirSync(join(ROOT, 'runtime', 'native')).filter((one) => SOURCES.test(one)))
    copy(join(ROOT, 'runtime', 'native', name), join(folder, 'runtime', 'native', name));
  for (const file of ['abi.h', 'encoders.cc'])
    copy(join(ROOT, 'generated', 'native', file), join(folder, 'generated', 'native', file));
  return folder;
}

function generatorPackage() {
  const manifest = generatorManifest();
  const folder = start('generator', manifest);
  withCode(folder, manifest);
  copy(join(ROOT, 'generator', 'README.md'), join(folder, 'README.md'));
  copy(join(ROOT, 'templates'), join(folder, 'templates'));
  copy(join(ROOT, 'generated', 'kernels'), join(folder, 'generated', 'kernels'));
  for (const platform of WANTED)
    for (const addon of ['ringsmith_clang.node', 'ringsmith_exchange.node'])
      copy(join(BINARIES, platform, addon), join(folder, 'binaries', platform, addon));
  return folder;
}

function platformPackage(platform) {
  const folder = start(platform, platformManifest(platform));
  copy(join(BINARIES, platform, 'ringsmith.node'), join(folder, 'ringsmith.node'));
  writeFileSync(
    join(folder, 'README.md'),
    `# @ringsmith/${platform}\n\nThe native addon of ringsmith for this platform. ` +
      'It is installed with ringsmith and is not imported by itself.\n',
  );
  return folder;
}

/** npm gives every file in a tarball the same date and owner, so that the same files make the same bytes. */
function pack(folder) {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', PACKAGES], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(output);
  process.stdout.write(`${filename}  ${size} bytes, ${unpackedSize} unpacked, ${entryCount} files\n`);
}

try {
  rmSync(PACKAGES, { recursive: true, force: true });
  const folders = [runtimePackage(), generatorPackage(), ...WANTED.map(platformPackage)];
  for (const folder of folders) pack(folder);
  if (readdirSync(PACKAGES).filter((name) => name.endsWith('.tgz')).length !== folders.length)
    throw new Error('npm pack made fewer tarballs than there are packages');
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  printFailure(error);
  process.exitCode = 1;
}
