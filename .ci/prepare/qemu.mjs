/**
 * qemu and busybox, with which the tests boot other kernels than this machine's. Wanted, not needed: without them those
 * tests skip and say so. Only tests want them, so nothing else installs them.
 */
import { canInstall, install } from './apt.mjs';
import { hasCommand } from './command.mjs';
import { readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP = 'qemu';
/** Each program and the Debian package that has it. */
const PROGRAMS = [
  { name: 'qemu-system-x86_64', debian: 'qemu-system-x86' },
  { name: 'busybox', debian: 'busybox-static' },
];
/** After a fruitless attempt, so that working offline does not cost one each time. */
const RETRY_MS = 60 * 60_000;

export const qemu = {
  title: 'looking for qemu',
  inputs: missing,
  isDone: (absent) => absent.length === 0 || Date.now() - (readStamp(STAMP)?.triedAt ?? 0) < RETRY_MS,
  forget: () => removeStamp(STAMP),
  run: find,
};

/** Programs that are not here, of those that this machine could use: the kernels that are booted are for x86-64. */
function missing() {
  return process.arch === 'x64' ? PROGRAMS.filter(({ name }) => !hasCommand(name)) : [];
}

/** Returns a notice. */
async function find(absent) {
  const wanted = absent.map(({ debian }) => debian);
  const { packages, log } = canInstall() ? await install(() => wanted) : {};
  if (packages !== undefined && missing().length === 0) return `installed ${packages.join(' ')}`;
  writeStamp(STAMP, { triedAt: Date.now() });
  return (
    `tests on other kernels are skipped without ${absent.map(({ name }) => name).join(' and ')}. Debian packages: ` +
    `${wanted.join(' ')}. Remove .ci/state/${STAMP}.json to try again before an hour has passed.` +
    (log === undefined ? '' : `\n  apt could not install them; all output: ${log}`)
  );
}
