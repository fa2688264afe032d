/**
 * What the running kernel refuses of random entries is explained by its contract, or by its neighbours': and nothing that a
 * contract of its own says is refused is taken. A short run; `npm run agreement` makes a long one.
 */
import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { contractFile, contractsForRunning } from '../support/agreement/known-contracts.js';
import { Random } from '../support/agreement/random.js';
import { randomAgreement, randomAgreementText, rateOf } from '../support/random-agreement-run.js';

const known = contractsForRunning();
const ENTRIES = 1500;
const SECONDS = 120;
/** A neighbour's contract does not know what is new in this kernel, or has become a refusal. */
const LEAST_RATE = known.length === 1 ? 0.95 : 0.8;

describe('random entries', () => {
  const newest = known.at(-1)?.series;

  test(
    `are refused for reasons that a contract knows (${newest ?? 'none is near'})`,
    async ({ skip }) => {
      skip(newest === undefined, `no contract of Linux ${release()}, nor of both its neighbours`);
      const result = await randomAgreement({ seed: 15, entries: ENTRIES, contract: contractFile(newest!) });
      console.log(randomAgreementText(`Linux ${release()}`, `the contract of ${newest}`, result));
      expect(result.submitted).toBeGreaterThan(ENTRIES * 0.9);
      expect(Object.keys(result.opcodes).length).toBeGreaterThanOrEqual(45);
      expect(result.refused).toBeGreaterThan(ENTRIES / 3);
      expect(rateOf(result)).toBeGreaterThan(LEAST_RATE);
      // A neighbour's contract has rules that this kernel does not have yet, or no longer.
      if (known.length === 1) expect(result.falseAlarms).toEqual([]);
    },
    SECONDS * 1000,
  );

  test('are the same for the same seed', () => {
    const numbers = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.word());
    };
    expect(numbers(15)).toEqual(numbers(15));
    expect(numbers(15)).not.toEqual(numbers(16));
  });
});
