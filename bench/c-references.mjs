/**
 * Builds the C references in c/ with gcc and liburing. Where those cannot be had, the references are left out with the
 * reason, and the rest of the benchmark runs.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const SOURCES = fileURLToPath(new URL('./c/', import.meta.url));
const PACKAGES = ['gcc', 'libc6-dev', 'liburing-dev'];

/** The last line that says something of what a command printed when it failed. */
function lastLine(error) {
  const lines = `${error.stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => line.includes('error')) ?? lines.at(-1) ?? error.message;
}

/** Whether gcc finds liburing. */
async function hasLiburing() {
  const child = execute('gcc', ['-fsyntax-only', '-include', 'liburing.h', '-xc', '-']);
  child.child.stdin.end();
  return child.then(
    () => true,
    () => false,
  );
}

/** Throws what is missing. `npm run bench` has had it installed where that can be; nothing is installed here. */
async function checkTools() {
  if (await hasLiburing()) return;
  throw new Error(`gcc or liburing.h is missing; install ${PACKAGES.join(', ')}`);
}

export class CReferences {
  #folder;
  #tools;
  #programs = new Map();

  /** @param folder where the programs go */
  constructor(folder) {
    this.#folder = folder;
  }

  /** Path of the program made of c/NAME.c; built once. Rejects with the reason when it cannot be built. */
  build(name) {
    const known = this.#programs.get(name);
    if (known !== undefined) return known;
    const program = this.#compile(name);
    this.#programs.set(name, program);
    return program;
  }

  async #compile(name) {
    this.#tools ??= checkTools();
    await this.#tools;
    const program = join(this.#folder, name);
    try {
      await execute('gcc', [
        '-O2',
        '-Wall',
        '-std=gnu11',
        '-Wno-unused-function',
        '-o',
        program,
        join(SOURCES, `${name}.c`),
        '-luring',
        '-pthread',
      ]);
    } catch (error) {
      throw new Error(`c/${name}.c does not compile here: ${lastLine(error)}`);
    }
    return program;
  }
}
