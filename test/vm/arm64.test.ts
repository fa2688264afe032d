/**
 * On arm64 the package does what it does on x86-64: what is asked of other kernels (test/vm/behaviours) is asked of the
 * newest one's arm64 kernel too, with the addon that the release's cross compiler makes and Node for arm64, in a machine that
 * qemu interprets; with its contract, in which values are those of arm64. First, that it is such a machine; and, because
 * there is a processor for it, that the addon for musl loads.
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
import { type MuslHost, muslHost } from '../support/release/musl-host.js';
import { type Behaviour, testOnKernels } from '../support/vm/behaviour.js';
import { parsed } from '../support/vm/run-in-kernel.js';
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

let host: MuslHost | undefined;

const musl: Behaviour = {
  title: "takes the addon for musl with musl's own loader",
  kernels: KERNELS,
  lacking: () => {
    try {
      host ??= muslHost('arm64');
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  },
  script: () => ({
    script: `
      import { execFileSync } from 'node:child_process';
      import { chmodSync } from 'node:fs';
      chmodSync('/ringsmith/musl', 0o755);
      const words = ['/ringsmith/musl-host', '/ringsmith/musl.node'];
      console.log(JSON.stringify(execFileSync('/ringsmith/musl', words, { encoding: 'utf8' })));`,
    files: { musl: host!.loader, 'musl-host': host!.host, 'musl.node': host!.addon },
  }),
  check: (kernel, result) => expect(parsed(kernel, result)).toBe('Node-API 8\n'),
};

testOnKernels(
  KERNELS,
  [machine, musl, ...BEHAVIOURS.map((one) => (one === kernelAgrees ? agreesThere : one))],
  'arm64',
);
