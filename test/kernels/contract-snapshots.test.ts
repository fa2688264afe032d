/**
 * Proves the committed contracts: each is as the snapshot command writes it and speaks of every opcode and of fields that
 * its kernel's header has; kernels without one get a neighbour's; and `diff` and `kernels` know them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KernelContract, OperationContract } from '../../generator/contract/contract.js';
import { contractFor } from '../../generator/kernels/choose-contract.js';
import {
  contractFile,
  contractText,
  contractVersions,
  loadContract,
} from '../../generator/kernels/contracts.js';
import { parseHeaderFile } from '../../generator/kernels/header-file.js';
import { loadIndex } from '../../generator/kernels/history.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { loadSnapshot, snapshotFolder } from '../../generator/kernels/snapshot.js';
import { opcodeFacts } from '../../generator/model/opcodes.js';
import { leafFields } from '../../generator/model/sqe.js';
import type { HeaderFacts } from '../../generator/parse/index.js';
import { INSTALLED_HEADER, ringsmith, temporaryFolder } from '../support/cli.js';

const factsOf = (version: string): HeaderFacts => withLibc(loadSnapshot(version).facts);

const opcodesOf = (facts: HeaderFacts): string[] => opcodeFacts(facts).map(({ constant }) => constant);

const operationsOf = (contract: KernelContract): string[] => contract.operations.map(({ opcode }) => opcode);

const sqeFields = (facts: HeaderFacts): Set<string> => {
  const sqe = facts.records.find(({ name }) => name === 'io_uring_sqe')!;
  return new Set(leafFields(sqe.members).map(({ name }) => name));
};

/** Every field that anything in a contract mentions. */
const fieldsIn = (part: KernelContract | OperationContract): string[] => {
  const found: string[] = [];
  JSON.stringify(part, (key, value) => {
    if (['field', 'length'].includes(key) && typeof value === 'string') found.push(value);
    if (key === 'fields' && typeof value[0] === 'string') found.push(...value);
    return value;
  });
  return found;
};

