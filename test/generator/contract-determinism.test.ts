/** Proves that a tree always has the same contract, wherever it is, and that another tree has another digest. */
import { expect, test } from 'vitest';
import { contractAt, smallContract, treeWith } from '../support/contract-tree.js';

test('the same tree elsewhere and again has the same contract, to the byte', () => {
  const texts = [smallContract(), smallContract(), contractAt(treeWith({}))].map((contract) =>
    JSON.stringify(contract),
  );
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).not.toContain('/tmp');
});

test('the digest is of what was read', () => {
  const changed = contractAt(treeWith({ 'io_uring/other.h': '/* more */\n' }));
  expect(changed.source.sha256).not.toBe(smallContract().source.sha256);
});
