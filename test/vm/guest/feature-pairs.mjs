/**
 * Here or in a guest: every ordered pair of features on one ring, the second started in the same tick as the first, after a
 * microtask, after an operation, or after a turn of the loop. Everything must settle, the ring must go on and close, and no descriptor
 * may stay. Prints JSON: how many pairs ran, what this kernel lacks, and what went wrong.
 *
 * Arguments: how many of the interleavings to try (1 to 4); the encoder; what a pair's name must have in it, and how often it is tried.
 */
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Ring } from 'ringsmith';

const PATIENCE_MS = 20_000;
const IDLE_MS = 15;
const NONE = new Set(['ERR_RING_UNSUPPORTED', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EACCES']);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Two ends of a connection; libuv reads and throws away what comes to the far one, and leaves the near one alone. */
async function socketPair(server) {
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  const near = connect({ port: server.address().port, host: '127.0.0.1' });
  near.pause();
  await new Promise((resolve) => near.once('connect', resolve));
  const far = await accepted;
  far.on('error', () => undefined).resume();
  near.on('error', () => undefined);
  return { fd: near._handle.fd, far, sockets: [near, far] };
}

/** What is started, and how it may end. It resolves with nothing, or with what is wrong. */
const ACTIVE = {
  drain: ({ ring }) => ring.ops.nop({}, { drain: true }).then((value) => value === 0 || `drain: ${value}`),
  chain: ({ ring }) =>
    ring
      .chain(() => [ring.ops.nop(), ring.ops.statx({ path: '/' }), ring.ops.nop()])
      .then((results) => results.length === 3 || 'chain: not three results'),
  'hard chain': async ({ ring }) => {
    const members = [];
    const chain = ring.chain(
      () => {
        members.push(ring.ops.nop(), ring.ops.read({ fd: -1, buffer: Buffer.alloc(1) }), ring.ops.nop());
        return members;
      },
      { hard: true },
    );
    const error = await chain.catch((reason) => reason);
    if (error?.code !== 'EBADF') throw error;
    return (
      (await Promise.allSettled(members))[2].status === 'fulfilled' || 'hard chain: the last did not run'
    );
  },
  timeout: ({ ring, socket }) => expectCode(recv(ring, socket, { timeout: IDLE_MS }), 'ETIME'),
  abort: ({ ring, socket }) =>
    expectCode(recv(ring, socket, { signal: AbortSignal.timeout(IDLE_MS) }), 'ABORT_ERR'),
  cancel: async ({ ring, socket }) => {
    const waiting = expectCode(recv(ring, socket, {}), 'ECANCELED');
    await turn();
    while (!(await Promise.race([waiting, sleep(5).then(() => false)]))) await ring.cancel({ fd: socket.fd });
    return waiting;
  },
  'zero-copy': ({ ring, socket }) =>
    ring
      .sendZeroCopy({ fd: socket.fd, buffer: ring.alloc(64) })
      .then(({ bytes }) => bytes === 64 || `zero-copy: ${bytes} bytes`),
  multishot: async ({ ring }) => {
    const stream = ring.multishot.timeout({ every: 1 });
    for (let tick = 0; tick < 2; tick += 1) if ((await stream.next()).done) return 'multishot: ended early';
    await stream.return();
    return true;
  },
  'buffer ring': async ({ ring, socket }) => {
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 16 });
    const receiving = buffers.recv({ fd: socket.fd });
    socket.far.write('x');
    const lease = await receiving;
    const text = Buffer.from(lease.bytes).toString();
    lease.release();
    await buffers.close();
    return /^x+$/.test(text) || `buffer ring: received ${JSON.stringify(text)}`;
  },
  'multishot receive': async ({ ring, socket: { fd, far } }) => {
    const buffers = ring.bufferRing({ entries: 2, bufferBytes: 16 });
    const stream = ring.multishot.recv({ fd, buffers });
    const next = stream.next();
    far.write('y');
    const { value, done } = await next;
    if (done) return 'multishot receive: ended early';
    value.release();
    await stream.return();
    await buffers.close();
    return true;
  },
  handle: async ({ ring }) => {
    const file = await ring.open('/proc/self/stat');
    try {
      await file.read(Buffer.alloc(4));
    } finally {
      await file.close();
    }
    return true;
  },
  resize: async ({ ring }) => {
    await ring.resize({ entries: 64, cqEntries: 256 });
    return true;
  },
};

