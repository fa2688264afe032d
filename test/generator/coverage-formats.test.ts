/**
 * Proves that every format of `coverage` and `diff` carries the same findings, in a shape its readers accept.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headerItems } from '../../generator/coverage/items.js';
import { loadSnapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { EXCLUSIONS } from '../../generator/semantics/exclusions.js';
import { INSTALLED_HEADER, ringsmith, temporaryFolder } from '../support/cli.js';

/** The installed header with an opcode nobody has, whose name needs escaping nowhere but whose comment does. */
function gapHeader(): string {
  const file = join(temporaryFolder(), 'gap.h');
  const text = readFileSync(INSTALLED_HEADER, 'utf8');
  writeFileSync(
    file,
    text.replace('\tIORING_OP_LAST,', '\tIORING_OP_FROBNICATE, /* <b>&"100%" */\n\tIORING_OP_LAST,'),
  );
  return file;
}

const report = (format: string): ReturnType<typeof ringsmith> =>
  ringsmith(['coverage', '--header', gapHeader(), '--format', format]);

describe('a gap', () => {
  it('is in the JSON, with its counts', () => {
    const result = report('json');
    const coverage = JSON.parse(result.stdout) as {
      gaps: string[];
      counts: Record<string, { covered: number; total: number }>;
    };
    expect(result.code).toBe(1);
    expect(coverage.gaps).toContain('IORING_OP_FROBNICATE');
    expect(coverage.counts['opcode']).toEqual({ covered: 49, total: 50 });
  });

  it('is a failed case in JUnit XML, exclusions are skipped ones', () => {
    const xml = report('junit').stdout;
    expect(xml).toMatch(/^<\?xml/);
    expect(xml).toMatch(
      /<testcase classname="opcode" name="IORING_OP_FROBNICATE">\s*<failure message="[^"]*MISSING/,
    );
    expect(xml).toMatch(/name="IORING_OP_LAST">\s*<skipped/);
    expect(xml.match(/<testcase/g)!.length).toBeGreaterThan(250);
  });

  it('is an error annotation for GitHub, one line each', () => {
    const lines = report('github').stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^::error title=io_uring coverage::opcode IORING_OP_FROBNICATE/);
    expect(lines.every((line) => line.startsWith('::'))).toBe(true);
  });

  it('is in the Markdown table', () => {
    expect(report('markdown').stdout).toMatch(/\| opcode \| `IORING_OP_FROBNICATE` \| 49 \| MISSING \|/);
  });

  it('is in one self-contained page, with the kernels as columns', () => {
    const html = report('html').stdout;
    expect(html).toContain('IORING_OP_FROBNICATE');
    for (const version of snapshotVersions()) expect(html).toContain(`<th class="mark">${version}</th>`);
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
    expect(html).toContain('name="viewport"');
    expect(html).not.toContain('<b>&"');
  });
});

describe('exclusions', () => {
  it('each match something in the newest kernel', () => {
    const items = headerItems(loadSnapshot(snapshotVersions().at(-1)!).facts);
    for (const exclusion of EXCLUSIONS) {
      expect(
        items.filter((item) => exclusion.pattern.test(item.name)).length,
        String(exclusion.pattern),
      ).toBeGreaterThan(0);
    }
  });
});

describe('diff', () => {
  it('says the same in JSON and Markdown as in its table', () => {
    const table = ringsmith(['diff', '5.10', '7.3']);
    const json = JSON.parse(ringsmith(['diff', '5.10', '7.3', '--format', 'json']).stdout) as {
      changes: { subject: string; severity: string }[];
    };
    const markdown = ringsmith(['diff', '5.10', '7.3', '--format', 'markdown']).stdout;
    // The last line of the table says that 5.10 has no contract to compare.
    expect(json.changes.length).toBe(table.stdout.trimEnd().split('\n').length - 1);
    expect(
      json.changes.filter(
        (change) => change.severity === 'addition' && change.subject.startsWith('IORING_OP_'),
      ).length,
    ).toBe(65 - 37);
    for (const change of json.changes) expect(markdown).toContain(`\`${change.subject}\``);
  });

  it('of a kernel with itself is empty', () => {
    const result = ringsmith(['diff', '7.3', '7.3']);
    expect(result.code).toBe(0);
    expect(result.stdout).toBe('');
  });
});
