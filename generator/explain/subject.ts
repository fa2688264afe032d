/**
 * The operation that is to be explained: its contract, joined with what the header and ringsmith know of it.
 */
import { type FieldPlace, RESERVED_FIELDS, type SqeLayout } from '../../runtime/contract/evaluate.js';
import type { OperationRules } from '../../runtime/contract/rules.js';
import type { KernelContract, OperationContract } from '../contract/contract.js';
import { loadHistory } from '../kernels/history.js';
import { opcodeFacts } from '../model/opcodes.js';
import { buildSqe } from '../model/sqe.js';
import type { HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';
import { operations } from '../semantics/operations.js';
import type { OperationRows } from '../semantics/row.js';
import { argumentFields } from './argument-names.js';
import { plainName } from './names.js';
import { nearest } from './nearest.js';

/** A kernel's contract, and the facts of its header. */
export interface ContractInput {
  readonly contract: KernelContract;
  readonly facts: HeaderFacts;
  /** Whose contract it is, e.g. `Linux 7.3`. */
  readonly from: string;
}

export interface Subject {
  readonly contract: OperationContract;
  readonly number: number;
  /** Every rule for it, the dispatcher's first, as the kernel goes through them. */
  readonly rules: OperationRules;
  readonly layout: SqeLayout;
  readonly facts: HeaderFacts;
  /** Fields of the SQE by the plain names of the TypeScript arguments. */
  readonly arguments: ReadonlyMap<string, string>;
  readonly since?: string;
  readonly man?: string;
}

const PREFIX = 'IORING_OP_';
const ROWS: OperationRows = operations;

/** `sendZc`, `send-zc`, `SEND_ZC` and `IORING_OP_SEND_ZC` are one. */
const opcodeKey = (name: string): string => plainName(name).replace(/^ioringop/, '');

function unknownOperation(word: string, known: readonly string[], from: string): Problem {
  const short = known.map((name) => name.slice(PREFIX.length));
  const likely = nearest(word.replace(/^IORING_OP_/i, ''), short);
  return new Problem({
    code: 'OPCODE_UNKNOWN',
    what: `${from} has no operation ${word}`,
    consequence: 'nothing can be explained',
    remedy:
      likely.length > 0
        ? `did you mean ${likely.join(' or ')}?`
        : `give a name such as ${short[1] ?? 'READV'}, or a number from 0 to ${known.length - 1}`,
  });
}

/** Where the header has the fields of an SQE. */
const layoutOf = (facts: HeaderFacts): SqeLayout =>
  new Map([
    ...buildSqe(facts, []).fields.map((field): [string, FieldPlace] => [field.cName, field]),
    ...RESERVED_FIELDS,
  ]);

/** @param word a name in any usual spelling, or the opcode's number */
export function findSubject(word: string, input: ContractInput): Subject {
  const { contract, facts, from } = input;
  const opcodes = opcodeFacts(facts);
  const found = opcodes.find(({ constant, value }) =>
    /^\d+$/.test(word) ? value === Number(word) : opcodeKey(constant) === opcodeKey(word),
  );
  const operation = contract.operations.find((candidate) => candidate.opcode === found?.constant);
  if (found === undefined || operation === undefined) {
    throw unknownOperation(
      word,
      contract.operations.map((candidate) => candidate.opcode),
      from,
    );
  }
  const since = loadHistory().since(found.constant);
  const man = ROWS[found.constant]?.man;
  return {
    contract: operation,
    number: found.value,
    rules: { rules: [...contract.common, ...operation.rules], fields: operation.fields, from },
    layout: layoutOf(facts),
    facts,
    arguments: argumentFields(found.constant, input),
    ...(since === undefined ? {} : { since }),
    ...(man === undefined ? {} : { man }),
  };
}
