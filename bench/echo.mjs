/**
 * Echo servers as contenders, and the client that loads them: a C program, the same for all, in a process of its own. It
 * compares every byte that comes back, and measures from when all connections are open.
 */
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { promisify } from 'node:util';
import { Ring } from 'ringsmith';
import { clocked } from './clock.mjs';

const BACKLOG = 4096;
const TICKS_PER_SECOND = 100;
const AF_INET = 2;
const SOCK_STREAM = 1;
/** Sends all of it, as the C servers do. */
const MSG_WAITALL = 0x100;

/** The sum that the client arrives at: of the messages' numbers, 0 to `count` - 1. */
export const expectedMessages = (count) => Number(((BigInt(count) * BigInt(count - 1)) / 2n) & 0xffffffffn);

/** A port of this machine that nobody uses now. */
async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server as a session: `cpuOf` tells the CPU seconds of a server that is a process of its own. */
function session({ programs, connections, bytes }, port, { close, extras, cpuOf }) {
  return {
    async run(count) {
      const before = cpuOf?.() ?? 0;
      const args = [count, port, connections, bytes].map(String);
      const { value, cpuSeconds } = await clocked(() => promisify(execFile)(programs['echo_client'], args));
      const { seconds, checksum } = JSON.parse(value.stdout);
      return { seconds, checksum, cpuSeconds: cpuOf === undefined ? cpuSeconds : cpuOf() - before };
    },
    extras: () => ({ 'server MB': process.memoryUsage.rss() / 1e6, ...extras?.() }),
    close,
  };
}

const programs = ['echo_client'];

/** Echoes with node:net, as its documentation does. */
async function openNet(params) {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('error', () => socket.destroy());
  });
  await new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve));
  return session(params, server.address().port, { close: () => server.close() });
}

export const netServer = { programs, open: openNet };

/** A listening socket made by the ring. */
async function listen(ring, port) {
  const fd = await ring.ops.socket({ domain: AF_INET, type: SOCK_STREAM });
  await ring.ops.bind({ fd, address: { host: '127.0.0.1', port } });
  await ring.ops.listen({ fd, backlog: BACKLOG });
  return fd;
}

/** A connection with one receive and one send at a time, in memory of its own. */
async function echoInTurns(ring, fd, bytes) {
  const buffer = ring.alloc(bytes);
  for (;;) {
    const got = await ring.ops.recv({ fd, buffer });
    if (got === 0) return;
    await ring.ops.send({ fd, buffer: got === bytes ? buffer : buffer.subarray(0, got), flags: MSG_WAITALL });
  }
}

/** A connection whose data arrives by one receive in whichever buffer of the pool is free. */
async function echoStream(ring, fd, buffers) {
  for await (const lease of ring.multishot.recv({ fd, buffers })) {
    await ring.ops.send({ fd, buffer: lease, flags: MSG_WAITALL });
    lease.release();
  }
}

const serverOnRing = (serverOf) => async (params) => {
  const ring = new Ring({ entries: 1024, cqEntries: 32768 });
  const port = await freePort();
  const listener = await listen(ring, port);
  const { echo, stop } = serverOf(ring, params);
  const accept = async () => {
    for await (const fd of ring.multishot.accept({ fd: listener }, { highWaterMark: BACKLOG })) {
      // A client that goes away while it is answered ends its own connection only.
      void echo(fd)
        .catch((error) => error.code === 'ECONNRESET' || error.code === 'EPIPE' || Promise.reject(error))
        .finally(() => ring.ops.close({ fd }));
    }
  };
  accept().catch((error) => {
    if (error.code !== 'ERR_RING_CLOSED' && error.code !== 'ECANCELED') throw error;
  });
  let enters = 0;
  const extras = () => {
    const since = ring.statistics.enters - enters;
    enters = ring.statistics.enters;
    return { enters: since };
  };
  return session(params, port, { extras, close: () => stop?.() ?? process.exit() });
};

export const turnsServer = {
  programs,
  open: serverOnRing((ring, { bytes }) => ({ echo: (fd) => echoInTurns(ring, fd, bytes) })),
};

/** As many buffers as connections, at most those a pool may have; a receive waits when all are in use. */
const buffersFor = ({ connections }) =>
  Math.min(32768, 2 ** Math.ceil(Math.log2(Math.max(connections * 2, 64))));

export const streamsServer = {
  programs,
  open: serverOnRing((ring, params) => {
    const buffers = ring.bufferRing({ entries: buffersFor(params), bufferBytes: params.bytes });
    return { echo: (fd) => echoStream(ring, fd, buffers) };
  }),
};

/** Seconds of CPU time of another process, as proc(5) has them. */
function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const residentOf = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

const cServer = (how) => async (params) => {
  const port = await freePort();
  const args = [port, buffersFor(params), params.bytes, how].map(String);
  const server = spawn(params.programs['echo_server'], args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    server.once('exit', (code) => reject(new Error(`echo_server ended with exit code ${code}`)));
  });
  return session(params, port, {
    cpuOf: () => cpuSecondsOf(server.pid),
    extras: () => ({ 'server MB': residentOf(server.pid) / 1e6 }),
    close: () => server.stdin.end(),
  });
};

const cPrograms = ['echo_client', 'echo_server'];
export const cStreamsServer = { programs: cPrograms, open: cServer('multishot') };
export const cTurnsServer = { programs: cPrograms, open: cServer('turns') };
