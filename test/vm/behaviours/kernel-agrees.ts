/**
 * Every kernel agrees with its own contract: as test/runtime/kernel-agrees.test.ts, with nothing left out for being a
 * neighbour's.
 */
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { contractFile } from '../../support/agreement/known-contracts.js';
import { knownDisagreements } from '../../support/agreement/known-disagreements.js';
import { type Agreement, agreementText } from '../../support/agreement/report.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

/** Those that have a contract of their own, from a source package or an upstream tree. */
const KERNELS = ['6.1', '6.12', '6.18', '7.1', '7.2', '7.3'];
/** A thousand submissions, each in a ring of its own, on an emulated processor. */
const RUN_MS = 240_000;

const SCRIPT = `
import { readFileSync } from 'node:fs';
import { measureAgreement } from './internals/test/support/kernel-agreement.js';
const contract = JSON.parse(readFileSync('/ringsmith/contract.json', 'utf8'));
console.log(JSON.stringify(await measureAgreement([contract])));
`;

export const kernelAgrees: Behaviour = {
  title: 'agrees with its contract',
  kernels: KERNELS,
  lacking: (kernel) =>
    existsSync(contractFile(kernel)) ? undefined : `there is no contract of Linux ${kernel}`,
  script: (kernel) => ({
    script: SCRIPT,
    files: { 'contract.json': contractFile(kernel) },
    timeoutMs: RUN_MS,
  }),
  check: (kernel, result) => {
    const measured = parsed<Agreement>(kernel, result);
    console.log(agreementText(`Linux ${kernel}`, 'its own contract', measured));
    const found = new Set(measured.disagreements.map(({ rule }) => rule));
    expect([...found].sort()).toEqual(knownDisagreements(kernel));
    expect(measured.rules).toBeGreaterThan(300);
  },
};
