/**
 * A TCP echo server on the loopback interface: each connection has one message on its way, and the client is the same
 * program for all.
 */
import {
  cStreamsServer,
  cTurnsServer,
  expectedMessages,
  netServer,
  streamsServer,
  turnsServer,
} from '../echo.mjs';

const CONNECTIONS = [1, 64, 512];
const BYTES = [64, 4096];

const caseName = (connections, bytes) =>
  `${bytes} B, ${connections} connection${connections === 1 ? '' : 's'}`;

const TURNS = 'ringsmith, recv and send';
const STREAMS = 'ringsmith, multishot';

const target = (connections, ours, peer, floor, aim) => ({
  text: `${ours.split(', ')[1]} against ${peer}, 64 B, ${connections} connections`,
  case: caseName(connections, 64),
  ours,
  peer,
  floor,
  aim,
});

export default {
  title: 'TCP echo on the loopback interface, one message a connection at a time',
  unit: 'messages',
  headlines: [caseName(64, 64), caseName(512, 64)],
  expected: expectedMessages,
  contenders: {
    [STREAMS]: { ours: 'multishot', ...streamsServer },
    [TURNS]: { ours: 'recv and send', ...turnsServer },
    'node:net': netServer,
    'C, liburing, multishot': cStreamsServer,
    'C, liburing, recv and send': cTurnsServer,
  },
  cases: BYTES.flatMap((bytes) =>
    CONNECTIONS.map((connections) => ({
      name: caseName(connections, bytes),
      params: { connections, bytes },
    })),
  ),
  targets: CONNECTIONS.slice(1).flatMap((connections) => [
    target(connections, STREAMS, 'node:net', 2.5, 4),
    target(connections, TURNS, 'node:net', 2.5, 4),
    target(connections, STREAMS, 'C, liburing, multishot', undefined, 0.9),
    target(connections, TURNS, 'C, liburing, recv and send', undefined, 0.9),
  ]),
};
