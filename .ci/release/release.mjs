#!/usr/bin/env node
/**
 * Checks everything that a release is made of, and publishes it: `npm run release -- --dry-run` does all but the last step.
 * Each check says what it found; the first that fails ends it, before anything is published.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure, printFailure } from '../prepare/failure.mjs';
import { ROOT } from '../prepare/paths.mjs';
import { apiReport } from './api-report.mjs';
import { generatorManifest, PLATFORMS, platformManifest, RUNTIME, runtimeManifest } from './manifests.mjs';
import { strangeFiles } from './tarball-contents.mjs';

const PACKAGES = join(ROOT, 'dist', 'packages');
const REPORT = join(ROOT, '.ci', 'release', 'api.txt');
/** What looks at packages, pinned; not dependencies of a clone. */
const LINTERS = { publint: 'publint@0.3.25', attw: '@arethetypeswrong/cli@0.18.5' };
const STEP_MS = 600_000;

const { values: options } = parseArgs({
  options: { 'dry-run': { type: 'boolean' }, 'accept-api': { type: 'boolean' } },
});

function run(command, args, settings = {}) {
  try {
    return execFileSync(command, args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: STEP_MS,
      ...settings,
    });
  } catch (error) {
    throw new Failure({
      what: `\`${[command, ...args].join(' ')}\` failed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`,
      consequence: 'nothing is published.',
      remedy: 'Correct what it says, then run this again.',
    });
  }
}

function demand(condition, what, remedy) {
  if (!condition) throw new Failure({ what, consequence: 'nothing is published.', remedy });
}

const version = runtimeManifest().version;
const folders = () => [...PLATFORMS, RUNTIME, 'generator'].map((name) => join(PACKAGES, name));
/** Platform packages first, so that whoever installs the runtime finds them; the generator last. */
const tarballs = () =>
  [...PLATFORMS.map((platform) => `ringsmith-${platform}`), RUNTIME, 'ringsmith-generator'].map((name) =>
    join(PACKAGES, `${name}-${version}.tgz`),
  );

const STEPS = {
  'the tree is clean': () => {
    const changes = run('git', ['status', '--porcelain']).trim();
    demand(
      changes === '',
      `files differ from what is committed:\n${changes}`,
      'Commit them, or put them away.',
    );
    const tags = run('git', ['tag', '--list', `v${version}`]).trim();
    demand(tags === '', `the tag v${version} is there already`, 'Raise the version in package.json.');
  },
  'versions are equal': () => {
    const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
    const heading = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - (.+)$`, 'm').exec(
      changelog,
    )?.[1];
    demand(
      heading !== undefined,
      `CHANGELOG.md has no heading for ${version}`,
      `Add "## [${version}] - DATE".`,
    );
    demand(
      options['dry-run'] === true || /^\d{4}-\d\d-\d\d$/.test(heading),
      `CHANGELOG.md gives ${version} no date, but "${heading}"`,
      'Write the day of the release.',
    );
    const generated = JSON.parse(readFileSync(join(ROOT, 'generated', 'manifest.json'), 'utf8')).ringsmith;
    demand(
      generated === version,
      `generated/ is of ringsmith ${generated}, not ${version}`,
      'Run npm run generate.',
    );
  },
  'packages are made': () => run('npm', ['run', 'packages']),
  'manifests are complete': () => {
    for (const manifest of [runtimeManifest(), generatorManifest(), ...PLATFORMS.map(platformManifest)]) {
      for (const field of ['description', 'keywords', 'license', 'repository', 'bugs', 'homepage', 'engines'])
        demand(manifest[field] !== undefined, `${manifest.name} has no ${field}`, 'Add it to package.json.');
      demand(
        manifest.publishConfig.provenance === true,
        `${manifest.name} has no provenance`,
        'Set it in manifests.mjs.',
      );
      demand(
        manifest.scripts === undefined,
        `${manifest.name} has scripts`,
        'Published packages run nothing.',
      );
    }
  },
  'tarballs hold what they should': () => {
    for (const file of tarballs()) {
      demand(existsSync(file), `${file} was not made`, 'See the output of npm run packages.');
      const strange = strangeFiles(run('tar', ['-tzf', file]).trim().split('\n'));
      demand(strange.length === 0, `${file} holds ${strange.join(', ')}`, 'Leave it out, in packages.mjs.');
    }
  },
  'publint finds nothing': () => {
    for (const folder of folders()) run('npx', ['--yes', LINTERS.publint, '--strict', folder]);
  },
  'types resolve as they run': () => {
    // Platform packages have no types.
    for (const file of tarballs().slice(-2))
      run('npx', ['--yes', LINTERS.attw, file, '--profile', 'esm-only', '--format', 'ascii']);
  },
  'the public names are those that were agreed': () => {
    const now = apiReport(PACKAGES);
    if (options['accept-api'] === true) writeFileSync(REPORT, now);
    const agreed = existsSync(REPORT) ? readFileSync(REPORT, 'utf8') : '';
    const lines = new Set(agreed.split('\n'));
    const gone = agreed.split('\n').filter((line) => !now.split('\n').includes(line));
    const added = now.split('\n').filter((line) => !lines.has(line));
    demand(
      gone.length + added.length === 0,
      `public names changed:\n${[...gone.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)].join('\n')}`,
      'Take it back, or run npm run release -- --dry-run --accept-api, and give the change its version.',
    );
  },
  'there is a bill of materials': () => {
    for (const name of [RUNTIME, 'generator']) {
      const folder = join(PACKAGES, name);
      const text = run('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'], {
        cwd: withLock(folder),
      });
      writeFileSync(join(PACKAGES, `${name}.cdx.json`), text);
    }
  },
};

/** A copy of the manifest with a lock file, which the bill is read from; published packages have none. */
function withLock(folder) {
  const copy = run('mktemp', ['-d']).trim();
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // What this release itself publishes is not in a registry yet.
  const own = (dependencies = {}) =>
    Object.fromEntries(
      Object.entries(dependencies).filter(([name]) => !/^(ringsmith$|@ringsmith\/)/.test(name)),
    );
  const { dependencies, optionalDependencies, ...rest } = manifest;
  const reduced = {
    ...rest,
    dependencies: own(dependencies),
    optionalDependencies: own(optionalDependencies),
  };
  writeFileSync(join(copy, 'package.json'), JSON.stringify(reduced));
  run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: copy,
  });
  return copy;
}

function publish() {
  const dry = options['dry-run'] === true ? ['--dry-run', '--provenance=false'] : ['--provenance'];
  for (const file of tarballs()) {
    run('npm', ['publish', file, '--access', 'public', '--ignore-scripts', ...dry]);
    console.log(`${options['dry-run'] === true ? 'would publish' : 'published'} ${file}`);
  }
}

try {
  for (const [title, step] of Object.entries(STEPS)) {
    step();
    console.log(`ok  ${title}`);
  }
  publish();
  console.log(
    readdirSync(PACKAGES).filter((name) => name.endsWith('.tgz')).length,
    'packages of version',
    version,
  );
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  printFailure(error);
  process.exitCode = 1;
}
