/**
 * A socket that is shut down under a multishot operation on it, at any moment: the stream ends once, by itself, with all
 * that had come before, and nothing stays in flight.
 */
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../generated/index.js';
import { freePort } from '../support/free-port.js';
import { ENCODERS, openRing, turns } from '../support/rings.js';
import { closeAll, connected, expectWhole, losesNoDescriptors, numbered, text } from '../support/streams.js';

const SHUT_RDWR = 2;
const ROUNDS = 100;

/** A listening socket over TCP: of a Unix one Linux tells a multishot accept nothing when it is shut down. */
async function tcpListener(ring: Ring) {
  const address = { host: '127.0.0.1', port: await freePort() };
  const fd = await ring.ops.socket({ domain: 2, type: 1 });
  await ring.ops.bind({ fd, address });
  await ring.ops.listen({ fd, backlog: 8 });
  const connect = async (): Promise<number> => {
    const client = await ring.ops.socket({ domain: 2, type: 1 });
    await ring.ops.connect({ fd: client, address });
    return client;
  };
  return { fd, connect };
}

describe.each(ENCODERS)('shutdown under a stream, %s encoder', (encoder) => {
  test('of a connection that receives, by its own side', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    const buffers = ring.bufferRing({ entries: 16, bufferBytes: 64 });
    const rounds = Array.from({ length: ROUNDS }, async (_, round) => {
      const { near, far } = await connected(ring);
      const sent = numbered(round * 8);
      const received = text(ring.multishot.recv({ fd: near, buffers }));
      if (sent.length > 0) await ring.ops.send({ fd: far, buffer: Buffer.from(sent) });
      if (round % 3 > 0) await turns(round % 3);
      await ring.ops.shutdown({ fd: near, how: SHUT_RDWR });
      // What lay in the socket is still received: the end comes behind it.
      expect(await received).toBe(sent);
      await closeAll(ring, near, far);
    });
    await Promise.all(rounds);
    expectWhole(buffers);
    expect(ring.pending).toBe(0);
  });

  test('of a listener that accepts', async () => {
    losesNoDescriptors();
    const ring = openRing({ encoder });
    for (let round = 0; round < ROUNDS / 4; round += 1) {
      const { fd, connect } = await tcpListener(ring);
      const stream = ring.multishot.accept({ fd });
      const accepted: number[] = [];
      const ended = (async () => {
        for await (const one of stream) accepted.push(one);
      })().then(
        () => 'end',
        (error: { code?: string }) => error.code,
      );
      const clients = await Promise.all([connect(), connect()]);
      if (round % 2 === 0) await turns(1);
      await ring.ops.shutdown({ fd, how: SHUT_RDWR });
      expect(['EINVAL', 'ECONNABORTED', 'end']).toContain(await ended);
      expect(accepted.length).toBeLessThanOrEqual(2);
      await closeAll(ring, fd, ...clients, ...accepted);
    }
    expect(ring.pending).toBe(0);
  });
});
