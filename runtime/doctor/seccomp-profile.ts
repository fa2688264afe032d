/**
 * A seccomp profile that lets io_uring pass: the container runtime's own default, with three system calls more. That text
 * is others' and differs by version, so it is read from this machine and never shipped.
 */
import { readFileSync } from 'node:fs';
import { CALLS } from '../availability/evidence.js';

/** Where Podman, Buildah and CRI-O keep theirs; Docker has its own inside of its program. */
const PLACES = ['/etc/containers/seccomp.json', '/usr/share/containers/seccomp.json'];

/** A rule of a profile, as container runtimes read it: for Docker and Podman with conditions, for the OCI without. */
export interface ProfileRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly object[] | null;
  readonly comment?: string;
  readonly includes?: Conditions;
  readonly excludes?: Conditions;
}

export interface Conditions {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

export interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap?: readonly {
    readonly architecture: string;
    readonly subArchitectures?: readonly string[];
  }[];
  readonly architectures?: readonly string[];
  readonly syscalls: readonly ProfileRule[];
}

/** Why there is no profile to print. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

const ALLOW = 'SCMP_ACT_ALLOW';

const isEmpty = (conditions: Conditions | undefined): boolean => Object.keys(conditions ?? {}).length === 0;

const isUnconditional = (rule: ProfileRule): boolean =>
  (rule.args ?? []).length === 0 && isEmpty(rule.includes) && isEmpty(rule.excludes);

/** Adds the three calls, and takes them out of every rule that says otherwise: which of two rules counts differs by runtime. */
export function withIoUring(profile: Profile): Profile {
  const isOurs = (name: string): boolean => (CALLS as readonly string[]).includes(name);
  const rest = profile.syscalls
    .map((rule) =>
      rule.names.some(isOurs) ? { ...rule, names: rule.names.filter((name) => !isOurs(name)) } : rule,
    )
    .filter(({ names }) => names.length > 0);
  const first = rest.findIndex((rule) => rule.action === ALLOW && isUnconditional(rule));
  if (profile.defaultAction === ALLOW) return { ...profile, syscalls: rest };
  if (first < 0) return { ...profile, syscalls: [...rest, { names: [...CALLS], action: ALLOW }] };
  const syscalls = rest.map((rule, i) =>
    i === first ? { ...rule, names: [...rule.names, ...CALLS].sort() } : rule,
  );
  return { ...profile, syscalls };
}

/** What a container has unless it is given more or fewer, by Docker and by Kubernetes. */
const DEFAULT_CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
].map((name) => `CAP_${name}`);

/** Architectures as profiles call them, and as libseccomp does. */
const ARCHITECTURES: Readonly<Record<string, readonly [names: readonly string[], constant: string]>> = {
  x64: [['amd64', 'x32', 'x86'], 'SCMP_ARCH_X86_64'],
  arm64: [['arm64', 'arm'], 'SCMP_ARCH_AARCH64'],
};

/** All that is named has to be true, as runtimes read it: every capability, any architecture. */
function holds({ caps, arches }: Conditions, names: readonly string[]): boolean {
  if (arches !== undefined && arches.length > 0 && !arches.some((arch) => names.includes(arch))) return false;
  return (caps ?? []).every((cap) => DEFAULT_CAPABILITIES.includes(cap));
}

/** Any that is named keeps the rule out. */
const isExcluded = ({ caps, arches }: Conditions, names: readonly string[]): boolean =>
  (arches ?? []).some((arch) => names.includes(arch)) ||
  (caps ?? []).some((cap) => DEFAULT_CAPABILITIES.includes(cap));

/**
 * The profile as the OCI has it, without conditions, which containerd does not read in a profile of a Kubernetes node and
 * would take all rules for: resolved for a machine and the capabilities that a container has by default.
 */
export function flatProfile(profile: Profile, arch: string = process.arch): Profile {
  const machine = ARCHITECTURES[arch];
  if (machine === undefined)
    throw new ProfileError(`no flat profile is made for ${arch}: x64 and arm64 only`);
  const [names, constant] = machine;
  const subs = profile.archMap?.find(({ architecture }) => architecture === constant)?.subArchitectures ?? [];
  const { archMap: _, ...rest } = profile;
  const syscalls = profile.syscalls
    .filter(({ includes = {}, excludes = {} }) => holds(includes, names) && !isExcluded(excludes, names))
    .map(({ includes: _includes, excludes: _excludes, comment: _comment, ...rule }) => rule);
  return { ...rest, architectures: profile.architectures ?? [constant, ...subs], syscalls };
}

function readProfile(file: string): Profile {
  let profile: Partial<Profile>;
  try {
    profile = JSON.parse(readFileSync(file, 'utf8')) as Partial<Profile>;
  } catch (error) {
    throw new ProfileError(`${file} cannot be read as a seccomp profile: ${(error as Error).message}`);
  }
  const isRule = ({ names, action }: Partial<ProfileRule>): boolean =>
    Array.isArray(names) && typeof action === 'string';
  if (
    typeof profile.defaultAction !== 'string' ||
    !Array.isArray(profile.syscalls) ||
    !profile.syscalls.every(isRule)
  )
    throw new ProfileError(
      `${file} is not a seccomp profile: it needs a defaultAction and syscalls with names and an action`,
    );
  return profile as Profile;
}

export interface ProfileOptions {
  /** Default: that of Podman, where it is installed. */
  readonly file?: string | undefined;
  readonly flat?: boolean | undefined;
}

/**
 * The profile with io_uring, as JSON.
 * @throws ProfileError when there is none to begin with, or it is none
 */
export function seccompProfile({ file, flat }: ProfileOptions): string {
  const source = file ?? PLACES.find(isReadable);
  if (source === undefined)
    throw new ProfileError(
      `this machine has no profile of a container runtime (looked for ${PLACES.join(' and ')}). ` +
        "Name one: `ringsmith doctor --seccomp-profile FILE`. Docker's is profiles/seccomp/default.json in the source of " +
        "its version (repository moby/moby, later moby/profiles); Podman's, which Docker takes as well, is in Debian's " +
        'package golang-github-containers-common and in containers-common of others',
    );
  const profile = withIoUring(readProfile(source));
  return `${JSON.stringify(flat === true ? flatProfile(profile) : profile, null, 2)}\n`;
}

function isReadable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Prints it. @returns the exit code: 2 when there is none */
export function printSeccompProfile(options: ProfileOptions): number {
  try {
    process.stdout.write(seccompProfile(options));
    return 0;
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    process.stderr.write(`ringsmith: ${error.message}\n`);
    return 2;
  }
}
