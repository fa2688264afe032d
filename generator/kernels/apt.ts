/**
 * apt with a state of its own: package lists of all of Debian's suites in the user's cache, without root and without
 * touching the system's. apt checks every signature; nothing here turns that off.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../problem.js';
import { APT_REMEDY, kernelSources, sourcesText } from './apt-sources.js';
import { cacheEntry, existingEntry, fileDigest } from './cache.js';
import { lastError, type ProgramResult, runProgram, withProgress } from './program.js';

/** A package that an archive offers. */
export interface AptPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly bytes: number;
}

const CONFIGURATION = 'apt.conf';
const SOURCES = 'ringsmith.sources';
const PACKAGE_FILE = 'package.deb';
const DAY = 24 * 3600 * 1000;

/**
 * The machine's own ways to reach its mirror (proxies, certificates, retries) and nothing else of its configuration:
 * hooks that run after an update are for the system's state, not for this one.
 */
function configuration(): string {
  const dump = runProgram('apt-config', ['dump'], { remedy: APT_REMEDY }).stdout.split('\n');
  const acquire = dump.filter(
    (line) => line.startsWith('Acquire::') && !/^Acquire::(IndexTargets|Languages|Changelogs)\b/.test(line),
  );
  const trust = dump.filter((line) => /^Dir(::Etc(::(trusted|trustedparts|netrc|netrcparts))?)? /.test(line));
  return [
    ...acquire,
    ...trust,
    'Dir::Etc::Parts "/dev/null";',
    'Dir::Etc::Main "/dev/null";',
    'Dir::Etc::SourceParts "/dev/null";',
    'Dir::Etc::Preferences "/dev/null";',
    'Dir::Etc::PreferencesParts "/dev/null";',
    'Dir::State::status "/dev/null";',
    'Acquire::Languages "none";',
    // The other of apt's two caches is 100 MB that nothing here reads.
    'Dir::Cache::srcpkgcache "";',
    'Acquire::PDiffs "false";',
    'Acquire::GzipIndexes "true";',
    'Acquire::Retries "2";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'APT::Get::AllowUnauthenticated "false";',
    // As root apt gives up its rights for a user that may not write into the caller's cache.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
    '',
  ].join('\n');
}

/** One architecture's lists of packages. */
export class AptState {
  readonly folder: string;
  readonly architecture: string;

  private constructor(folder: string, architecture: string) {
    this.folder = folder;
    this.architecture = architecture;
  }

  /** The cached state, refreshed when it is older than a day and the mirror can be reached. */
  static open(architecture: string, types = 'deb'): AptState {
    const sources = sourcesText(kernelSources(), types);
    const kind = 'apt';
    // Another mirror has other packages.
    const key = `${types}-${architecture}-${createHash('sha256').update(sources).digest('hex').slice(0, 12)}`;
    const fill = (folder: string): void => new AptState(folder, architecture).#update(sources);
    try {
      return new AptState(cacheEntry({ kind, key, maxAge: DAY, make: fill }), architecture);
    } catch (error) {
      const stale = existingEntry(kind, key);
      if (stale === undefined || !(error instanceof Problem)) throw error;
      process.stderr.write(`warning: ${error.what}; using the package lists of an earlier run\n`);
      return new AptState(stale, architecture);
    }
  }

  run(program: 'apt-get' | 'apt-cache', args: readonly string[], cwd = this.folder): ProgramResult {
    const { folder, architecture } = this;
    const options = {
      'Dir::Etc::SourceList': join(folder, SOURCES),
      'Dir::State::Lists': join(folder, 'lists'),
      'Dir::Cache': join(folder, 'cache'),
      'APT::Architecture': architecture,
      'APT::Architectures::': architecture,
    };
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const env = { APT_CONFIG: join(folder, CONFIGURATION), DEBIAN_FRONTEND: 'noninteractive' };
    return runProgram(program, [...words, '-q', ...args], { cwd, env, remedy: APT_REMEDY });
  }

  #update(sources: string): void {
    mkdirSync(join(this.folder, 'lists', 'partial'), { recursive: true });
    mkdirSync(join(this.folder, 'cache', 'archives', 'partial'), { recursive: true });
    writeFileSync(join(this.folder, CONFIGURATION), configuration());
    writeFileSync(join(this.folder, SOURCES), sources);
    const result = withProgress('reading the package lists of Debian', () => this.run('apt-get', ['update']));
    // apt fails for one suite that a mirror lacks, and does not fail for a network that is away: what counts is
    // whether any list has arrived, and it stores none whose signature is not good.
    const lists = readdirSync(join(this.folder, 'lists')).filter((name) =>
      /_(Packages|Sources)(\.|$)/.test(name),
    );
    if (lists.length > 0) return;
    throw new Problem({
      code: 'APT_UNREACHABLE',
      what: `no package list of Debian could be read: ${lastError(result)}`,
      consequence: 'kernel headers cannot be fetched by version',
      remedy: `check the network and this machine's apt configuration (apt-get update), or ${APT_REMEDY}`,
    });
  }

  /** Names that start with a prefix. */
  names(prefix: string): string[] {
    return this.run('apt-cache', ['pkgnames', prefix])
      .stdout.split('\n')
      .filter((name) => name !== '');
  }

  /** Every version of some packages that the archives have. */
  versions(names: readonly string[]): AptPackage[] {
    if (names.length === 0) return [];
    const text = this.run('apt-cache', ['show', ...names]).stdout;
    const found = text.split(/\n\n+/).flatMap((stanza): AptPackage[] => {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
      const [name, sha256] = [field('Package'), field('SHA256')];
      if (name === '' || sha256 === '' || !names.includes(name)) return [];
      return [
        {
          name,
          version: field('Version'),
          architecture: field('Architecture'),
          sha256,
          bytes: Number(field('Size')),
        },
      ];
    });
    return [...new Map(found.map((item) => [`${item.name} ${item.version}`, item])).values()];
  }

  /** The version apt would install: the newest outside of experimental and backports. */
  candidate(name: string): string | undefined {
    const version = /^\s*Candidate: (.*)$/m.exec(this.run('apt-cache', ['policy', name]).stdout)?.[1];
    return version === '(none)' ? undefined : version;
  }

  /** The package file, from the cache or the mirror. Any package will do: headers, sources, kernels. */
  download(wanted: AptPackage): string {
    const { name, version, sha256 } = wanted;
    const spec = `${name}=${version}`;
    const make = (folder: string): void => {
      const size = `${(wanted.bytes / 1e6).toFixed(1)} MB`;
      const result = withProgress(`fetching ${name} ${version} (${size})`, () =>
        this.run('apt-get', ['download', spec], folder),
      );
      const fetched = readdirSync(folder).find((file) => file.endsWith('.deb'));
      if (result.code !== 0 || fetched === undefined) throw notFetched(spec, lastError(result));
      renameSync(join(folder, fetched), join(folder, PACKAGE_FILE));
      if (fileDigest(join(folder, PACKAGE_FILE)) !== sha256)
        throw notFetched(spec, 'its digest is not the one that the archive signs');
    };
    const key = `${name}_${version}_${wanted.architecture}_${sha256.slice(0, 12)}`;
    return join(cacheEntry({ kind: 'packages', key, make }), PACKAGE_FILE);
  }
}

function notFetched(what: string, why: string): Problem {
  return new Problem({
    code: 'PACKAGE_NOT_FETCHED',
    what: `${what} could not be fetched: ${why}`,
    consequence: 'nothing was written',
    remedy: `check the network, try again, or ${APT_REMEDY}`,
  });
}
