/** Proves what is told of the dispatcher: its checks for every operation, and for each what follows from its row. */
import { expect, test } from 'vitest';
import { ruleText } from '../support/contract-text.js';
import { contractAt, operationOf, smallContract, treeWith } from '../support/contract-tree.js';

const FLAGS =
  'EINVAL: mask flags 0x3f (IOSQE_FIXED_FILE|IOSQE_IO_DRAIN|IOSQE_IO_LINK|IOSQE_IO_HARDLINK|IOSQE_ASYNC|IOSQE_BUFFER_SELECT)';

test('common rules are those that no row decides', () => {
  expect(smallContract().common.map(ruleText)).toEqual(['EINVAL: opcode:u8 < IORING_OP_LAST', FLAGS]);
});

test('what follows from a row is among the rules of its operation, and the common rules are not repeated', () => {
  const contract = smallContract();
  const told = (opcode: string) => operationOf(contract, opcode).rules.map(ruleText);
  expect(told('IORING_OP_IDLE')).toEqual(['EOPNOTSUPP: flags -IOSQE_BUFFER_SELECT', 'EINVAL: zero ioprio']);
  expect(told('IORING_OP_FROB').slice(0, 1)).toEqual(['EINVAL: zero ioprio']);
  expect(told('IORING_OP_FROBV').slice(0, 1)).toEqual(['EOPNOTSUPP: flags -IOSQE_BUFFER_SELECT']);
});

test('a tree without a dispatcher has no common rules, and its operations have their own', () => {
  const contract = contractAt(treeWith({ 'io_uring/io_uring.c': '' }));
  expect(contract.common).toEqual([]);
  expect(operationOf(contract, 'IORING_OP_FROB').rules.map(ruleText)).toEqual([
    'EINVAL: zero addr3',
    'EINVAL: mask frob_flags 0x3 (IORING_FROB_HARD|IORING_FROB_TWICE)',
  ]);
});
