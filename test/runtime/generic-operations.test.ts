/** Operations over the SQE's own fields: what goes to a driver is checked for what the SQE has, and nothing else is. */
import { describe, expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { ENCODERS, openRing, socketPair } from '../support/rings.js';

const SIOCINQ = 0;
const [GETSOCKOPT, SOL_SOCKET, SO_TYPE, SOCK_STREAM] = [2, 1, 3, 1];

describe.each(ENCODERS)('commands to a driver, %s encoder', (encoder) => {
  test('a socket tells how many bytes wait, and what it is', async (context) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.uringCmd)) return context.skip('the kernel has no IORING_OP_URING_CMD');
    const { near, far } = await socketPair();
    await ring.ops.send({ fd: far, buffer: Buffer.from('waits') });
    await expect(ring.ops.uringCmd({ fd: near, cmdOp: SIOCINQ })).resolves.toBe(5);

    const value = ring.alloc(4);
    const option = { level: SOL_SOCKET, optname: SO_TYPE, optval: value, optlen: 4 };
    await expect(ring.ops.uringCmd({ fd: near, cmdOp: GETSOCKOPT, ...option })).resolves.toBe(4);
    expect(value.bytes.readInt32LE(0)).toBe(SOCK_STREAM);
  });

  test('two names for one place are refused, and so are unknown names', async () => {
    const ring = openRing({ encoder });
    const command = ring.ops.uringCmd.bind(ring.ops);
    await expect(command({ fd: 0, off: 1, addr2: 2 })).rejects.toThrow(/off.*addr2|addr2.*off/);
    await expect(command({ fd: 0, pollEvents: 1, rwFlags: 0 })).rejects.toThrow(/share/);
    await expect(command({ fd: 0, level: 1, addr: 0 })).rejects.toThrow(/share/);
    await expect(command({ fd: 0, mode: 7 } as { fd: number })).rejects.toThrow(/no field/);
    // Neighbours are no clash.
    await expect(command({ level: 1, optname: 2, fd: 999_999 })).rejects.toMatchObject({ code: 'EBADF' });
    expect(ring.statistics).toMatchObject({ inFlight: 0, scratchInUse: 0 });
  });

  test('values that do not fit their field are refused', async () => {
    const ring = openRing({ encoder });
    const command = ring.ops.uringCmd.bind(ring.ops);
    await expect(command({ fd: 0, bufIndex: 65_536 })).rejects.toThrow(RangeError);
    await expect(command({ fd: 0, writeStream: 256 })).rejects.toThrow(RangeError);
    await expect(command({ fd: 0, addr3: 2n ** 64n })).rejects.toThrow(RangeError);
    await expect(command({ fd: 0, cmd: new Uint8Array(81) })).rejects.toThrow(/cmd/);
    await expect(command({ fd: 0, cmd: 'text' as unknown as Uint8Array })).rejects.toThrow(/cmd/);
  });
});
