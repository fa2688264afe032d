/**
 * Contracts of known kernels, committed beside the snapshots as `<version>.contract.json`: a file of their own, because
 * most of what reads a snapshot needs no contract.
 */
import { readFileSync } from 'node:fs';
import type { KernelContract, OperationContract } from '../contract/contract.js';
import { Problem } from '../problem.js';
import { findSnapshotFile, snapshotFiles } from './snapshot-folders.js';
import { compareKernels } from './versions.js';

const CONTRACT_FILE = /^(\d+\.\d+)\.contract\.json$/;

export const contractFile = (series: string): string => `${series}.contract.json`;

/** Series that have a contract, oldest first. */
export function contractVersions(): string[] {
  return snapshotFiles()
    .flatMap((file) => CONTRACT_FILE.exec(file)?.[1] ?? [])
    .sort(compareKernels);
}

/** @throws Problem when the text is no contract of a schema this ringsmith reads */
export function readContract(file: string, text: string): KernelContract {
  const refused = (what: string, cause?: unknown): Problem =>
    new Problem(
      {
        code: 'CONTRACT_UNREADABLE',
        what,
        where: { file },
        consequence: 'nothing was generated',
        remedy: 'update ringsmith, or make the contract again: ringsmith snapshot',
      },
      { cause },
    );
  let contract: KernelContract;
  try {
    contract = JSON.parse(text) as KernelContract;
  } catch (cause) {
    throw refused('the contract is not JSON', cause);
  }
  if (contract.schema === 1) return contract;
  throw refused(`the contract has schema ${String(contract.schema)}, and this ringsmith reads schema 1`);
}

/** The contract of a series, when there is one. */
export function loadContract(series: string): KernelContract | undefined {
  const file = findSnapshotFile(contractFile(series));
  return file === undefined ? undefined : readContract(file, readFileSync(file, 'utf8'));
}

const member = (name: string, value: unknown): string => `${JSON.stringify(name)}: ${JSON.stringify(value)}`;

function rows(name: string, items: readonly unknown[], indent: string): string {
  const lines = items.map((item) => `${indent}  ${JSON.stringify(item)}`);
  const text = lines.length === 0 ? '' : `\n${lines.join(',\n')}\n${indent}`;
  return `${indent}${JSON.stringify(name)}: [${text}]`;
}

function operationText(operation: OperationContract): string {
  const { fields, rules, multishot, ...head } = operation;
  const parts = [
    ...Object.entries(head).map(([name, value]) => `    ${member(name, value)}`),
    rows('fields', fields, '    '),
    rows('rules', rules, '    '),
    rows('multishot', multishot, '    '),
  ];
  return `  {\n${parts.join(',\n')}\n  }`;
}

/** The contract as text: one field or rule a line, so that a change shows as that line. */
export function contractText({ schema, source, common, operations }: KernelContract): string {
  const parts = [
    member('schema', schema),
    member('source', source),
    rows('common', common, ''),
    `"operations": [\n${operations.map(operationText).join(',\n')}\n]`,
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}
