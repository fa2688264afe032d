/**
 * libclang, which reads headers that no snapshot covers. Wanted, not needed: without it the generator works from
 * snapshots, so a machine where it cannot be installed gets a notice. Whether one is usable is asked of the generator
 * itself, because it is the generator that has to find it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { canInstall, install } from './apt.mjs';
import { ROOT } from './paths.mjs';
import { readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP = 'libclang';
/** The version the generator's tests were written with. */
const PREFERRED_MAJOR = 19;
const OLDEST_MAJOR = 14;
/** After a fruitless attempt, so that working offline does not cost one each time. */
const RETRY_MS = 60 * 60_000;

export const libclang = {
  title: 'looking for libclang',
  inputs: () => ({ chosen: process.env.LIBCLANG_PATH ?? null }),
  isDone: ({ chosen }) => {
    const stamp = readStamp(STAMP);
    if (stamp === undefined || stamp.chosen !== chosen) return false;
    return stamp.path === null ? Date.now() - stamp.triedAt < RETRY_MS : existsSync(stamp.path);
  },
  forget: () => removeStamp(STAMP),
  run: find,
};

/** Returns a notice when there is something to tell. */
async function find(inputs) {
  const first = await load();
  if (first.path) return remember(inputs, first.path);
  // A library that the user names is never replaced by another.
  if (inputs.chosen || first.code !== 'LIBCLANG_MISSING') return missing(inputs, first.message);
  if (!canInstall()) return missing(inputs, first.message);
  const { packages, log } = await install(choosePackage);
  if (packages === undefined)
    return missing(inputs, `${first.message}\n  apt could not install it; all output: ${log}`);
  const second = await load();
  return second.path
    ? remember(inputs, second.path, `installed ${packages.join(' ')}`)
    : missing(inputs, second.message);
}

/** The path of the libclang that the generator loads, or its Problem. */
async function load() {
  const generator = await import(pathToFileURL(join(ROOT, 'dist/generator/index.js')).href);
  try {
    return { path: generator.loadClang().path };
  } catch (error) {
    if (error.name !== 'Problem') throw error;
    return { code: error.code, message: error.message };
  }
}

/** The preferred package, else the newest that is new enough. */
function choosePackage(offered) {
  const majors = offered('libclang1-')
    .map((name) => Number(/^libclang1-(\d+)$/.exec(name)?.[1] ?? 0))
    .filter((major) => major >= OLDEST_MAJOR);
  if (majors.length === 0) return undefined;
  return [`libclang1-${majors.includes(PREFERRED_MAJOR) ? PREFERRED_MAJOR : Math.max(...majors)}`];
}

function remember(inputs, path, notice) {
  // A bare name was found by the dynamic linker; there is no file to watch, so it is looked for each time.
  if (path.includes('/')) writeStamp(STAMP, { ...inputs, path });
  return notice;
}

function missing(inputs, message) {
  writeStamp(STAMP, { ...inputs, path: null, triedAt: Date.now() });
  return (
    `no libclang; kernels that have a snapshot work, other headers do not. Debian package: libclang1-${PREFERRED_MAJOR}. ` +
    `Remove .ci/state/${STAMP}.json to try again before an hour has passed.\n  ${message.replaceAll('\n', '\n  ')}`
  );
}
