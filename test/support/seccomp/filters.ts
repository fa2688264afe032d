/**
 * Programs within real seccomp filters: the default profile of a container runtime, from the distribution's package, and
 * filters made by hand.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry } from '../../../generator/kernels/cache.js';
import { fetchPackage } from '../../../generator/kernels/fetch.js';
import { unpack } from '../../../generator/kernels/header-package.js';
import type { Profile, ProfileRule } from '../../../runtime/doctor/seccomp-profile.js';

const LAUNCHER = fileURLToPath(new URL('./filtered.c', import.meta.url));
const PACKAGE = 'golang-github-containers-common';

/** What a machine lacks for filters; undefined when nothing. */
export function lacking(): string | undefined {
  if (process.arch !== 'x64') return 'filters are made for x86-64';
  const probe = ['-fsyntax-only', '-include', 'seccomp.h', '-xc', '/dev/null'];
  return spawnSync('gcc', probe, { stdio: 'ignore' }).status === 0
    ? undefined
    : 'gcc and seccomp.h (Debian package libseccomp-dev)';
}

/** The default profile of Podman, which Docker's is alike but for the errno. @throws Problem when it cannot be had */
export function defaultProfileFile(): string {
  const file = fetchPackage(PACKAGE);
  const make = (folder: string): void => unpack(file.path, folder);
  const folder = cacheEntry({ kind: 'profiles', key: `${file.name}_${file.version}`, make });
  return join(folder, 'usr/share/containers/seccomp.json');
}

function actionWord({ action, errnoRet = 1 }: Pick<ProfileRule, 'action' | 'errnoRet'>): string {
  if (action === 'SCMP_ACT_ALLOW') return 'allow';
  return action.startsWith('SCMP_ACT_KILL') ? 'kill' : String(errnoRet);
}

interface Comparison {
  readonly index: number;
  readonly op: string;
  readonly value: number;
  readonly valueTwo: number;
}

/** A flat profile in the words of the launcher. */
function rulesOf({ defaultAction, defaultErrnoRet = 1, syscalls }: Profile): string {
  const lines = syscalls.flatMap((rule) => {
    const args = (rule.args ?? []) as readonly Comparison[];
    const tests = args.map(
      ({ index, op, value, valueTwo }) => ` ${index} ${op.replace('SCMP_CMP_', '')} ${value} ${valueTwo}`,
    );
    return rule.names.map((name) => `${name} ${actionWord(rule)} ${args.length}${tests.join('')}`);
  });
  return [actionWord({ action: defaultAction, errnoRet: defaultErrnoRet }), ...lines, ''].join('\n');
}

/** A filter of our own: all calls are allowed but these. */
export const refusing = (names: readonly string[], action: string, errnoRet?: number): Profile => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action, ...(errnoRet === undefined ? {} : { errnoRet }) }],
});

export interface FilteredResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with the launcher. */
export class Filters {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringsmith-filters-'));

  constructor() {
    execFileSync('gcc', ['-O1', '-o', join(this.#folder, 'filtered'), LAUNCHER, '-lseccomp']);
  }

  /** Runs node within a filter. */
  run(profile: Profile, args: readonly string[]): FilteredResult {
    const rules = join(this.#folder, 'rules');
    writeFileSync(rules, rulesOf(profile));
    const program = [rules, process.execPath, ...args];
    const { status, signal, stdout, stderr } = spawnSync(join(this.#folder, 'filtered'), program, {
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    return { code: status, signal, stdout, stderr };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
