/**
 * A program that takes memory away from under operations in flight, in every way JavaScript has, and then looks whether
 * anything was written where it should not be. With `unprotected` it hands the kernel the addresses of ordinary
 * ArrayBuffers, as a naive binding does, so that it can be seen to notice.
 */

/** How memory is taken away; ways that a version of Node does not have do nothing. */
export const WAYS = [
  'drop',
  'structuredClone',
  'postMessage',
  'transfer',
  'transfer and grow',
  'to a worker that exits',
  'resize',
] as const;

export type Way = (typeof WAYS)[number];

export interface HostileOptions {
  readonly encoder: 'mapped' | 'native';
  readonly way: Way;
  /** Where the addon lies that tells addresses: without protection. */
  readonly addressOf?: string;
}

const TAKE_AWAY: Readonly<Record<Way, string>> = {
  drop: '() => {}',
  structuredClone: '(b) => { structuredClone(b, { transfer: [b] }); }',
  postMessage: `(b) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(b, [b]);
    port1.close();
    port2.close();
  }`,
  transfer: '(b) => { b.transfer(); }',
  'transfer and grow': '(b) => { b.transfer(b.byteLength * 2); }',
  'to a worker that exits': `(b) => {
    const worker = new Worker('process.exit()', { eval: true, workerData: b, transferList: [b] });
    exits.push(new Promise((resolve) => worker.once('exit', resolve)));
  }`,
  resize: '(b) => { b.resize(0); }',
};

/** Prints JSON: whether all canaries are intact, how many operations ended well, and how many failed. */
export const hostileProgram = ({ encoder, way, addressOf }: HostileOptions): string => `
  const addressOf = ${addressOf === undefined ? 'undefined' : `createRequire('/')(${JSON.stringify(addressOf)})`};
  const takeAway = ${TAKE_AWAY[way]};
  const exits = [];
  const SIZE = 65536, COUNT = 12;
  const ring = new Ring({ encoder: ${JSON.stringify(encoder)}, checked: false });
  const { near, far } = await socketPair();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringsmith-hostile-'));
  const source = fs.openSync(path.join(folder, 'source'), 'w+');
  fs.writeSync(source, Buffer.alloc(SIZE, 0xee));
  const output = fs.openSync(path.join(folder, 'output'), 'w+');

  /** Memory for an operation: what the program sees of it, and what the operation is given. */
  const memory = (fill) => {
    if (addressOf === undefined) {
      const buffer = ring.alloc(SIZE);
      buffer.bytes.fill(fill);
      return { bytes: buffer.bytes.buffer, buffer };
    }
    const bytes = ${way === 'resize' ? 'new ArrayBuffer(SIZE, { maxByteLength: SIZE * 2 })' : 'new ArrayBuffer(SIZE)'};
    new Uint8Array(bytes).fill(fill);
    return { bytes, address: addressOf(bytes) };
  };
  const raw = (opcode, fd, address, rest) => ring.submitRaw({ opcode, fd, addr: address, len: SIZE, ...rest });
  // Behind a read of an empty pipe an operation of any kind is in flight until the pipe is written to.
  const [gate, opener] = await ring.ops.pipe({});
  let waiting = 0;
  const later = (member) => {
    waiting += 1;
    return ring.chain(() => [ring.ops.read({ fd: gate, buffer: new Uint8Array(1) }), member()], { hard: true });
  };
  const pool = ring.pool({ sizes: [SIZE] });
  const kinds = [
    [0, ({ buffer, address }) => buffer ? ring.ops.recv({ fd: near, buffer, flags: 0x100 }) : raw(27, near, address, { msgFlags: 0x100 })],
    [0, ({ buffer, address }) => later(() => buffer ? ring.ops.read({ fd: source, buffer, offset: 0 }) : raw(22, source, address))],
    [0x77, ({ buffer, address }, at) => later(() => buffer ? ring.ops.write({ fd: output, buffer, offset: at * SIZE }) : raw(23, output, address, { off: at * SIZE }))],
  ];
  if (addressOf === undefined) kinds.push(
    [0, ({ buffer }) => later(() => ring.ops.readv({ fd: source, buffers: [buffer.subarray(0, 1000), buffer.subarray(1000)], offset: 0 }))],
    [0, ({ buffer }) => later(() => ring.ops.read({ fd: source, buffer: buffer.bytes, offset: 0 }))],
    [0, ({ buffer }) => later(() => ring.ops.read({ fd: source, buffer, offset: 0 }, { timeout: 5000 }))],
    [0, () => later(() => ring.ops.read({ fd: source, buffer: ring.lend(new Uint8Array(SIZE)).buffer, offset: 0 }))],
    [0, () => {
      const buffer = pool.acquire();
      const reading = later(() => ring.ops.read({ fd: source, buffer, offset: 0 }));
      pool.release(buffer);
      return reading;
    }],
    [0, () => later(() => ring.ops.statx({ path: process.execPath }))],
  );
  const results = [], canaries = [];
  for (let i = 0; i < COUNT; i++) {
    kinds.forEach(([fill, start], kind) => {
      let own = memory(fill);
      results.push(start(own, i).then(() => 'done', (error) => error.code));
      try { takeAway(own.bytes); } catch {}
      own = undefined;
    });
  }
  for (let round = 0; round < 5; round++) {
    gc();
    await new Promise(setImmediate);
    // Reuses whatever was wrongly given back: as heap memory, as ring memory, as anything that is mapped.
    for (let i = 0; i < 40; i++) {
      canaries.push(Buffer.alloc(SIZE, 0x11));
      const own = ring.alloc(SIZE);
      own.bytes.fill(0x11);
      canaries.push(own.bytes);
    }
  }
  await Promise.all(exits);
  await ring.ops.write({ fd: opener, buffer: new Uint8Array(waiting) });
  const data = Buffer.alloc(SIZE, 0xee);
  for (let sent = 0; sent < COUNT * SIZE; ) sent += await ring.ops.send({ fd: far, buffer: data.subarray(0, Math.min(SIZE, COUNT * SIZE - sent)) });
  const settled = await Promise.all(results);
  const intact = canaries.every((canary) => canary.every((byte) => byte === 0x11));
  // What was written to the file is what the memory held, and nothing that came to lie in its place.
  const written = fs.readFileSync(path.join(folder, 'output'));
  const faithful = written.every((byte) => byte === 0x77);
  let refused = 0;
  for (const options of [{ maxByteLength: SIZE }]) {
    const resizable = new Uint8Array(new ArrayBuffer(SIZE, options));
    await ring.ops.read({ fd: source, buffer: resizable, offset: 0 }).catch((error) => { refused += error.code === 'ERR_INVALID_ARG_VALUE'; });
  }
  await ring.close();
  fs.rmSync(folder, { recursive: true });
  console.log(JSON.stringify({ intact, faithful, refused, done: settled.filter((s) => s === 'done').length, failed: settled.filter((s) => s !== 'done') }));
  process.exit();
`;
