/**
 * Which Debian archive this machine uses, and the keys it trusts for it: read from its own apt configuration, in both
 * of apt's formats. ringsmith names no mirror.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../problem.js';
import { runProgram } from './program.js';

/** An archive as one entry of the configuration has it. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Path of a keyring, fingerprints, or the keys themselves; absent: the keys apt trusts for everything. */
  readonly signedBy?: string;
  readonly trusted?: string;
}

export const APT_REMEDY =
  'use --package with a linux-libc-dev .deb, --header with a file, or --tag with a source server';

/** Suites of Debian that carry kernels, oldest first; one that the mirror does not have is left out. */
const RELEASES = ['bullseye', 'bookworm', 'trixie', 'forky'] as const;
const ARCHIVE_SUITES = [...RELEASES.flatMap((name) => [name, `${name}-backports`]), 'sid', 'experimental'];
const SECURITY_SUITES = RELEASES.map((name) => `${name}-security`);
/** Any of these tells an entry of the Debian archive. */
const TELLING = /^(buster|bullseye|bookworm|trixie|forky|duke|sid|(old){0,2}stable|testing|unstable)$/;
const TELLING_SECURITY = /^(bullseye|bookworm|trixie|forky|duke|(old){0,2}stable|testing)-security$/;

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/** `deb [signed-by=…] uri suite component …` */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components] = match;
    const option = (name: string): string | undefined =>
      new RegExp(`(?:^|\\s)${name}=(\\S+)`, 'i').exec(options)?.[1];
    const [signedBy, trusted] = [option('signed-by'), option('trusted')];
    return [
      {
        uri,
        suites: [suite],
        components: words(components),
        ...(signedBy === undefined ? {} : { signedBy }),
        ...(trusted === undefined ? {} : { trusted }),
      },
    ];
  });
}

function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line);
    if (match !== null) {
      last = match[1]!.toLowerCase();
      fields.set(last, match[2]!);
    } else if (/^[ \t]/.test(line) && last !== '') fields.set(last, `${fields.get(last)}\n${line}`);
  }
  return fields;
}

/** Stanzas of `Types:`, `URIs:`, `Suites:`, `Components:`, `Signed-By:`. */
export function parseDeb822(text: string): AptSource[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = fieldsOf(stanza);
    if (!words(fields.get('types')).includes('deb') || /^(no|false)$/i.test(fields.get('enabled') ?? ''))
      return [];
    const [signedBy, trusted] = [fields.get('signed-by'), fields.get('trusted')];
    return words(fields.get('uris')).map((uri) => ({
      uri,
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      ...(signedBy === undefined ? {} : { signedBy }),
      ...(trusted === undefined ? {} : { trusted }),
    }));
  });
}

function aptPath(name: string, isFolder: boolean): string {
  const { stdout } = runProgram('apt-config', ['shell', 'FOUND', `${name}/${isFolder ? 'd' : 'f'}`], {
    remedy: APT_REMEDY,
  });
  return /^FOUND='(.*)'$/m.exec(stdout)?.[1] ?? '';
}

function machineSources(): AptSource[] {
  const main = aptPath('Dir::Etc::sourcelist', false);
  const parts = aptPath('Dir::Etc::sourceparts', true);
  const listed = existsSync(parts) && parts !== '/dev/null' ? readdirSync(parts).sort() : [];
  const files = [main, ...listed.map((name) => join(parts, name))].filter((file) => existsSync(file));
  return files.flatMap((file) => {
    if (/\.sources$/.test(file)) return parseDeb822(readFileSync(file, 'utf8'));
    return file === main || /\.list$/.test(file) ? parseOneLine(readFileSync(file, 'utf8')) : [];
  });
}

/** The entries to fetch kernels from: the machine's archive with all suites, and its security archive. */
export function kernelSources(found: readonly AptSource[] = machineSources()): AptSource[] {
  const archive = found.find((source) => source.suites.some((suite) => TELLING.test(suite)));
  if (archive === undefined) {
    throw new Problem({
      code: 'APT_NO_DEBIAN',
      what: "this machine's apt has no entry for the Debian archive",
      consequence: 'kernel headers cannot be fetched by version',
      remedy: APT_REMEDY,
    });
  }
  const security = found.find((source) => source.suites.some((suite) => TELLING_SECURITY.test(suite)));
  return [
    { ...archive, suites: ARCHIVE_SUITES, components: ['main'] },
    ...(security === undefined ? [] : [{ ...security, suites: SECURITY_SUITES, components: ['main'] }]),
  ];
}

/** As apt reads it: one stanza a suite, so that one the mirror lacks spoils no other. */
export function sourcesText(sources: readonly AptSource[], types: string): string {
  return sources
    .flatMap((source) =>
      source.suites.map((suite) =>
        [
          `Types: ${types}`,
          `URIs: ${source.uri}`,
          `Suites: ${suite}`,
          `Components: ${source.components.join(' ')}`,
          ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
        ].join('\n'),
      ),
    )
    .join('\n\n')
    .concat('\n');
}
