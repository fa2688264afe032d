/**
 * Macros that came between Linux 6.12 and 7.3, kernel by kernel: each kernel knows exactly those that its snapshot has.
 * Where the snapshot is a header's this proves the way of asking; where it was made from a kernel image it proves what
 * generator/kernels/image/measured.ts says.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import { temporaryFolder } from '../support/cli.js';
import { hasProgram } from '../support/programs.js';
import { needsKernel, resultInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

type How = 'setup' | 'features' | 'enter' | 'operation' | 'completion';
type Answer = Readonly<Record<How, readonly string[]>>;

/** Macros that say where something lies, or come only with hardware: no kernel can be asked for them. */
const NOT_TO_BE_ASKED =
  /^IORING_(TIMESTAMP_(HW|TYPE)_SHIFT|CQE_F_TSTAMP_HW|ZCRX_AREA_(SHIFT|MASK)|URING_CMD_MASK)$/;

const SYSCALL = fileURLToPath(new URL('../support/vm/syscall.c', import.meta.url));
const RAW_RING = fileURLToPath(new URL('./guest/raw-ring.mjs', import.meta.url));

const macrosOf = (kernel: string): Map<string, number> =>
  new Map(
    loadSnapshot(kernel).facts.macros.flatMap(({ name, value }) =>
      value.kind === 'int' && name.startsWith('IORING_') && !NOT_TO_BE_ASKED.test(name)
        ? [[name, Number(value.value)]]
        : [],
    ),
  );

const older = macrosOf('6.12');
const candidates = new Map([...macrosOf('7.3')].filter(([name]) => !older.has(name)));

describe.each(['6.12', '6.16', '6.17', '6.18', '6.19', '7.0', '7.1', '7.2'])('Linux %s', (kernel) => {
  it('knows the macros that its snapshot has', { timeout: VM_TEST_MS }, async (context) => {
    needsKernel(context, kernel);
    if (!hasProgram('cc')) context.skip('the machine has no C compiler (cc)');
    const syscall = join(temporaryFolder(), 'syscall');
    execFileSync('cc', ['-static', '-O1', '-o', syscall, SYSCALL]);
    const answer = await resultInKernel<Answer>({
      kernel,
      script: new URL('./guest/measure-macros.mjs', import.meta.url),
      args: [JSON.stringify(Object.fromEntries(candidates))],
      files: { 'raw-ring.mjs': RAW_RING, syscall },
    });
    const known = macrosOf(kernel);
    const expected = [...candidates.keys()].filter((name) => known.has(name));
    expect(Object.values(answer).flat().sort()).toEqual(expected.sort());
  });
});
