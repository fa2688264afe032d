/**
 * On arm64 the package does what it does on x86-64: what is asked of other kernels (test/vm/behaviours) is asked of the
 * newest one's arm64 kernel too, with the addon that the release's cross compiler makes and Node for arm64, in a machine that
 * qemu interprets; with its contract, in which values are those of arm64. First, that it is such a machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { KernelContract } from '../../generator/contract/contract.js';
import { onBothMachines } from '../../generator/kernels/arm64.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import { contractOn } from '../../generator/model/contract-on.js';
import { contractFile } from '../support/agreement/known-contracts.js';
import { temporaryFolder } from '../support/cli.js';
import { type Behaviour, testOnKernels } from '../support/vm/behaviour.js';
import { parsed } from '../support/vm/run-in-kernel.js';
import { coverageRunning } from './behaviours/coverage-running.js';
import { doctor } from './behaviours/doctor.js';
import { BEHAVIOURS } from './behaviours/index.js';
import { kernelAgrees } from './behaviours/kernel-agrees.js';

const KERNELS = ['7.3'];

const machine: Behaviour = {
  title: 'is of that machine, and runs an operation',
  kernels: KERNELS,
  script: () => ({
    script: `
      import { endianness } from 'node:os';
      import { Ring } from 'ringsmith';
      const results = [];
      for (const encoder of ['mapped', 'native']) {
        const ring = new Ring({ encoder });
        results.push(await ring.ops.nop({}));
        await ring.close();
      }
      console.log(JSON.stringify({ arch: process.arch, order: endianness(), results }));`,
  }),
  check: (kernel, result) =>
    expect(parsed(kernel, result)).toEqual({ arch: 'arm64', order: 'LE', results: [0, 0] }),
};

/** A kernel's contract with the values of arm64. */
function contractThere(kernel: string): string {
  const both = onBothMachines(withLibc(loadSnapshot(kernel).facts));
  if ('alone' in both) throw new Error(both.alone);
  const contract = JSON.parse(readFileSync(contractFile(kernel), 'utf8')) as KernelContract;
  const file = join(temporaryFolder(), 'contract.json');
  writeFileSync(file, JSON.stringify(contractOn(contract, both.x64, both.arm64)));
  return file;
}

const agreesThere: Behaviour = {
  ...kernelAgrees,
  script: (kernel) => ({ ...kernelAgrees.script(kernel), files: { 'contract.json': contractThere(kernel) } }),
};

/** What is not asked there, and why; the rest of the package's behaviour is. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  [coverageRunning.title]: 'Node 20 ends with a segmentation fault in V8 there, where qemu interprets arm64',
  [doctor.title]: 'its programs do not end within their time on a processor that is interpreted',
};

const there = (one: Behaviour): Behaviour => {
  const reason = LEFT_OUT[one.title];
  if (reason !== undefined) return { ...one, lacking: () => reason };
  return one === kernelAgrees ? agreesThere : one;
};

testOnKernels(KERNELS, [machine, ...BEHAVIOURS.map(there)], 'arm64');