/** What a ring is opened with. */
const MODES = {
  SQPOLL: { sqpoll: { idleMs: 5 } },
  deferred: { taskWork: 'deferred' },
  restriction: { disabled: true },
  'small queues': { entries: 4, cqEntries: 4 },
};

/** Endings, which let others end in any way. */
const ENDINGS = {
  close: ({ ring }) => ring.close().then(() => true),
  terminate: undefined,
};

const recv = (ring, { fd }, options) => ring.ops.recv({ fd, buffer: Buffer.alloc(8) }, options);

async function expectCode(promise, code) {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (error?.code === code) return true;
  throw error ?? new Error(`it succeeded, instead of ${code}`);
}

function openRing(mode, encoder, names) {
  const deferred = names.includes('resize') && mode === undefined ? MODES.deferred : {};
  const ring = new Ring({ ...deferred, ...MODES[mode], ...(encoder === undefined ? {} : { encoder }) });
  if (mode === 'restriction') {
    const opcodes = Array.from({ length: 40 }, (_, opcode) => opcode).concat(
      [47, 48].filter((opcode) => ring.supports({ opcode })),
    );
    ring.restrict({ opcodes, sqeFlagsAllowed: 255 });
    ring.enable();
  }
  return ring;
}

/** Everything that a run uses; `names` are the features that take part. */
async function context(mode, encoder, names) {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const pairs = [];
  // Each feature has a connection of its own.
  for (const _ of names) pairs.push(await socketPair(server));
  const close = () => {
    for (const { sockets } of pairs) for (const socket of sockets) socket.destroy();
    server.close();
  };
  try {
    return { ring: openRing(mode, encoder, names), pairs, close };
  } catch (error) {
    close();
    throw error;
  }
}

const STEPS = [
  () => undefined,
  () => Promise.resolve(),
  (ring) => ring.ops.nop().catch(() => undefined),
  turn,
];

/** Starts both; the promises tell how each ended. */
async function start(ctx, names, step) {
  const started = [];
  for (const [at, name] of names.entries()) {
    if (at > 0) {
      const between = STEPS[step](ctx.ring);
      // Behind a drain that waits the operation in between waits too.
      if (between !== undefined) await Promise.race([between, sleep(5)]);
    }
    const run = { ...ACTIVE, ...ENDINGS }[name];
    const ended = (async () => run({ ring: ctx.ring, socket: ctx.pairs[at] }))().then(
      (value) => ({ name, value }),
      (error) => ({ name, error }),
    );
    started.push(ended);
  }
  return started;
}

const withPatience = (promise) => Promise.race([promise, sleep(PATIENCE_MS).then(() => undefined)]);

/** @returns what is wrong with how one ended; undefined for nothing, `lacking` gets what the kernel does not have */
function verdict(end, endings, mode, lacking) {
  if (end.value === true) return undefined;
  if (end.error === undefined) return end.value;
  const { code } = end.error;
  if (endings.length > 0 && !endings.includes(end.name)) return undefined;
  // Not of every kind of ring.
  if (mode !== undefined && (code === 'ERR_RING_UNSUPPORTED' || code === 'EACCES')) return undefined;
  if (
    NONE.has(code) &&
    ['zero-copy', 'buffer ring', 'multishot receive', 'multishot', 'resize'].includes(end.name)
  ) {
    lacking.add(end.name);
    return undefined;
  }
  return `${end.name}: ${end.error.stack}`;
}

