/**
 * Proves, on the source of real kernels, that every opcode has a contract, and that it tells of the very fields that a
 * plain search for `sqe->` finds in the functions the operation is given to. Where they differ, there is a reason.
 */
import { expect, test } from 'vitest';
import type { Expression, OperationContract } from '../../generator/contract/contract.js';
import { treeContract } from '../../generator/kernels/kernel-contract.js';
import { sourceTree } from '../../generator/kernels/source-tree.js';
import { Problem } from '../../generator/problem.js';
import { scanSource } from '../support/source-scan.js';

const OF_ANOTHER = 'read for another operation that shares the function, under a test of the opcode';
const WHOLE = 'handed to a driver whole, which the contract tells with `open`';

interface Exception {
  readonly opcode: string;
  readonly fields: readonly string[];
  readonly kernels: readonly string[];
  readonly reason: string;
}

const ALL = ['7.3', '6.12', '6.1'];

/** Fields that the search finds and the contract does not have. */
const EXCEPTIONS: readonly Exception[] = [
  { opcode: 'IORING_OP_SENDMSG', fields: ['__pad3', 'addr_len'], kernels: ALL, reason: OF_ANOTHER },
  { opcode: 'IORING_OP_SENDMSG_ZC', fields: ['__pad3', 'addr_len'], kernels: ALL, reason: OF_ANOTHER },
  { opcode: 'IORING_OP_SEND', fields: ['file_index'], kernels: ALL, reason: OF_ANOTHER },
  { opcode: 'IORING_OP_SEND_ZC', fields: ['file_index'], kernels: ALL, reason: OF_ANOTHER },
  { opcode: 'IORING_OP_SENDMSG', fields: ['buf_index'], kernels: ['7.3'], reason: OF_ANOTHER },
  { opcode: 'IORING_OP_RECVMSG', fields: ['buf_index'], kernels: ['7.3'], reason: OF_ANOTHER },
  { opcode: 'IORING_OP_URING_CMD', fields: ['cmd'], kernels: ['6.1'], reason: WHOLE },
];

/** The dispatcher reads these, where the search does not look; REQ_F_CREDS says that there was a personality. */
const DERIVED: ReadonlySet<string> = new Set(['fd', 'buf_group', 'ioprio', 'personality']);

/** Every field that a contract mentions. */
function fieldsIn(operation: OperationContract): ReadonlySet<string> {
  const fields = new Set(operation.fields.map(({ field }) => field));
  const visit = (expression: Expression): void => {
    if (expression.kind === 'field') fields.add(expression.field);
    if (expression.kind === 'unary') visit(expression.of);
    if (expression.kind === 'binary') {
      visit(expression.left);
      visit(expression.right);
    }
  };
  for (const rule of operation.rules) {
    for (const condition of rule.when) visit(condition.if);
    if (rule.kind === 'zero') for (const field of rule.fields) fields.add(field);
    else if (rule.kind === 'reject') visit(rule.if);
    else if (rule.kind !== 'flags') fields.add(rule.field);
  }
  fields.delete('flags');
  return fields;
}

const excepted = (kernel: string): ReadonlySet<string> =>
  new Set(
    EXCEPTIONS.filter(({ kernels }) => kernels.includes(kernel)).flatMap(({ opcode, fields }) =>
      fields.map((field) => `${opcode} ${field}`),
    ),
  );

/** The kernel's source, or why it cannot be had. */
function treeOf(kernel: string) {
  try {
    return sourceTree(kernel);
  } catch (error) {
    if (error instanceof Problem) return error.what;
    throw error;
  }
}

test.for([
  { kernel: '7.3', operations: 65 },
  { kernel: '6.12', operations: 58 },
  { kernel: '6.1', operations: 49 },
])(
  'Linux $kernel has $operations contracts, which agree with the search',
  { timeout: 300_000 },
  ({ kernel, operations }, { skip }) => {
    const tree = treeOf(kernel);
    if (typeof tree === 'string') return skip(`the source of ${kernel} cannot be had: ${tree}`);
    const contract = treeContract(tree);
    const scanned = new Map(scanSource(tree.folder).map(({ opcode, fields }) => [opcode, fields]));
    expect(contract.operations.map(({ opcode }) => opcode)).toEqual([...scanned.keys()]);
    expect(contract.operations).toHaveLength(operations);
    const onlyFound: string[] = [];
    const onlyTold: string[] = [];
    for (const operation of contract.operations) {
      const { opcode } = operation;
      const told = fieldsIn(operation);
      const found = scanned.get(opcode) ?? new Set();
      for (const field of found) if (!told.has(field)) onlyFound.push(`${opcode} ${field}`);
      for (const field of told)
        if (!found.has(field) && !DERIVED.has(field)) onlyTold.push(`${opcode} ${field}`);
    }
    expect(onlyTold).toEqual([]);
    expect(new Set(onlyFound)).toEqual(excepted(kernel));
  },
);
