/**
 * Descriptors that the kernel had made and the program had not been given when its thread or its ring ended: all are closed,
 * whichever operation made them, and no other descriptor is.
 */
import { describe, expect, test } from 'vitest';
import { resultOfChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

interface Left {
  readonly left: number;
  /** Descriptors of the main thread that are not open any more. */
  readonly lost: number;
  readonly slowest: number;
}

/** What a worker does before it tells that it may be terminated; `COUNT` times what makes one descriptor, or two. */
const BODIES: Readonly<Record<string, string>> = {
  openat: `for (let i = 0; i < COUNT; i++) ring.ops.openat({ path: '/etc/hostname', sqeFlags: ASYNC }); block();`,
  openat2: `for (let i = 0; i < COUNT; i++) ring.ops.openat2({ path: '/etc/hostname', how: { flags: 0n, mode: 0n, resolve: 0n }, sqeFlags: ASYNC }); block();`,
  'openat with a signal': `const { signal } = new AbortController(); for (let i = 0; i < COUNT; i++) ring.ops.openat({ path: '/etc/hostname', sqeFlags: ASYNC }, { signal }); block();`,
  'submitRaw of openat': `const path = ring.alloc(32); path.bytes.write('/etc/hostname'); path.toKernel(); for (let i = 0; i < COUNT; i++) ring.submitRaw({ opcode: 18, fd: -100, addr: path, sqeFlags: ASYNC }); block();`,
  socket: `for (let i = 0; i < COUNT; i++) ring.ops.socket({ domain: 2, type: 1, sqeFlags: ASYNC }); block();`,
  pipe: `for (let i = 0; i < COUNT; i++) ring.ops.pipe({ sqeFlags: ASYNC }); block();`,
  accept: `for (let i = 0; i < COUNT; i++) ring.ops.accept({ fd: listener }); connect(); block();`,
  'multishot accept': `ring.multishot.accept({ fd: listener }).next().then(({ value }) => ring.ops.close({ fd: value })); ring.ops.nop().then(() => { connect(); block(); });`,
  'accept streams that nobody reads': `const stream = ring.multishot.accept({ fd: listener }, { highWaterMark: 1000 }); stream.next().then(({ value }) => ring.ops.close({ fd: value })); ring.ops.nop().then(async () => { connect(); await new Promise((r) => setTimeout(r, 50)); parentPort.postMessage(1); });`,
  'connections that nobody takes': `const l = ring.adopt(listener, 'listener'); l.connections({ highWaterMark: 1000 }).next(); ring.ops.nop().then(async () => { connect(); await new Promise((r) => setTimeout(r, 50)); parentPort.postMessage(1); });`,
  'chains that are not over': `for (let i = 0; i < COUNT; i++) ring.chain(() => [ring.ops.openat({ path: '/etc/hostname' }), ring.ops.pipe({}), ring.ops.timeout({ after: 1e6 })]).catch(() => {}); await new Promise((r) => setTimeout(r, 50)); parentPort.postMessage(1);`,
  'descriptors in messages': `for (let i = 0; i < COUNT; i++) ring.ops.recvmsg({ fd: passing, message: { buffers: Buffer.alloc(1), controlBytes: 24 } }); setImmediate(() => { parentPort.postMessage('pass'); blockNow(); });`,
  'messages of a stream that nobody reads': `const buffers = ring.bufferRing({ entries: 32, bufferBytes: 512 }); const stream = ring.multishot.recvMessage({ fd: passing, buffers, controlBytes: 24 }, { highWaterMark: 1000 }); const first = stream.next().then(({ value }) => { const fd = new DataView(value.control.buffer).getInt32(16, true); value.release(); return ring.ops.close({ fd }); }); ring.ops.nop().then(() => parentPort.postMessage('pass')); await first; await new Promise((r) => setTimeout(r, 60)); parentPort.postMessage(1);`,
  'messages that a stream left': `const buffers = ring.bufferRing({ entries: 32, bufferBytes: 512 }); const stream = ring.multishot.recvMessage({ fd: passing, buffers, controlBytes: 24 }, { highWaterMark: 1000 }); const first = stream.next().then(({ value }) => { const fd = new DataView(value.control.buffer).getInt32(16, true); value.release(); return ring.ops.close({ fd }); }); ring.ops.nop().then(() => parentPort.postMessage('pass')); await first; await new Promise((r) => setTimeout(r, 60)); await stream.return(); parentPort.postMessage(1);`,
  'closes that are prepared': `const files = await Promise.all(Array.from({ length: COUNT }, () => ring.open('/etc/hostname'))); for (const file of files) file.close(); blockNow();`,
  'synchronous openat': `for (let i = 0; i < COUNT; i++) sync.push(operations.openat, { path: name, userData: i }); sync.submit(); block();`,
  'synchronous socket without user_data': `for (let i = 0; i < COUNT; i++) sync.push(operations.socket, { domain: 2, type: 1, protocol: 0 }); sync.submit(); block();`,
};

describe.each(ENCODERS)('descriptors nobody has seen, %s encoder', (encoder) => {
  const program = (body: string): string => `
    const COUNT = 20;
    const source = \`
      import { Ring, SyncRing, operations } from '\${packageUrl}';
      import { parentPort, workerData } from 'node:worker_threads';
      import net from 'node:net';
      import fs from 'node:fs';
      const COUNT = 20; const ASYNC = 16;
      const { listener, port, passing } = workerData;
      const ring = new Ring({ encoder: '${encoder}' });
      const sync = new SyncRing({ encoder: '${encoder}' });
      const name = sync.alloc(32); name.bytes.write('/etc/hostname'); name.toKernel();
      const connect = () => parentPort.postMessage('connect');
      const blockNow = () => { parentPort.postMessage(1); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); };
      // The loop flushes, and this thread sees nothing of what completes from then on.
      const block = () => setImmediate(blockNow);
      setInterval(() => {}, 1000);
      ${body}
    \`;
    const url = new URL('data:text/javascript,' + encodeURIComponent(source));
    const mine = Array.from({ length: 200 }, () => fs.openSync('/dev/null'));
    const ring = new Ring();
    // Two ends of a connection over which descriptors are passed.
    const there = path.join(os.tmpdir(), 'ringsmith-unseen-' + process.pid);
    const listening = await ring.listen({ path: there });
    const [near, far] = await Promise.all([listening.accept(), ring.connect({ path: there })]);
    fs.unlinkSync(there);
    const control = Buffer.alloc(24);
    control.writeBigUInt64LE(20n, 0); control.writeInt32LE(1, 8); control.writeInt32LE(1, 12); control.writeInt32LE(mine[0], 16);
    const pass = async () => { for (let i = 0; i < COUNT; i++) await ring.ops.sendmsg({ fd: far, message: { buffers: Buffer.from('x'), control } }); };
    let left = 0; let slowest = 0;
    for (let round = 0; round < 4; round++) {
      const before = descriptors();
      // Not by libuv, which would accept as well.
      const l = await ring.ops.socket({ domain: 2, type: 1 });
      const at = await new Promise((resolve) => { const s = net.createServer(); s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); }); });
      await ring.ops.bind({ fd: l, address: { host: '127.0.0.1', port: at } });
      await ring.ops.listen({ fd: l, backlog: 100 });
      const worker = new Worker(url, { workerData: { listener: l, passing: near.fd } });
      worker.on('error', (error) => { console.error(error); process.exit(1); });
      const sockets = [];
      await new Promise((resolve) => worker.on('message', (message) => {
        if (message === 1) return resolve();
        if (message === 'pass') return pass();
        for (let i = 0; i < COUNT; i++) { const s = net.connect(at, '127.0.0.1'); s.on('error', () => {}); sockets.push(s); }
      }));
      await sleep(80);
      const start = performance.now();
      await worker.terminate();
      slowest = Math.max(slowest, performance.now() - start);
      for (const s of sockets) s.destroy();
      // The worker may have adopted it.
      try { fs.closeSync(l); } catch {}
      await sleep(20);
      // The first one warms up.
      if (round > 0) left += descriptors() - before;
    }
    const lost = mine.filter((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) !== '/dev/null'; } catch { return true; } }).length;
    console.log(JSON.stringify({ left, lost, slowest }));
    process.exit(0);`;

  test.each(Object.keys(BODIES))('%s', async (name) => {
    const { left, lost, slowest } = (await resultOfChild(program(BODIES[name]!))) as Left;
    expect({ left, lost }).toEqual({ left: 0, lost: 0 });
    expect(slowest).toBeLessThan(1000);
  });
});