async function runHere({ names, mode, step, encoder, lacking }) {
  const faults = [];
  let ctx;
  try {
    ctx = await context(mode, encoder, names);
  } catch (error) {
    if (!NONE.has(error.code)) throw error;
    lacking.add(mode);
    return faults;
  }
  const endings = names.filter((name) => name in ENDINGS);
  const started = await start(ctx, names, step);
  for (const [at, ended] of started.entries()) {
    const end = await withPatience(ended);
    const wrong =
      end === undefined ? `${names[at]}: nothing in ${PATIENCE_MS} ms` : verdict(end, endings, mode, lacking);
    if (wrong !== undefined) faults.push(wrong);
  }
  if (endings.length === 0) {
    const after = await withPatience(ctx.ring.ops.nop().catch((error) => error));
    if (after !== 0) faults.push(`a nop afterwards: ${after?.message ?? 'nothing'}`);
  }
  if ((await withPatience(ctx.ring.close().then(() => true))) === undefined)
    faults.push('close() afterwards: nothing');
  const { inFlight, waiting, scratchInUse } = ctx.ring.statistics;
  if (inFlight + waiting + scratchInUse > 0) faults.push(`left: ${JSON.stringify(ctx.ring.statistics)}`);
  ctx.close();
  return faults;
}

async function runInWorker({ names, mode, step, encoder }) {
  const others = names.filter((name) => name !== 'terminate');
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { others, mode, step, encoder } });
  const faults = [];
  worker.on('error', (error) => faults.push(`worker: ${error.stack}`));
  await new Promise((resolve) => worker.once('message', resolve).once('exit', resolve));
  if ((await withPatience(worker.terminate())) === undefined) faults.push('terminate: nothing');
  return faults;
}

const descriptors = () => readdirSync('/proc/self/fd').length;

const nameOf = ({ mode = 'default', names, step }) => `${mode} ring, ${names.join(' then ')}, step ${step}`;

async function runPair(run) {
  const before = descriptors();
  const faults = await (run.names.includes('terminate') ? runInWorker(run) : runHere(run));
  for (let tries = 0; tries < 100 && descriptors() > before; tries += 1) await sleep(tries < 50 ? 1 : 20);
  const left = descriptors() - before;
  if (left > 0) faults.push(`${left} descriptors stay`);
  return faults.map((fault) => `${nameOf(run)}: ${fault}`);
}

function* pairs(steps) {
  const active = Object.keys(ACTIVE);
  for (let step = 0; step < steps; step += 1) {
    for (const first of active) {
      for (const second of [...active, ...Object.keys(ENDINGS)]) yield { names: [first, second], step };
    }
  }
  for (const mode of Object.keys(MODES)) {
    for (const name of active) {
      yield { mode, names: [name], step: 0 };
      for (const ending of Object.keys(ENDINGS)) yield { mode, names: [name, ending], step: 0 };
    }
    for (const [first, second] of [
      ['drain', 'zero-copy'],
      ['zero-copy', 'drain'],
      ['abort', 'drain'],
      ['drain', 'multishot'],
    ])
      yield { mode, names: [first, second], step: 0 };
  }
}

async function main() {
  const [steps = '4', encoder, part = '', times = '1'] = process.argv.slice(2);
  const lacking = new Set();
  const faults = [];
  let runs = 0;
  // What is loaded and opened once and for all.
  await runPair({ names: ['chain', 'handle'], step: 0, encoder, lacking });
  await runPair({ names: ['chain', 'terminate'], step: 0, encoder, lacking });
  for (const pair of pairs(Number(steps))) {
    if (!nameOf(pair).includes(part)) continue;
    for (let time = 0; time < Number(times); time += 1)
      faults.push(...(await runPair({ ...pair, encoder, lacking })));
    runs += 1;
  }
  console.log(
    JSON.stringify({
      runs,
      lacking: [...lacking].sort(),
      faults: faults.slice(0, 20),
      faulty: faults.length,
    }),
  );
}

if (isMainThread) {
  await main();
} else {
  const { others, mode, step, encoder } = workerData;
  const ctx = await context(mode, encoder, others).catch(() => undefined);
  if (ctx !== undefined) await start(ctx, others, step);
  parentPort.postMessage('started');
  setInterval(() => undefined, 1000);
}
