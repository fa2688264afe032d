/** What can be wrong with a tree, once it has been read. */
import { Problem } from '../problem.js';

export const NOTHING_EXTRACTED = 'no contract was extracted';

export class ContractProblem extends Problem {
  constructor(opcode: string, member: string, name: string | undefined) {
    super({
      code: 'SOURCE_FUNCTION_MISSING',
      what:
        name === undefined
          ? `the row of ${opcode} names no ${member} function`
          : `there is no definition of ${name}, the ${member} function of ${opcode}, in io_uring/*.c`,
      consequence: NOTHING_EXTRACTED,
      remedy: 'Give a complete tree: every file of io_uring/ that a row of the tables refers to.',
    });
  }
}
