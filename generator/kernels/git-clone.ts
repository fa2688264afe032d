/**
 * Files of a tag from a local clone of the kernel's repository, whatever is checked out there.
 */
import { resolve } from 'node:path';
import { Problem } from '../problem.js';
import { lastError, runProgram } from './program.js';

const REMEDY = 'give a clone of the kernel that has the tag, or its address with --base-url';

export class GitClone {
  readonly folder: string;

  /** @throws Problem when the folder is no repository */
  constructor(folder: string) {
    this.folder = resolve(folder);
    const found = this.#git('rev-parse', '--git-dir');
    if (found.code !== 0)
      throw this.#refused('GIT_NO_CLONE', `this is no git repository: ${lastError(found)}`);
  }

  /** @returns undefined for a file that the tag does not have */
  read(tag: string, path: string): string | undefined {
    const { code, stdout } = this.#git('show', `${tag}:${path}`);
    return code === 0 ? stdout : undefined;
  }

  /** @throws Problem when the repository has no such tag */
  check(tag: string): void {
    if (this.#git('rev-parse', '--verify', '--quiet', `${tag}^{commit}`).code === 0) return;
    throw this.#refused('TAG_MISSING', `the clone has no tag ${tag}`);
  }

  #git(...args: readonly string[]): ReturnType<typeof runProgram> {
    return runProgram('git', ['-C', this.folder, ...args], { remedy: REMEDY });
  }

  #refused(code: string, what: string): Problem {
    return new Problem({
      code,
      what,
      where: { file: this.folder },
      consequence: 'nothing was written',
      remedy: code === 'TAG_MISSING' ? `fetch it: git fetch --tags; or ${REMEDY}` : REMEDY,
    });
  }
}
