/**
 * What only tests or only benchmarks want of the machine. Wanted, not needed: without it those tests skip, and those
 * contenders are left out, and say so. This is where it is installed, and not while they run: a test that installs
 * something passes where it was there already, and changes the machine under the tests beside it.
 */
import { spawnSync } from 'node:child_process';
import { canInstall, install } from './apt.mjs';
import { hasCommand } from './command.mjs';
import { readStamp, removeStamp, writeStamp } from './stamp.mjs';

/** After a fruitless attempt, so that working offline does not cost one each time. */
const RETRY_MS = 60 * 60_000;

/** A C compiler with the headers of the C library and of liburing, for references in C. */
const C = {
  name: 'gcc with liburing.h',
  debian: ['gcc', 'libc6-dev', 'liburing-dev'],
  isPresent: () =>
    spawnSync('gcc', ['-fsyntax-only', '-include', 'liburing.h', '-xc', '/dev/null'], { stdio: 'ignore' })
      .status === 0,
};

/** Makes seccomp filters as container runtimes do. */
const SECCOMP = {
  name: 'seccomp.h',
  debian: ['gcc', 'libc6-dev', 'libseccomp-dev'],
  isPresent: () =>
    spawnSync('gcc', ['-fsyntax-only', '-include', 'seccomp.h', '-xc', '/dev/null'], { stdio: 'ignore' })
      .status === 0,
};

const command = (name, ...debian) => ({ name, debian, isPresent: () => hasCommand(name) });

/** The kernels that tests boot are for x86-64, and one for arm64, booted from there too. */
const MACHINES =
  process.arch === 'x64'
    ? [
        command('qemu-system-x86_64', 'qemu-system-x86'),
        command('qemu-system-aarch64', 'qemu-system-arm'),
        command('busybox', 'busybox-static'),
      ]
    : [];

/** An archive that a test signs, and the source of kernels, which is packed with xz. */
const ARCHIVES = [command('gpg', 'gpg', 'gpg-agent'), command('xz', 'xz-utils')];

/** A C compiler for the other machine, which says what the kernel's headers mean there. */
const ARM64 = command('aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu');

function toolsStep(stamp, purpose, consequence, tools) {
  const missing = () => tools.filter((tool) => !tool.isPresent());
  /** Returns a notice. */
  const find = async (absent) => {
    const wanted = absent.flatMap(({ debian }) => debian);
    const { packages, log } = canInstall() ? await install(() => wanted) : {};
    if (packages !== undefined && missing().length === 0) return `installed ${packages.join(' ')}`;
    writeStamp(stamp, { triedAt: Date.now() });
    return (
      `${consequence} without ${missing()
        .map(({ name }) => name)
        .join(' and ')}. Debian packages: ${wanted.join(' ')}. ` +
      `Remove .ci/state/${stamp}.json to try again before an hour has passed.` +
      (log === undefined ? '' : `\n  apt could not install them; all output: ${log}`)
    );
  };
  return {
    title: `looking for what ${purpose} need`,
    inputs: missing,
    isDone: (absent) => absent.length === 0 || Date.now() - (readStamp(stamp)?.triedAt ?? 0) < RETRY_MS,
    forget: () => removeStamp(stamp),
    run: find,
  };
}

export const testTools = toolsStep('test-tools', 'tests', 'some tests are skipped', [
  C,
  SECCOMP,
  ARM64,
  ...MACHINES,
  ...ARCHIVES,
]);
export const benchTools = toolsStep('bench-tools', 'benchmarks', 'references in C are left out', [C]);