describe('the committed contracts', () => {
  it('are of the kernels that have a source package, or whose tree was given', () => {
    expect(contractVersions()).toEqual(['6.1', '6.12', '6.18', '7.1', '7.2', '7.3']);
  });

  it.each(contractVersions())(
    '%s is as the snapshot command writes it, an operation after the other',
    (version) => {
      const text = readFileSync(join(snapshotFolder(), contractFile(version)), 'utf8');
      const contract = loadContract(version)!;
      expect(contractText(contract)).toBe(text);
      expect(contract.source).toMatchObject({
        package: loadSnapshot(version).source.package.replace('linux-libc-dev', `linux-source-${version}`),
        // The very package, or tree, that the header is of.
        version: loadSnapshot(version).source.version,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(text).not.toMatch(/https?:|\/home|\/tmp|\.cache/);
      expect(operationsOf(contract)).toEqual(opcodesOf(loadSnapshot(version).facts));
    },
  );

  it.each(contractVersions())('%s mentions fields of its header only', (version) => {
    const known = sqeFields(factsOf(version));
    const mentioned = new Set(fieldsIn(loadContract(version)!));
    expect(mentioned.size).toBeGreaterThan(20);
    expect([...mentioned].filter((field) => !known.has(field))).toEqual([]);
  });

  it('are in the index, and in what `kernels` prints', () => {
    const withContract = loadIndex().kernels.filter(({ contract }) => contract !== undefined);
    expect(withContract.map(({ kernel }) => kernel)).toEqual(contractVersions());
    const lines = ringsmith(['kernels']).stdout.split('\n');
    for (const { kernel, contract } of withContract) {
      const line = lines.find((text) => text.startsWith(`${kernel} `));
      expect(line).toMatch(
        new RegExp(`${contract!.package} ${contract!.version}`.replaceAll(/[+.]/g, '\\$&')),
      );
    }
    expect(lines.find((text) => text.startsWith('6.17 '))).toMatch(/ -$/);
  });
});

describe('the contract for a kernel', () => {
  it.each([
    ['7.3', 'Linux 7.3', true],
    ['6.12', 'Linux 6.12', true],
    ['6.12.95', 'Linux 6.12', true],
    ['7.1', 'Linux 7.1', true],
    ['6.18.44', 'Linux 6.18', true],
    ['7.0', 'Linux 7.1', false],
    ['6.16', 'Linux 6.18', false],
    ['6.5', 'Linux 6.12', false],
    ['5.10', 'Linux 6.1', false],
    ['7.4', 'Linux 7.3', false],
  ])('%s is that of %s, its own: %s', (kernel, from, own) => {
    expect(contractFor(factsOf('6.12'), kernel)).toMatchObject({ from, own });
  });

  it.each(contractVersions())('%s of its own is all of it', (version) => {
    expect(contractFor(factsOf(version), version)!.contract).toEqual(loadContract(version));
  });

  it.each(['5.10', '6.16', '6.19', '7.0'])('%s has what its header has, and nothing else', (version) => {
    const facts = factsOf(version);
    const { contract } = contractFor(facts, version)!;
    expect(operationsOf(contract)).toEqual(opcodesOf(facts));
    const known = sqeFields(facts);
    expect(fieldsIn(contract).filter((field) => !known.has(field))).toEqual([]);
  });

  it('that only a header tells of follows from the newest name in it', () => {
    for (const version of contractVersions()) {
      expect(contractFor(factsOf(version))).toMatchObject({ from: `Linux ${version}`, own: false });
    }
    expect(contractFor(factsOf('6.16'))).toMatchObject({ from: 'Linux 6.18' });
    const older = factsOf('6.1');
    const location = { file: 0, line: 1 };
    const waitid = {
      bits: 32,
      signed: false,
      members: [{ name: 'IORING_OP_WAITID', value: '50', location }],
    } as const;
    const withEnum = (file: number): HeaderFacts => ({
      ...older,
      enums: [...older.enums, { ...waitid, location: { file, line: 1 } }],
    });
    expect(contractFor(withEnum(0))).toMatchObject({ from: 'Linux 6.12' });
    // Other headers may be of another time.
    expect(contractFor(withEnum(1))).toMatchObject({ from: 'Linux 6.1' });
  });

  it('has nothing of an opcode that no contract knows, and the rest', () => {
    const header = join(temporaryFolder(), 'io_uring.h');
    const installed = readFileSync(INSTALLED_HEADER, 'utf8');
    writeFileSync(
      header,
      installed.replace('\tIORING_OP_LAST,', '\tIORING_OP_FROBNICATE,\n\tIORING_OP_LAST,'),
    );
    const facts = withLibc(parseHeaderFile({ header }));
    const opcodes = opcodesOf(facts);
    expect(opcodes.at(-1)).toBe('IORING_OP_FROBNICATE');
    expect(operationsOf(contractFor(facts)!.contract)).toEqual(opcodes.slice(0, -1));
  });
});

describe('diff', () => {
  it('of two kernels with contracts tells what opcodes newly take', () => {
    const { stdout, stderr, code } = ringsmith(['diff', '6.12', '7.2']);
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(
      /new +allowed IORING_OP_TIMEOUT sqe->timeout_flags +IORING_TIMEOUT_IMMEDIATE_ARG now allowed/,
    );
    expect(stdout).toMatch(/new +allowed IORING_OP_URING_CMD +now multishot/);
    expect(stdout).toMatch(/new +read +IORING_OP_READ sqe->attr_ptr /);
    expect(stdout).not.toContain('not compared');
  });

  it('of a kernel with a neighbour’s contract says that contracts were not compared', () => {
    const { stdout } = ringsmith(['diff', '6.17', '7.3']);
    expect(stdout).toMatch(/\ncontracts were not compared: none was read from the source of Linux 6\.17\n$/);
    expect(stdout).not.toContain('IORING_OP_READ sqe->');
  });

  it('of a kernel with itself finds nothing', () => {
    expect(ringsmith(['diff', '7.3', '7.3'])).toMatchObject({ code: 0, stdout: '' });
  });
});
