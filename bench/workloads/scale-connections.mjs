/**
 * Very many connections, each with a message on its way: how an echo server's throughput and memory grow with them.
 */
import {
  cStreamsServer,
  cTurnsServer,
  expectedMessages,
  netServer,
  streamsServer,
  turnsServer,
} from '../echo.mjs';

const CONNECTIONS = [100, 1000, 10_000];
const BYTES = 64;

export default {
  title: `TCP echo of ${BYTES} bytes on the loopback interface, one message a connection at a time`,
  unit: 'messages',
  rounds: 3,
  first: CONNECTIONS.at(-1),
  plot: { x: 'connections', memory: 'server MB' },
  expected: expectedMessages,
  contenders: {
    'ringsmith, multishot': { ours: 'multishot', ...streamsServer },
    'ringsmith, recv and send': { ours: 'recv and send', ...turnsServer },
    'node:net': netServer,
    'C, liburing, multishot': cStreamsServer,
    'C, liburing, recv and send': cTurnsServer,
  },
  cases: CONNECTIONS.map((connections) => ({
    name: `${connections} connections`,
    x: connections,
    params: { connections, bytes: BYTES },
  })),
  targets: [],
};
