/** An accept that repeats while nobody listens ends with a reason, and leaves no connection behind; one with a listener goes on. */
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { AcceptFlags } from '../../generated/abi/index.js';
import type { Ring } from '../../generated/index.js';
import { ENCODERS, openRing, turns } from '../support/rings.js';

const descriptors = (): number => readdirSync('/proc/self/fd').length;

async function listen(ring: Ring) {
  const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
  const { port } = listener.localAddress as { port: number };
  return { listener, dial: () => connect(port, '127.0.0.1').on('error', () => undefined) };
}

describe.each(ENCODERS)('an accept that repeats, %s encoder', (encoder) => {
  test('without a listener is refused with the first connection, which is closed', async () => {
    const ring = openRing({ encoder });
    const { listener, dial } = await listen(ring);
    const before = descriptors();
    const accepting = ring.ops.accept({ fd: listener, ioprio: AcceptFlags.MULTISHOT });
    const clients = [dial(), dial(), dial()];
    await expect(accepting).rejects.toMatchObject({ code: 'ERR_RING_MULTISHOT', op: 'IORING_OP_ACCEPT' });
    await expect(accepting).rejects.toThrow(/ring\.multishot\.accept\(\), or give \{onMore\}/);
    for (const client of clients) client.destroy();
    await turns(20);
    await listener.close();
    expect(ring.pending).toBe(0);
    expect(descriptors()).toBeLessThan(before);
  });

  test('with one goes on', async () => {
    const ring = openRing({ encoder });
    const { listener, dial } = await listen(ring);
    const heard: number[] = [];
    const stop = new AbortController();
    const accepting = ring.ops.accept(
      { fd: listener, ioprio: AcceptFlags.MULTISHOT },
      { onMore: (fd) => heard.push(fd), signal: stop.signal },
    );
    const clients = [dial(), dial()];
    while (heard.length < 2) await turns(1);
    stop.abort();
    await expect(accepting).rejects.toMatchObject({ name: 'AbortError' });
    for (const fd of heard) await ring.ops.close({ fd });
    for (const client of clients) client.destroy();
  });
});
