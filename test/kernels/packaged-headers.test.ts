/**
 * Proves that every io_uring.h of every package that the machine's apt archive has, from liburing 0.7's to the
 * newest, generates with a builder for every opcode, type-checks (the generator sees to it), imports, runs a `nop` on a real
 * ring, and has gcc's values, sizes and offsets.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../generator/problem.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { agreementWithGcc, compiledHeader } from '../support/gcc-agreement.js';
import { runNop } from '../support/generated-package.js';
import { type PackagedHeader, packagedHeaders } from '../support/packaged-headers.js';
import { hasProgram } from '../support/programs.js';

const missing = ['apt-get', 'dpkg-deb', 'tar', 'gcc'].filter((name) => !hasProgram(name));

function offered(): readonly PackagedHeader[] {
  if (missing.length > 0) return [];
  try {
    return packagedHeaders();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    missing.push(`an apt archive (${error.what})`);
    return [];
  }
}

const headers = offered();
if (headers.length === 0) process.stderr.write(`packaged headers: skipped, missing ${missing.join(', ')}\n`);

/** Opcodes as the header lists them, without the count at the end. */
function opcodesOf(header: string): string[] {
  const text = readFileSync(header, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const body = /enum\s*(?:io_uring_op\s*)?\{([^}]*\bIORING_OP_NOP\b[^}]*)\}/.exec(text)?.[1] ?? '';
  return [...body.matchAll(/\bIORING_OP_\w+/g)]
    .map(([name]) => name)
    .filter((name) => name !== 'IORING_OP_LAST');
}

describe.skipIf(headers.length === 0)('the header of', () => {
  it('a dozen packages at least is here', () => {
    expect(headers.length).toBeGreaterThanOrEqual(12);
  });

  it.each(headers)('$label is taken whole', { timeout: 120_000 }, async ({ header }) => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    const { code, stderr } = ringsmith(['generate', '--header', header, '--out', out]);
    expect(code, stderr).toBe(0);
    const built = [...readFileSync(join(out, 'operations.ts'), 'utf8').matchAll(/'(IORING_OP_\w+)', \d+>/g)];
    const opcodes = opcodesOf(header);
    expect(opcodes.length).toBeGreaterThan(25);
    expect(new Set(built.map(([, name]) => name))).toEqual(new Set(opcodes));
    const { constants, records, wrong } = await agreementWithGcc(compiledHeader(header), out, folder);
    expect(wrong).toEqual([]);
    expect(constants).toBeGreaterThan(300);
    expect(records).toBeGreaterThan(100);
    expect(runNop(out)).toBe('result 0');
  });
});
