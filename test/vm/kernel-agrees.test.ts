/**
 * Every kernel agrees with its own contract: as test/runtime/kernel-agrees.test.ts, with nothing left out for being a
 * neighbour's.
 */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contractFile } from '../support/agreement/known-contracts.js';
import { knownDisagreements } from '../support/agreement/known-disagreements.js';
import { type Agreement, agreementText } from '../support/agreement/report.js';
import { needsKernel, resultInKernel, VM_TEST_MS } from '../support/vm/run-in-kernel.js';

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

describe.each(KERNELS)('Linux %s', (kernel) => {
  test('agrees with its contract', { timeout: VM_TEST_MS }, async (context) => {
    context.skip(!existsSync(contractFile(kernel)), `there is no contract of Linux ${kernel}`);
    needsKernel(context, kernel);
    const files = { 'contract.json': contractFile(kernel) };
    const measured = await resultInKernel<Agreement>({ kernel, script: SCRIPT, files, timeoutMs: RUN_MS });
    console.log(agreementText(`Linux ${kernel}`, 'its own contract', measured));
    const found = new Set(measured.disagreements.map(({ rule }) => rule));
    expect([...found].sort()).toEqual(knownDisagreements(kernel));
    expect(measured.rules).toBeGreaterThan(300);
  });
});
