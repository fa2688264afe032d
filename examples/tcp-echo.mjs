/**
 * An echo server and its clients over loopback TCP, every step of both an io_uring operation on one ring: socket, bind,
 * listen, accept, connect, send, recv, close. Ends by itself. Run it: node examples/tcp-echo.mjs
 */
import { operations, Ring } from 'ringsmith';

const CLIENTS = 16;
const MESSAGES = 200;
const [AF_INET, SOCK_STREAM, MSG_WAITALL] = [2, 1, 0x100];

// A loopback address that no other process uses, instead of a port that might be taken.
const port = 7007;
const host = `127.${(process.pid >> 16) & 255}.${(process.pid >> 8) & 255}.${process.pid & 255}`;

const ring = new Ring();
const socket = () => ring.ops.socket({ domain: AF_INET, type: SOCK_STREAM });

async function openServer() {
  const fd = await socket();
  await ring.ops.bind({ fd, address: { host, port } });
  await ring.ops.listen({ fd, backlog: CLIENTS });
  return fd;
}

/** Sends back what arrives until the peer closes. */
async function echo(fd) {
  const buffer = ring.alloc(4096);
  for (let length = 1; length > 0; ) {
    length = await ring.ops.recv({ fd, buffer });
    if (length > 0) await ring.ops.send({ fd, buffer: buffer.subarray(0, length), flags: MSG_WAITALL });
  }
  await ring.ops.close({ fd });
}

async function client(id) {
  const fd = await socket();
  await ring.ops.connect({ fd, address: { host, port } });
  for (let index = 0; index < MESSAGES; index += 1) {
    const message = Buffer.from(`message ${index} of client ${id}`);
    const answer = Buffer.alloc(message.length); // an ordinary Buffer works too: its bytes are copied
    await ring.ops.send({ fd, buffer: message, flags: MSG_WAITALL });
    await ring.ops.recv({ fd, buffer: answer, flags: MSG_WAITALL });
    if (!answer.equals(message)) throw new Error(`client ${id} sent ${message} and got ${answer}`);
  }
  await ring.ops.close({ fd });
}

if (!ring.supports(operations.bind))
  throw new Error('this kernel has no IORING_OP_BIND; it came with Linux 6.11');
const server = await openServer();
const clients = Array.from({ length: CLIENTS }, (_, id) => client(id));
const echoes = clients.map(async () => echo(await ring.ops.accept({ fd: server })));
await Promise.all([...clients, ...echoes]);
await ring.ops.close({ fd: server });
await ring.close();
process.stdout.write(`${CLIENTS} clients got all of their ${MESSAGES} messages back\n`);
