/**
 * A Debian archive of the test's own, below a file: address and signed with a key of its own, and a machine whose apt
 * is set up for it: what kernels by version need, without network.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { hasProgram } from '../support/programs.js';

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

export interface TestArchive {
  readonly folder: string;
  /** Puts packages into a suite, replacing what it had. */
  publish(suite: string, debs: readonly string[], options?: { readonly unsigned?: boolean }): void;
  /** Where the archive keeps a package file. */
  poolFile(deb: string): string;
}

function stanza(deb: string): string {
  const control = execFileSync('dpkg-deb', ['--field', deb], { encoding: 'utf8' });
  const name = basename(deb);
  return `${control}Filename: pool/${name}\nSize: ${statSync(deb).size}\nSHA256: ${digest(deb)}\n`;
}

function makeKey(home: string): string {
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args: string[]): Buffer =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  gpg(
    '--passphrase',
    '',
    '--quick-generate-key',
    'ringsmith test <test@localhost>',
    'ed25519',
    'sign',
    'never',
  );
  const keyring = join(home, 'archive.gpg');
  writeFileSync(keyring, gpg('--export'));
  return keyring;
}

/** What an archive needs and this machine lacks. */
export const missingForArchive = (...more: readonly string[]): string[] =>
  ['apt-get', 'dpkg-deb', 'gpg', ...more].filter((name) => !hasProgram(name));

/** An archive that goes away with the test. */
export function testArchive(): TestArchive {
  // With a short path: gpg's socket lies in it.
  const folder = mkdtempSync(join(tmpdir(), 'apt-'));
  const home = join(folder, 'gpg');
  onTestFinished(() => {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  });
  const keyring = makeKey(home);
  const archive = join(folder, 'archive');
  mkdirSync(join(archive, 'pool'), { recursive: true });
  writeFileSync(
    join(folder, 'machine.sources'),
    `# the machine's archive\nTypes: deb deb-src\nURIs: file:${archive}\nSuites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: ${keyring}\n`,
  );
  writeFileSync(
    join(folder, 'machine.conf'),
    [
      `Dir::Etc::SourceList "${join(folder, 'machine.sources')}";`,
      'Dir::Etc::SourceParts "/dev/null";',
      // A hook of the machine's must not run for a state that is not the machine's.
      `APT::Update::Post-Invoke { "touch ${join(folder, 'hook-ran')}"; };`,
      '',
    ].join('\n'),
  );
  vi.stubEnv('APT_CONFIG', join(folder, 'machine.conf'));
  const poolFile = (deb: string): string => join(archive, 'pool', basename(deb));
  return {
    folder,
    poolFile,
    publish(suite, debs, options = {}) {
      const dist = join(archive, 'dists', suite);
      const packages = join(dist, 'main', 'binary-amd64', 'Packages');
      mkdirSync(join(dist, 'main', 'binary-amd64'), { recursive: true });
      for (const deb of debs) copyFileSync(deb, poolFile(deb));
      writeFileSync(packages, debs.map(stanza).join('\n'));
      const release = [
        'Origin: Test',
        `Suite: ${suite}`,
        `Codename: ${suite}`,
        'Architectures: amd64',
        'Components: main',
        `Date: ${new Date().toUTCString()}`,
        'SHA256:',
        ` ${digest(packages)} ${statSync(packages).size} main/binary-amd64/Packages`,
        '',
      ].join('\n');
      writeFileSync(join(dist, 'Release'), release);
      if (options.unsigned === true) return;
      execFileSync(
        'gpg',
        [
          ...['--homedir', home, '--batch', '--yes', '--quiet', '--clearsign'],
          ...['--output', join(dist, 'InRelease'), join(dist, 'Release')],
        ],
        { stdio: 'pipe' },
      );
    },
  };
}
