/**
 * The kernel agrees with its contract: for every opcode an entry that breaks no rule is not refused with a rule's error,
 * and one that breaks exactly one rule is, with the error the contract says. On harmless objects of the test's own.
 */
import { release } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KernelContract } from '../../generator/contract/contract.js';
import { contractsForRunning } from '../support/agreement/known-contracts.js';
import { knownDisagreements } from '../support/agreement/known-disagreements.js';
import { type Agreement, agreementText } from '../support/agreement/report.js';
import { FIXTURE_CONTRACT } from '../support/contract-fixture.js';
import { measureAgreement } from '../support/kernel-agreement.js';

const known = contractsForRunning();
const names = known.map(({ series }) => series).join(' and ');
const MISSING = `no contract of Linux ${release()}, nor of both its neighbours`;

describe(`the contract of ${names}`, () => {
  let measured: Agreement;

  beforeAll(async () => {
    if (known.length === 0) return;
    measured = await measureAgreement(known.map(({ contract }) => contract));
    console.log(agreementText(`Linux ${release()}`, `the contract of ${names}`, measured));
  });

  test('every disagreement has a known reason, and every reason its disagreement', ({ skip }) => {
    skip(known.length === 0, MISSING);
    const found = new Set(measured.disagreements.map(({ rule }) => rule));
    expect([...found].sort()).toEqual(knownDisagreements(known.map(({ series }) => series).join(' and ')));
  });

  test('hundreds of rules are tried', ({ skip }) => {
    skip(known.length === 0, MISSING);
    expect(measured.opcodes).toBeGreaterThanOrEqual(45);
    expect(measured.rules).toBeGreaterThan(200);
  });
});

describe('the measure itself', () => {
  const [fsync, ...others] = FIXTURE_CONTRACT.operations;
  const withRules = (
    change: (rules: NonNullable<typeof fsync>['rules']) => NonNullable<typeof fsync>['rules'],
  ): KernelContract => ({
    ...FIXTURE_CONTRACT,
    operations: [{ ...fsync!, rules: change(fsync!.rules) }, ...others],
  });

  test('agrees with what is right', async () => {
    const { opcodes, tried, agreed, disagreements } = await measureAgreement([FIXTURE_CONTRACT]);
    expect(disagreements).toEqual([]);
    expect(opcodes).toBe(3);
    expect(tried).toBeGreaterThan(40);
    expect(agreed).toBe(tried);
  });

  test('sees a rule that the kernel does not have', async () => {
    const rule = { kind: 'zero', fields: ['len'], error: 'EINVAL', when: [], at: 'x.c:1' } as const;
    const { disagreements } = await measureAgreement([withRules((rules) => [...rules, rule])]);
    expect(disagreements).toEqual([
      expect.objectContaining({
        rule: 'FSYNC: sqe->len must be 0 [EINVAL]',
        with: 'len=0x1',
        expected: 'EINVAL',
      }),
    ]);
  });

  test('sees another error than the rule has', async () => {
    const { tried, agreed } = await measureAgreement([
      withRules((rules) => rules.map((rule) => ({ ...rule, error: 'ENOENT' }))),
    ]);
    expect(tried - agreed).toBeGreaterThanOrEqual(35);
  });

  test('leaves out what only one of two neighbours has, and does not break it on the way', async () => {
    const less = withRules((rules) => rules.slice(1));
    const { leftOut } = await measureAgreement([less, FIXTURE_CONTRACT]);
    expect(leftOut).toContainEqual({
      rule: 'FSYNC: sqe->addr must be 0 [EINVAL]',
      reason: 'not in every contract',
    });
  });

  test('bits that the masks of both neighbours refuse are tried', async () => {
    const wider = withRules((rules) =>
      rules.map((rule) => (rule.kind === 'mask' ? { ...rule, allowed: '3', names: [] } : rule)),
    );
    const [whole, part] = [
      await measureAgreement([FIXTURE_CONTRACT]),
      await measureAgreement([wider, FIXTURE_CONTRACT]),
    ];
    expect(part.disagreements).toEqual([]);
    expect(whole.tried - part.tried).toBe(1);
  });
});
