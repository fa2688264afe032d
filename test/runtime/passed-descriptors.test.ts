/**
 * Proves that descriptors which another process passes (SCM_RIGHTS) are close-on-exec when they arrive, at every level and
 * with both encoders; `inheritable: true` is the way out.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { O_CLOEXEC } from '../../generated/abi/constants.js';
import { operations } from '../../generated/index.js';
import { closeAfterTest, ENCODERS, openRing, openSyncRing } from '../support/rings.js';
import { connected, descriptorMessage } from '../support/streams.js';

const CONTROL_BYTES = 24;

function closesOnExec(fd: number): boolean {
  const [, flags] = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
  return (Number.parseInt(flags!, 8) & O_CLOEXEC) !== 0;
}

/** What arrived in control data: the very file that was sent. */
function arrived(control: Uint8Array, sent: number): boolean {
  const fd = Buffer.from(control).readInt32LE(16);
  expect(fstatSync(fd).ino).toBe(fstatSync(sent).ino);
  const closes = closesOnExec(fd);
  closeSync(fd);
  return closes;
}

describe.each(ENCODERS)('passed descriptors, %s encoder', (encoder) => {
  test.each([undefined, false, true])('with inheritable: %s', async (inheritable) => {
    const ring = openRing({ encoder });
    const { near, far } = await connected(ring);
    for (const fd of [near, far]) closeAfterTest(fd);
    const sent = openSync('/etc/hostname', 'r');
    closeAfterTest(sent);
    const more = inheritable === undefined ? {} : { inheritable };
    const send = (): Promise<number> =>
      ring.ops.sendmsg({ fd: far, message: { buffers: Buffer.from('x'), control: descriptorMessage(sent) } });
    const seen: Record<string, boolean> = {};

    await send();
    const target = { buffers: Buffer.alloc(4), controlBytes: CONTROL_BYTES };
    seen['recvmsg'] = arrived((await ring.ops.recvmsg({ fd: near, message: target, ...more })).control, sent);

    const buffers = ring.bufferRing({ entries: 4, bufferBytes: 256 });
    const stream = ring.multishot.recvMessage({ fd: near, buffers, controlBytes: CONTROL_BYTES, ...more });
    await send();
    seen['multishot'] = arrived((await stream.next()).value!.control, sent);
    await stream.return();

    const sync = openSyncRing({ encoder });
    const data = sync.alloc(4);
    const control = sync.alloc(CONTROL_BYTES);
    const message = sync.message({ vector: sync.vector([data]), control });
    await send();
    sync.push(operations.recvmsg, { fd: near, message, ...more });
    sync.wait(1);
    let received = 0;
    sync.drain(({ res }) => {
      received = res;
    });
    expect(received).toBe(1);
    control.fromKernel(CONTROL_BYTES);
    seen['synchronous'] = arrived(control.bytes, sent);

    const closes = inheritable !== true;
    expect(seen).toEqual({ recvmsg: closes, multishot: closes, synchronous: closes });
  });
});
