/** Installing Debian packages, where this process may. */
import { execFileSync } from 'node:child_process';
import { hasCommand, run } from './command.mjs';

const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive' };
const OPTIONS = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120'];

/** The words that put apt-get into effect as root, or undefined when that cannot be. */
function privileged() {
  if (!hasCommand('apt-get')) return undefined;
  if (process.getuid() === 0) return ['apt-get'];
  if (!hasCommand('sudo')) return undefined;
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
    return ['sudo', '-n', `DEBIAN_FRONTEND=${ENVIRONMENT.DEBIAN_FRONTEND}`, 'apt-get'];
  } catch {
    return undefined;
  }
}

export function canInstall() {
  return privileged() !== undefined;
}

/**
 * Installs the packages that `choose` names, given which names apt offers. The package lists are refreshed only when
 * what they offer is not enough or is no longer there. Returns what was installed, or the log of what went wrong.
 */
export async function install(choose) {
  const first = await tryInstall(choose);
  if (first.packages) return first;
  const update = await aptGet('update');
  const second = await tryInstall(choose);
  return { log: update.path, ...second };
}

async function tryInstall(choose) {
  const packages = choose(offered);
  if (packages === undefined) return {};
  const { code, path } = await aptGet('install', '--no-install-recommends', ...packages);
  return code === 0 ? { packages } : { log: path };
}

async function aptGet(action, ...args) {
  const [command, ...words] = privileged();
  return run(`apt-${action}`, command, [...words, ...OPTIONS, action, ...args], ENVIRONMENT);
}

/** Names of packages that apt can install and that start with a prefix, in no order. */
function offered(prefix) {
  try {
    const names = execFileSync('apt-cache', ['pkgnames', prefix], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return names.split('\n').filter(Boolean);
  } catch {
    // Without lists apt offers nothing; refreshing them is what follows.
    return [];
  }
}
