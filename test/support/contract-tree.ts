/**
 * Kernel trees for tests: the small one of the fixtures, as it is or with files of the test's own, and what is
 * extracted from them.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadClang } from '../../generator/clang/index.js';
import type { KernelContract, OperationContract } from '../../generator/contract/contract.js';
import { extractContract } from '../../generator/contract/index.js';
import { ROOT } from './repository.js';

const SMALL = join(ROOT, 'test/generator/fixtures/contract/small');

export const clang = loadClang();

const SOURCE = { package: 'small', version: '1' };

/** A copy of the small tree in which these files, by path, are added or replaced. */
export function treeWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-contract-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(SMALL, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const contractAt = (folder: string): KernelContract =>
  extractContract(clang, { folder, source: SOURCE });

export const smallContract = (): KernelContract => contractAt(SMALL);

export function operationOf(contract: KernelContract, opcode: string): OperationContract {
  const found = contract.operations.find((operation) => operation.opcode === opcode);
  if (found === undefined) throw new Error(`no contract of ${opcode}`);
  return found;
}

const INCLUDES = '#include "opdef.h"\n#include "frob.h"\n';
const ISSUE = 'int io_frob(struct io_kiocb *req, unsigned int issue_flags)\n{\n\treturn 0;\n}\n';

/** The contract of FROB, with io_uring/frob.c replaced: the test's C, which has io_frob_prep and, if it likes, io_frob. */
export function frob(source: string, opcode = 'IORING_OP_FROB'): OperationContract {
  const issue = /\bio_frob\(/.test(source) ? '' : ISSUE;
  const folder = treeWith({ 'io_uring/frob.c': `${INCLUDES}${source}\n${issue}` });
  return operationOf(contractAt(folder), opcode);
}

/** The same for a body of io_frob_prep; `f` is its command. */
export const frobPrep = (body: string, members = '', opcode?: string): OperationContract =>
  frob(
    `struct io_frob { struct file *file; ${members} };
int io_frob_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_frob *f = io_kiocb_to_cmd(req, struct io_frob);

	${body}
	return 0;
}`,
    opcode,
  );
