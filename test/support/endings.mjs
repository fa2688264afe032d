/**
 * Every operation that waits for a peer that never reads or writes × every way to end it, on one kind of ring. Each must end in
 * time and leave nothing in flight, but the notification of a zero-copy send. Prints a line for each that does not.
 *
 * Arguments: the package's URL; the ring's options as JSON; a part of the names that are tried.
 */
const [url, setup, only = ''] = process.argv.slice(2);
const { Ring, MSG_WAITALL } = { MSG_WAITALL: 0x100, ...(await import(url)) };

const BOUND_MS = 3_000;
const BEGIN_MS = 30;
const LARGE = 32 * 1024 * 1024;
const helper = new Ring();
const listener = await helper.listen({ host: '127.0.0.1', port: 0 });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function sockets(ring) {
  const accepted = listener.accept();
  const near = await ring.connect(listener.localAddress);
  return { handle: near, far: [await accepted] };
}

async function pipes(ring, end) {
  const ends = await helper.ops.pipe();
  return { handle: ring.adopt(ends[end]), far: [helper.adopt(ends[1 - end])] };
}

/** Makes what an operation needs, and gives a function that starts it. */
const OPERATIONS = {
  send: async (ring) => {
    const it = await sockets(ring);
    return { ...it, start: (o) => [it.handle.send(Buffer.alloc(LARGE), { flags: MSG_WAITALL, ...o })] };
  },
  'sends in order': async (ring) => {
    const it = await sockets(ring);
    const send = (o) => it.handle.send(Buffer.alloc(LARGE), o);
    return { ...it, start: (o) => [send(o), send(o), send(o)] };
  },
  sendZeroCopy: async (ring) => {
    const it = await sockets(ring);
    const memory = ring.alloc(LARGE);
    return { ...it, start: (o) => [it.handle.sendZeroCopy(memory, { flags: MSG_WAITALL, ...o })] };
  },
  recv: async (ring) => {
    const it = await sockets(ring);
    return { ...it, start: (o) => [it.handle.recv(Buffer.alloc(8), o), it.handle.recv(Buffer.alloc(8), o)] };
  },
  'multishot recv': async (ring) => {
    const it = await sockets(ring);
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 4096 });
    let stream;
    const start = ({ signal } = {}) => {
      stream = ring.multishot.recv({ fd: it.handle, buffers }, signal === undefined ? {} : { signal });
      return [stream.next(), stream.next()];
    };
    return { ...it, start, return: () => stream.return() };
  },
  accept: async (ring) => {
    const handle = await ring.listen({ host: '127.0.0.1', port: 0 });
    return { handle, far: [], start: (o) => [handle.accept(o)] };
  },
  connections: async (ring) => {
    const handle = await ring.listen({ host: '127.0.0.1', port: 0 });
    let stream;
    const start = ({ signal } = {}) => {
      stream = handle.connections(signal === undefined ? {} : { signal });
      return [stream.next()];
    };
    return { handle, far: [], start, return: () => stream.return() };
  },
  splice: async (ring) => {
    const it = await sockets(ring);
    const into = await pipes(ring, 1);
    const args = { fdIn: it.handle, fdOut: into.handle, offIn: -1, offOut: -1, length: 4096, flags: 0 };
    return { ...it, far: [...it.far, into.handle, ...into.far], start: (o) => [ring.ops.splice(args, o)] };
  },
  'splice from a pipe': async (ring) => {
    const it = await pipes(ring, 0);
    const into = await pipes(ring, 1);
    const args = { fdIn: it.handle, fdOut: into.handle, offIn: -1, offOut: -1, length: 4096, flags: 0 };
    return { ...it, far: [...it.far, into.handle, ...into.far], start: (o) => [ring.ops.splice(args, o)] };
  },
  'pipe write': async (ring) => {
    const it = await pipes(ring, 1);
    const write = (o) => it.handle.write(Buffer.alloc(LARGE), o);
    return { ...it, start: (o) => [write(o), write(o)] };
  },
  'pipe writev': async (ring) => {
    const it = await pipes(ring, 1);
    return { ...it, start: (o) => [it.handle.writev([Buffer.alloc(LARGE), Buffer.alloc(LARGE)], o)] };
  },
  'pipe read': async (ring) => {
    const it = await pipes(ring, 0);
    return { ...it, start: (o) => [it.handle.read(Buffer.alloc(8), o), it.handle.read(Buffer.alloc(8), o)] };
  },
  'pipe poll': async (ring) => {
    const it = await pipes(ring, 0);
    return { ...it, start: (o) => [ring.ops.pollAdd({ fd: it.handle, events: 1 }, o)] };
  },
  'pipe multishot read': async (ring) => {
    const it = await pipes(ring, 0);
    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 4096 });
    let stream;
    const start = ({ signal } = {}) => {
      stream = ring.multishot.read({ fd: it.handle, buffers }, signal === undefined ? {} : { signal });
      return [stream.next()];
    };
    return { ...it, start, return: () => stream.return() };
  },
};

const controller = () => {
  const abort = new AbortController();
  return { options: { signal: abort.signal }, end: () => abort.abort() };
};

/** What is started with, and what ends it. */
const ENDINGS = {
  abort: () => controller(),
  timeout: () => ({ options: { timeout: BEGIN_MS }, end: () => undefined }),
  'handle.close()': ({ handle }) => ({ options: {}, end: () => handle.close() }),
  'ring.close()': ({ ring }) => ({ options: {}, end: () => ring.close() }),
  'stream.return()': (it) => ({ options: {}, end: () => it.return() }),
};

const STREAMS = new Set(['multishot recv', 'connections', 'pipe multishot read']);
const fits = (operation, ending) =>
  STREAMS.has(operation) ? ending !== 'timeout' : ending !== 'stream.return()';

async function bounded(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} does not end`)), BOUND_MS);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function run(operation, ending, wait) {
  const ring = new Ring(JSON.parse(setup));
  const it = await OPERATIONS[operation](ring);
  const { options, end } = ENDINGS[ending]({ ring, ...it });
  const settled = Promise.allSettled(it.start(options));
  if (wait) await sleep(BEGIN_MS);
  const ended = Promise.resolve(end());
  await bounded(settled, 'the operation');
  await bounded(ended, ending);
  const allowed = operation === 'sendZeroCopy' ? 1 : 0;
  // The request to cancel may be answered after what it was for.
  await bounded(
    (async () => {
      while (ring.statistics.inFlight > allowed) await sleep(5);
    })(),
    'what is in flight',
  );
  await bounded(it.handle.close(), 'handle.close() at the end');
  await bounded(ring.close(), 'ring.close() at the end');
  await Promise.all(it.far.map((one) => one.close()));
}

let runs = 0;
for (const operation of Object.keys(OPERATIONS)) {
  for (const ending of Object.keys(ENDINGS)) {
    for (const wait of [true, false]) {
      const name = `${operation}, ${wait ? '' : 'at once '}${ending}`;
      if (!fits(operation, ending) || !name.includes(only)) continue;
      runs += 1;
      await run(operation, ending, wait).catch((error) => console.log(`${name}: ${error.stack}`));
    }
  }
}
console.log(`${runs} runs`);
process.exit();
