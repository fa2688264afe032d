/**
 * Contenders as processes. Each JavaScript contender lives in a process of its own, so that none runs with code that
 * the JIT compiler has shaped for another, and so that CPU time, thread-pool threads included, can be told apart.
 */
import { execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHILD = fileURLToPath(new URL('./contender-process.mjs', import.meta.url));

/**
 * The environment of a contender. NODE_ENV as in production, where the runtime checks less. libuv's thread pool, of its
 * default size, unless the contender says otherwise: what Node does by itself differs between its versions, and what
 * the shell of whoever runs this happens to say must not matter.
 */
function environmentOf({ env = {} }) {
  const { UV_THREADPOOL_SIZE, NODE_OPTIONS, ...inherited } = process.env;
  return { ...inherited, NODE_ENV: 'production', UV_USE_IO_URING: '0', ...env };
}

/** A contender in a Node process that stays for all rounds. */
class NodeContender {
  #child;
  #pending;
  #ended;

  constructor(name, definition, { file, params }) {
    this.#child = fork(CHILD, [file, name, JSON.stringify(params)], { env: environmentOf(definition) });
    this.#child.on('message', (message) => {
      if (message.error !== undefined) this.#pending.reject(new Error(message.error));
      else this.#pending.resolve(message);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => {
        this.#pending.reject(new Error(`${name} ended with ${signal ?? `exit code ${code}`}`));
        resolve();
      });
    });
  }

  /** What the process answers next. */
  answer() {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
  }

  run(count) {
    const answer = this.answer();
    this.#child.send({ count });
    return answer;
  }

  async close() {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}

/** A C program that is started for every run, and measures itself after a warm-up of its own. */
class CContender {
  #program;
  #args;

  constructor(program, args) {
    this.#program = program;
    this.#args = args;
  }

  async run(count) {
    try {
      const { stdout } = await promisify(execFile)(this.#program, [String(count), ...this.#args]);
      return JSON.parse(stdout);
    } catch (error) {
      throw new Error(error.stderr?.trim() || error.message);
    }
  }

  async close() {}
}

async function openC(definition, spec, context) {
  const program = await context.cReferences.build(definition.c);
  const contender = new CContender(program, definition.args(spec.params).map(String));
  await contender.run(spec.multiple);
  return contender;
}

/** Paths of C programs, by name. */
async function programsOf({ programs = [] }, { cReferences }) {
  const built = await Promise.all(programs.map((program) => cReferences.build(program)));
  return Object.fromEntries(programs.map((program, index) => [program, built[index]]));
}

async function openNode(name, definition, spec, context) {
  const params = { ...spec.params, programs: await programsOf(definition, context) };
  const contender = new NodeContender(name, definition, { ...spec, params });
  try {
    await contender.answer();
    return contender;
  } catch (error) {
    await contender.close();
    throw error;
  }
}

/** Starts a contender. Rejects with the reason when it cannot run on this machine. */
export function openContender(name, definition, spec, context) {
  return definition.c === undefined
    ? openNode(name, definition, spec, context)
    : openC(definition, spec, context);
}
