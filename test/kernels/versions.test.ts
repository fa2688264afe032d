/**
 * Proves the order of versions, and the machine's apt configuration read in both of its formats.
 */
import { describe, expect, it } from 'vitest';
import {
  kernelSources,
  parseDeb822,
  parseOneLine,
  sourcesText,
} from '../../generator/kernels/apt-sources.js';
import {
  answers,
  compareKernels,
  comparePackages,
  upstreamVersion,
} from '../../generator/kernels/versions.js';
import { problemOf } from './kernels-support.js';

describe('versions', () => {
  it.each([
    ['6.12.95-1~bpo12+1', '6.12.95'],
    ['7.3~rc7-1~exp1', '7.3-rc7'],
    ['6.1.4-1cross1', '6.1.4'],
    ['1:2.0', '2.0'],
  ])('package %s is of %s', (version, upstream) => {
    expect(upstreamVersion(version)).toBe(upstream);
  });

  it('of kernels are in the order of their releases', () => {
    const ordered = ['5.10', '6.9', '6.10', '6.10.3', '7.3-rc2', '7.3-rc10', '7.3', '7.3.1', '10.0'];
    expect([...ordered].reverse().sort(compareKernels)).toEqual(ordered);
  });

  it('of packages are in the order of dpkg', () => {
    const ordered = [
      '1.0~rc1-1',
      '1.0-1~bpo12+1',
      '1.0-1',
      '1.0-1+b1',
      '1.0-2',
      '1.0-10',
      '1.0a-1',
      '1.0.1-1',
      '1:0.1',
    ];
    expect([...ordered].reverse().sort(comparePackages)).toEqual(ordered);
  });

  it.each([
    ['6.12.95', '6.12', true],
    ['6.12.95', '6.12.95', true],
    ['6.12.95', '6.1', false],
    ['6.12.95', '6.12.9', false],
    ['7.3-rc7', '7.3', false],
    ['7.3-rc7', '7.3~rc7', true],
    ['6.12', 'v6.12', true],
  ])('%s answers a request for %s: %s', (kernel, requested, expected) => {
    expect(answers(kernel, requested)).toBe(expected);
  });
});

const ONE_LINE = `
# deb http://commented.invalid/debian bookworm main
deb [arch=amd64 signed-by=/keys/debian.gpg] http://mirror.invalid/debian bookworm main contrib # comment
deb-src http://mirror.invalid/debian bookworm main
deb http://security.invalid/debian-security bookworm-security main
deb https://vendor.invalid/apt stable main
`;

const DEB822 = `Types: deb deb-src
# a comment
URIs: http://mirror.invalid/debian http://second.invalid/debian
Suites: trixie trixie-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ==
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb-src
URIs: http://source.invalid/debian
Suites: sid
Components: main

Enabled: no
Types: deb
URIs: http://off.invalid/debian
Suites: sid
Components: main
`;

describe("the machine's apt configuration", () => {
  it('is read from sources.list', () => {
    const found = parseOneLine(ONE_LINE);
    expect(found.map((source) => source.uri.split('/')[2])).toEqual([
      'mirror.invalid',
      'security.invalid',
      'vendor.invalid',
    ]);
    expect(found[0]).toMatchObject({
      suites: ['bookworm'],
      components: ['main', 'contrib'],
      signedBy: '/keys/debian.gpg',
    });
  });

  it('is read from .sources, keys within it included', () => {
    const found = parseDeb822(DEB822);
    expect(found.map((source) => source.uri)).toEqual([
      'http://mirror.invalid/debian',
      'http://second.invalid/debian',
    ]);
    expect(found[0]!.signedBy).toContain('\n .\n mQ==\n');
    const text = sourcesText(kernelSources(found), 'deb');
    expect(text).toContain('Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n');
    expect(parseDeb822(text).map((source) => source.suites[0])).toContain('trixie-backports');
  });

  it('gives the archive with all its suites, and the security archive with its own', async () => {
    const [archive, security] = kernelSources(parseOneLine(ONE_LINE));
    expect([archive!.uri, archive!.signedBy]).toEqual(['http://mirror.invalid/debian', '/keys/debian.gpg']);
    expect(archive!.suites).toEqual(
      expect.arrayContaining(['bullseye', 'bookworm-backports', 'sid', 'experimental']),
    );
    expect([security!.uri, security!.suites[0]]).toEqual([
      'http://security.invalid/debian-security',
      'bullseye-security',
    ]);
    expect((await problemOf(() => kernelSources(parseOneLine('deb http://x.invalid noble main')))).code).toBe(
      'APT_NO_DEBIAN',
    );
  });
});
