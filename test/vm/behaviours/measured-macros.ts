/**
 * Macros that came between Linux 6.12 and 7.3, kernel by kernel: each kernel knows exactly those that its snapshot has.
 * Where the snapshot is a header's this proves the way of asking; where it was made from a kernel image it proves what
 * generator/kernels/image/measured.ts says.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { loadSnapshot } from '../../../generator/kernels/snapshot.js';
import { temporaryFolder } from '../../support/cli.js';
import { hasProgram } from '../../support/programs.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

type How = 'setup' | 'features' | 'enter' | 'operation' | 'completion';
type Answer = Readonly<Record<How, readonly string[]>>;

/** Macros that say where something lies, or come only with hardware: no kernel can be asked for them. */
const NOT_TO_BE_ASKED =
  /^IORING_(TIMESTAMP_(HW|TYPE)_SHIFT|CQE_F_TSTAMP_HW|ZCRX_AREA_(SHIFT|MASK)|URING_CMD_MASK)$/;

const SYSCALL = fileURLToPath(new URL('../../support/vm/syscall.c', import.meta.url));
const RAW_RING = fileURLToPath(new URL('../guest/raw-ring.mjs', import.meta.url));

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

export const measuredMacros: Behaviour = {
  title: 'knows the macros that its snapshot has',
  kernels: ['6.12', '6.16', '6.17', '6.18', '6.19', '7.0', '7.1', '7.2'],
  lacking: () => (hasProgram('cc') ? undefined : 'the machine has no C compiler (cc)'),
  script: () => {
    const syscall = join(temporaryFolder(), 'syscall');
    execFileSync('cc', ['-static', '-O1', '-o', syscall, SYSCALL]);
    return {
      script: new URL('../guest/measure-macros.mjs', import.meta.url),
      args: [JSON.stringify(Object.fromEntries(candidates))],
      files: { 'raw-ring.mjs': RAW_RING, syscall },
    };
  },
  check: (kernel, result) => {
    const answer = parsed<Answer>(kernel, result);
    const known = macrosOf(kernel);
    const expected = [...candidates.keys()].filter((name) => known.has(name));
    expect(Object.values(answer).flat().sort()).toEqual(expected.sort());
  },
};
