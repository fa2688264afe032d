/**
 * Proves that `doctor` tells what this machine can do, with remedies, and that `coverage` counts what a package really
 * exports.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ringsmith, temporaryFolder } from '../support/cli.js';

interface Report {
  readonly able: boolean;
  readonly findings: readonly {
    readonly subject: string;
    readonly status: string;
    readonly detail: string;
  }[];
}

describe('doctor', () => {
  it('says that a ring works here, in text and in JSON', () => {
    const text = ringsmith(['doctor']);
    const report = JSON.parse(ringsmith(['doctor', '--json']).stdout) as Report;
    const ring = report.findings.find((finding) => finding.subject === 'ring');
    expect(text.code).toBe(report.able ? 0 : 1);
    expect(ring?.status).toBe(report.able ? 'ok' : 'failed');
    expect(text.stdout).toContain('kernel.io_uring_disabled');
  });

  it('tells the remedy when libclang is missing, and does not call that a failure', () => {
    const result = ringsmith(['doctor'], { LIBCLANG_PATH: '/no/such/folder' });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/note +libclang[^\n]*not found[\s\S]*remedy: .*/);
  });
});

describe('coverage', () => {
  it('of the committed package is complete for its kernel and for the running one', () => {
    const newest = ringsmith(['coverage']);
    expect(newest.code, newest.stderr).toBe(0);
    expect(newest.stderr).toContain('65 of 65 opcodes');
    const running = ringsmith(['coverage', '--running', '--format', 'json']);
    expect(running.code, running.stderr).toBe(0);
    const report = JSON.parse(running.stdout) as {
      counts: Record<string, { covered: number; total: number }>;
      gaps: string[];
    };
    expect(report.gaps).toEqual([]);
    expect(report.counts['opcode']!.total).toBeGreaterThan(40);
    expect(report.counts['opcode']!.covered).toBe(report.counts['opcode']!.total);
  });

  it('reads declarations of a package as well, and notices a builder or a method that is gone', () => {
    const out = join(temporaryFolder(), 'package');
    expect(ringsmith(['generate', '--kernel', '6.12', '--out', out]).code).toBe(0);
    const against = (): ReturnType<typeof ringsmith> =>
      ringsmith(['coverage', '--kernel', '6.12', '--package', out]);
    expect(against().code).toBe(0);
    const operations = join(out, 'operations.ts');
    writeFileSync(operations, readFileSync(operations, 'utf8').replace('export const tee:', 'const tee:'));
    const ops = join(out, 'ops.ts');
    writeFileSync(ops, readFileSync(ops, 'utf8').replace('  splice(', '  spliced('));
    const result = against();
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/IORING_OP_TEE\s+MISSING/);
    expect(result.stdout).toMatch(/IORING_OP_SPLICE\s+NO METHOD/);
  });

  it('of a folder without a package is a Problem', () => {
    const result = ringsmith(['coverage', '--package', temporaryFolder()]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('[PACKAGE_UNREADABLE]');
  });
});
