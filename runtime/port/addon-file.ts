/**
 * Finds and loads the native addon: one that was built beside the program, else that of the platform package, which npm
 * installs by `os`, `cpu` and `libc`. The only module that knows where addons lie. What is missing is said in one
 * sentence, with what to do.
 *
 * Bundlers read calls of an imported `createRequire` as requests of their own; this module's are for when the program runs.
 */
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCOPE = '@ringsmith';
/** In this order: the first that loads. On glibc that of musl does not, and the other way round. */
const LIBRARIES = ['glibc', 'musl'] as const;
const ARCHITECTURES = ['x64', 'arm64'] as const;
/** Says which file to load, for programs whose files lie elsewhere, and for an addon built from source. */
const VARIABLE = 'RINGSMITH_ADDON';

/** In ringsmith's folder, where `ringsmith build` makes it. */
export const BUILT_FROM_SOURCE = join('runtime', 'native', 'build', 'Release', 'ringsmith.node');
/** Where a checkout has it. */
const BUILT = join('build', 'Release', 'ringsmith.node');

function missing(reason: string, remedy: string, cause?: unknown): Error {
  const message = `ringsmith: ${reason}; no ring can be opened. ${remedy}`;
  return Object.assign(new Error(message, { cause }), { code: 'ERR_RING_ADDON_MISSING' });
}

/** The program that runs, where it is a file: workers and the command line may be given text instead. */
function programFile(): string[] {
  const [, program] = process.argv;
  return program !== undefined && isAbsolute(program) ? [program] : [];
}

/** Bundlers that make CommonJS leave `import.meta` empty. */
function ownUrl(): string {
  const { url } = import.meta as { readonly url?: string };
  return url ?? programFile()[0] ?? join(process.execPath, 'program.cjs');
}

/** The folder of ringsmith's package.json above a module of it; undefined when that was bundled into another program. */
export function packageRoot(moduleUrl: string = ownUrl()): string | undefined {
  let folder = dirname(moduleUrl.startsWith('file:') ? fileURLToPath(moduleUrl) : moduleUrl);
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  const { name } = nodeModule.createRequire(join(folder, 'package.json'))('./package.json') as {
    readonly name?: string;
  };
  return name === 'ringsmith' || name?.startsWith(`${SCOPE}/`) === true ? folder : undefined;
}

/** Where platform packages are looked for: as modules of ringsmith, or of the bundle that it is part of; of the program. */
function searchers(): NodeJS.Require[] {
  const places = [ownUrl(), ...programFile()];
  try {
    // The generator has the runtime as its dependency, which then has the platform packages.
    places.push(nodeModule.createRequire(places[0]!).resolve('ringsmith/package.json'));
  } catch {
    // This is ringsmith itself, or a bundle.
  }
  return places.map((place) => nodeModule.createRequire(place));
}

function resolved(request: string): string | undefined {
  for (const require of searchers()) {
    try {
      return require.resolve(request);
    } catch {
      // Not there.
    }
  }
  return undefined;
}

const platformPackage = (arch: string, library: string): string => `${SCOPE}/linux-${arch}-${library}`;

/** Files that may be the addon, the preferred first; packages are looked for only when it comes to them. */
function* candidates(): Generator<string> {
  const chosen = process.env[VARIABLE];
  if (chosen !== undefined && chosen !== '') {
    if (existsSync(chosen)) yield chosen;
    return;
  }
  const root = packageRoot();
  const built = root === undefined ? [] : [BUILT, BUILT_FROM_SOURCE].map((file) => join(root, file));
  for (const file of built) if (existsSync(file)) yield file;
  for (const library of LIBRARIES) {
    const file = resolved(`${platformPackage(process.arch, library)}/ringsmith.node`);
    if (file !== undefined) yield file;
  }
}

/** Why there is no addon for this machine, and what to do. */
function absence(): Error {
  const chosen = process.env[VARIABLE];
  if (chosen !== undefined && chosen !== '')
    return missing(`${VARIABLE} names ${chosen}, which is not there`, 'Correct it, or unset it.');
  const here = `${process.platform}-${process.arch}`;
  const others = ARCHITECTURES.flatMap((arch) =>
    LIBRARIES.map((library) => platformPackage(arch, library)),
  ).filter((name) => resolved(`${name}/package.json`) !== undefined);
  if (others.length > 0)
    return missing(
      `${others.join(' and ')} is installed, and this is ${here}`,
      'node_modules or its lock file came from another machine: install again here, with "npm install" after removing node_modules.',
    );
  const root = packageRoot();
  if (root === undefined)
    return missing(
      'it was bundled into a program that has no node_modules with its native addon',
      `Keep it out of the bundle (esbuild: --external:ringsmith; webpack: externals), or set ${VARIABLE} to the file ringsmith.node.`,
    );
  if (existsSync(join(root, 'binding.gyp')))
    return missing(
      `the native addon is not built for ${here}`,
      `Build it with "npm run build:native" in ${root}.`,
    );
  const names = LIBRARIES.map((library) => platformPackage(process.arch, library)).join(' or ');
  return missing(
    `neither ${names.replace(' or ', ' nor ')} is installed`,
    'Install again without --omit=optional (--no-optional), or build it from source with "npx ringsmith build".',
  );
}

/** What the dynamic linker said, in words of what to do. */
function unloadable(failures: readonly { readonly file: string; readonly error: Error }[]): Error {
  const reasons = failures.map(({ file, error }) => `${file}: ${error.message}`).join('; ');
  const isPacked =
    process.versions['electron'] !== undefined && failures.some(({ file }) => file.includes('.asar'));
  const remedy = isPacked
    ? 'Shared libraries do not load from an asar archive: unpack node_modules/@ringsmith from it (asarUnpack).'
    : 'Install again on this machine, or build it from source with "npx ringsmith build".';
  return missing(`its native addon does not load (${reasons})`, remedy, failures[0]?.error);
}

const SYSTEMS: Readonly<Record<string, string>> = { darwin: 'macOS', win32: 'Windows' };

/** io_uring is a part of Linux, so that everything but rings works elsewhere. */
export function checkPlatform(): void {
  if (process.platform === 'linux') return;
  const system = SYSTEMS[process.platform] ?? process.platform;
  throw Object.assign(
    new Error(
      `ringsmith: io_uring is a part of Linux, and this is ${system}; no ring can be opened. ` +
        'Run the program on Linux: in a virtual machine, or in a container that may use io_uring.',
    ),
    { code: 'ERR_RING_PLATFORM' },
  );
}

/** Loads the addon. @throws Error with code ERR_RING_ADDON_MISSING */
export function loadAddon(): unknown {
  const failures: { readonly file: string; readonly error: Error }[] = [];
  for (const file of candidates()) {
    try {
      return nodeModule.createRequire(file)(file);
    } catch (error) {
      failures.push({ file, error: error as Error });
    }
  }
  throw failures.length === 0 ? absence() : unloadable(failures);
}
