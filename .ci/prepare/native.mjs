/** The two native addons, built by node-gyp: ringsmith.node drives rings, ringsmith_clang.node loads libclang. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runOrFail } from './command.mjs';
import { filesBelow, ROOT } from './paths.mjs';
import { allExist, hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { ensureToolchain } from './toolchain.mjs';

const STAMP = 'native';
const SOURCE_FOLDERS = ['runtime/native', 'generated/native', 'generator/clang/native'];
const OUTPUTS = ['build/Release/ringsmith.node', 'build/Release/ringsmith_clang.node'];

export const nativeAddons = {
  title: 'building native addons',
  inputs: () => ({ sources: sourcesHash(), platform: platformHash() }),
  isDone: ({ sources, platform }) => {
    const stamp = readStamp(STAMP);
    return stamp?.sources === sources && stamp.platform === platform && allExist(OUTPUTS);
  },
  // The stamp keeps what the objects in build/ were compiled for, so that make may go on from them.
  forget: () => writeStamp(STAMP, { platform: readStamp(STAMP)?.platform }),
  run: build,
};

async function build(inputs) {
  await ensureToolchain();
  // make follows changed sources and flags by itself, but not another Node, nor objects of unknown origin.
  if (readStamp(STAMP)?.platform !== inputs.platform) {
    removeStamp(STAMP);
    rmSync(join(ROOT, 'build'), { recursive: true, force: true });
    writeStamp(STAMP, { platform: inputs.platform });
  }
  // What is there was built from other sources: should the build stop half-way, it must not be taken for new.
  for (const output of OUTPUTS) rmSync(join(ROOT, output), { force: true });
  await runOrFail('native', 'npm', ['run', '--loglevel=error', 'build:native'], {
    env: headersEnvironment(),
    consequence: 'no ring can be opened and no C header can be parsed.',
    remedy:
      'A compiler error is a defect of ringsmith or of generated/native (regenerate it). If Node.js headers could not ' +
      'be downloaded, install them (Debian package libnode-dev) or unpack them beside node, in <prefix>/include/node.',
  });
  if (!allExist(OUTPUTS)) throw new Error(`node-gyp succeeded without making ${OUTPUTS.join(' and ')}`);
  writeStamp(STAMP, inputs);
}

function sourcesHash() {
  return hashOf([
    ...SOURCE_FOLDERS.flatMap((folder) => filesBelow(folder, /\.(cc|c|h)$/)),
    'binding.gyp',
    'runtime/native/addon.gypi',
    'package.json',
  ]);
}

/** What every object depends on and make does not see. */
function platformHash() {
  return hashOf(
    ['package-lock.json'],
    [process.version, process.arch, process.env.CXX, process.env.CXXFLAGS, ROOT],
  );
}

/** Points node-gyp to headers that came with this very node; otherwise it finds or downloads them by itself. */
function headersEnvironment() {
  const prefix = dirname(dirname(process.execPath));
  // node-gyp lets this variable win over npm's settings and its own command line.
  return headersMajor(prefix) === process.versions.node.split('.')[0]
    ? { npm_package_config_node_gyp_nodedir: prefix }
    : {};
}

/** The major version of the headers in a prefix, or undefined when it has none. */
function headersMajor(prefix) {
  try {
    const text = readFileSync(join(prefix, 'include', 'node', 'node_version.h'), 'utf8');
    return /#define NODE_MAJOR_VERSION (\d+)/.exec(text)?.[1];
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
