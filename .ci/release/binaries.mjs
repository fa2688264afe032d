#!/usr/bin/env node
/**
 * Builds the native addons of every platform into dist/binaries/PLATFORM/, from any Linux machine, with the same bytes from
 * the same sources: the runtime's goes into a package per platform, those of the generator into its package.
 *
 *   node .ci/release/binaries.mjs [--out FOLDER] [PLATFORM...]
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Failure, printFailure } from '../prepare/failure.mjs';
import { ROOT } from '../prepare/paths.mjs';
import { PLATFORMS } from './manifests.mjs';
import { toolchain } from './toolchain.mjs';

/** CentOS 7's C library: every glibc that Node 20 runs on is newer. */
const GLIBC = '2.17';
const TARGETS = {
  'linux-x64-glibc': `x86_64-linux-gnu.${GLIBC}`,
  'linux-arm64-glibc': `aarch64-linux-gnu.${GLIBC}`,
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-musl': 'aarch64-linux-musl',
};
const ADDONS = {
  ringsmith: {
    folders: ['runtime/native'],
    files: ['generated/native/encoders.cc'],
    include: ['runtime/native', 'generated/native'],
  },
  ringsmith_clang: { folders: ['generator/clang/native'], files: [], include: [] },
  ringsmith_exchange: { folders: ['generator/emit/native'], files: [], include: [] },
};
/** What a binary shows: Node-API's entry points alone, and nothing of the C++ library that is linked into it. */
const EXPORTS = '.ci/release/exports.map';
/** As binding.gyp has them; and nothing of the machine that this runs on. */
const FLAGS = [
  ...[
    '-shared',
    '-fPIC',
    '-O2',
    '-std=c++17',
    '-fvisibility=hidden',
    '-fno-exceptions',
    '-fno-sanitize=undefined',
  ],
  ...[
    '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
    '-DNAPI_VERSION=8',
    '-Werror=return-type',
    '-Wno-nullability-completeness',
  ],
  ...['-Wl,-z,nodelete', `-Wl,--version-script=${EXPORTS}`, '-s', '-ffile-prefix-map=.=ringsmith'],
];
const BUILD_MS = 900_000;
const AT_ONCE = 2;

function sources({ folders, files }) {
  const found = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.cc'))
      .map((name) => `${folder}/${name}`),
  );
  return [...found, ...files].sort();
}

/** What a binary is made of: everything that the command line and the compiler read. */
function fingerprint(words, { include, folders }) {
  const hash = createHash('sha256')
    .update(JSON.stringify(words))
    .update(readFileSync(join(ROOT, EXPORTS)));
  for (const folder of [...new Set([...folders, ...include])].sort())
    for (const name of readdirSync(join(ROOT, folder)).sort())
      if (/\.(cc|h)$/.test(name)) hash.update(name).update(readFileSync(join(ROOT, folder, name)));
  return hash.digest('hex');
}

async function build(tools, out, platform, name) {
  const addon = ADDONS[name];
  const target = join(out, platform, `${name}.node`);
  const own = [
    '-I',
    tools.headers,
    '-I',
    dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json')),
  ];
  const include = addon.include.flatMap((folder) => ['-I', folder]);
  const words = ['c++', '-target', TARGETS[platform], ...FLAGS, ...include, ...sources(addon)];
  const mark = `${target}.sha256`;
  const wanted = fingerprint([words, tools.zig], addon);
  if (existsSync(target) && existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  mkdirSync(dirname(target), { recursive: true });
  const making = `${target}.making`;
  try {
    await promisify(execFile)(tools.zig, [...words, ...own, '-o', making], {
      cwd: ROOT,
      env: tools.env,
      timeout: BUILD_MS,
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    throw new Failure({
      what: `${name} does not compile for ${platform}:\n${error.stderr ?? error.message}`,
      consequence: 'there is no binary for that platform.',
      remedy: 'Correct the errors above.',
    });
  }
  renameSync(making, target);
  writeFileSync(mark, wanted);
  process.stdout.write(`${platform}/${name}.node  ${statSync(target).size} bytes\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(ROOT, 'dist', 'binaries') } },
});
async function buildAll() {
  const tools = toolchain();
  const platforms = positionals.length > 0 ? positionals : PLATFORMS;
  const jobs = platforms.flatMap((platform) => Object.keys(ADDONS).map((name) => [platform, name]));
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift())
      await build(tools, resolve(values.out), ...job);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

try {
  await buildAll();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  printFailure(error);
  process.exitCode = 1;
}
