/**
 * Proves that a vmlinux.h, which is all types of a kernel and no macro, made from the running kernel's BTF, generates a
 * builder for every opcode of that kernel, type-checks (the generator sees to it), runs a `nop`, and has gcc's values.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AptState } from '../../generator/kernels/apt.js';
import { unpack } from '../../generator/kernels/header-package.js';
import { Problem } from '../../generator/problem.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { agreementWithGcc, compiledHeader } from '../support/gcc-agreement.js';
import { runNop } from '../support/generated-package.js';
import { hasProgram } from '../support/programs.js';

const BTF = '/sys/kernel/btf/vmlinux';

/** What writes a kernel's types as C: this machine's, or of the archive's the newest that this machine's C library runs. */
function bpftool(folder: string): string | undefined {
  if (hasProgram('bpftool')) return 'bpftool';
  try {
    const state = AptState.open('amd64');
    for (const [index, item] of state.versions(['bpftool']).entries()) {
      const place = join(folder, `bpftool-${index}`);
      unpack(state.download(item), place);
      const program = join(place, 'usr', 'sbin', 'bpftool');
      if (spawnSync(program, ['version']).status === 0) return program;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  return undefined;
}

it('a header of all types of the running kernel is taken', { timeout: 180_000 }, async (context) => {
  const folder = temporaryFolder();
  const program = existsSync(BTF) && hasProgram('gcc') ? bpftool(folder) : undefined;
  if (program === undefined) {
    context.skip(`missing ${existsSync(BTF) ? 'gcc, or a bpftool that runs here' : BTF}`);
    return;
  }
  const dump = spawnSync(program, ['btf', 'dump', 'file', BTF, 'format', 'c'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(dump.status, dump.stderr).toBe(0);
  const header = join(folder, 'vmlinux.h');
  writeFileSync(header, dump.stdout);
  const out = join(folder, 'out');
  const { code, stderr } = ringsmith(['generate', '--header', header, '--out', out]);
  expect(code, stderr).toBe(0);
  const opcodes = new Set(dump.stdout.match(/\bIORING_OP_(?!LAST\b)\w+/g));
  const built = readFileSync(join(out, 'operations.ts'), 'utf8').matchAll(/'(IORING_OP_\w+)', \d+>/g);
  expect(new Set([...built].map(([, name]) => name))).toEqual(opcodes);
  const { constants, records, wrong } = await agreementWithGcc(compiledHeader(header), out, folder);
  expect(wrong).toEqual([]);
  expect(constants).toBeGreaterThan(100);
  expect(records).toBeGreaterThan(50);
  expect(runNop(out)).toBe('result 0');
});
