/** In the guest: a ring is closed while operations are in flight. Prints JSON. */
import { connect, createServer } from 'node:net';
import { Ring } from 'ringsmith';
import { native } from './internals/runtime/port/native.js';

/** Two ends of a connection that libuv reads neither of. */
async function socketPair() {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  const near = connect({ port: server.address().port, host: '127.0.0.1' });
  near.pause();
  await new Promise((resolve) => near.once('connect', resolve));
  return { server, near, far: await accepted };
}

const { server, near, far } = await socketPair();
const ring = new Ring();
const buffer = ring.alloc(16);
let settled = 0;
const count = () => {
  settled += 1;
};
const pending = [ring.ops.timeout({ after: 60_000 }), ring.ops.recv({ fd: near._handle.fd, buffer })];
for (const one of pending) one.then(count, count);
const outcomes = Promise.allSettled(pending);
await ring.ops.nop();
const closing = ring.close();
const refused = await ring.ops.nop().catch((error) => error.code);
const early = await Promise.race([
  closing,
  new Promise((resolve) => setTimeout(resolve, 100, 'still closing')),
]);
far.write('late');
await closing;
const results = (await outcomes).map(({ value, reason }) => value ?? reason.code);
const { inFlight, scratchInUse } = ring.statistics;
const text = buffer.bytes.toString('utf8', 0, 4);
for (const one of [near, far, server]) one.destroy?.() ?? one.close?.();
server.close();
console.log(
  JSON.stringify({
    refused,
    early: early ?? 'closed',
    results,
    settled,
    text,
    inFlight,
    scratchInUse,
    addon: native().statistics(),
  }),
);
