/**
 * Descriptors that operations make are close-on-exec, as everything that Node opens: at both levels, with both encoders,
 * through streams and in control messages; `inheritable: true` is the way out, and direct descriptors have no such bit.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O_CLOEXEC, SOCK_NONBLOCK } from '../../generated/abi/constants.js';
import { openHowLayout } from '../../generated/abi/layouts.js';
import { encodeRecord, operations, Ring, SyncRing } from '../../generated/index.js';

const PATH = '/etc/hostname';

function closesOnExec(fd: number): boolean {
  const [, flags] = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
  return (Number.parseInt(flags!, 8) & O_CLOEXEC) !== 0;
}

describe.each(['mapped', 'native'] as const)('with the %s encoder', (encoder) => {
  let ring: Ring;
  beforeAll(() => {
    ring = new Ring({ encoder });
  });
  afterAll(() => ring.close());

  const makers: Record<string, (more: { inheritable?: boolean }) => Promise<readonly number[]>> = {
    openat: async (more) => [await ring.ops.openat({ path: PATH, ...more })],
    openat2: async (more) => [await ring.ops.openat2({ path: PATH, how: {}, ...more })],
    socket: async (more) => [await ring.ops.socket({ domain: 2, type: 1, ...more })],
    pipe: async (more) => ring.ops.pipe(more),
    accept: async (more) => {
      const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
      const client = await ring.connect(listener.localAddress!);
      const fd = await ring.ops.accept({ fd: listener, flags: SOCK_NONBLOCK, ...more });
      await client.close();
      await listener.close();
      return [fd];
    },
    'multishot accept': async (more) => {
      const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
      const client = await ring.connect(listener.localAddress!);
      const stream = ring.multishot.accept({ fd: listener, flags: SOCK_NONBLOCK, ...more });
      const { value } = await stream.next();
      await stream.return();
      await client.close();
      await listener.close();
      return [value!];
    },
    fixedFdInstall: async (more) => {
      const direct = ring.files?.descriptor(0) ?? ring.registerFiles([0]).descriptor(0);
      return [await ring.ops.fixedFdInstall({ fd: direct, ...more })];
    },
  };

  it.each(Object.keys(makers))(
    '%s makes no descriptor that children inherit, unless asked to',
    async (name) => {
      for (const inheritable of [undefined, false, true]) {
        const made = await makers[name]!(inheritable === undefined ? {} : { inheritable });
        expect(made.map(closesOnExec)).toEqual(made.map(() => inheritable !== true));
        for (const fd of made) await ring.ops.close({ fd });
      }
    },
  );

  it('asks for nothing that the kernel refuses of direct descriptors', async () => {
    const table = ring.files ?? ring.registerFiles({ size: 8 });
    await table.unregister();
    ring.registerFiles({ size: 8 });
    await expect(ring.ops.openat({ path: PATH, fileSlot: 1 })).resolves.toBe(0);
    await expect(ring.ops.openat2({ path: PATH, how: {}, fileSlot: 2 })).resolves.toBe(0);
    await expect(ring.ops.socket({ domain: 2, type: 1, fileSlot: 3 })).resolves.toBe(0);
  });

  it('refuses another type of `inheritable`', async () => {
    const args = { path: PATH, inheritable: 'no' as unknown as boolean };
    await expect(ring.ops.openat(args)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  it('has it at the synchronous level too, in records that serve again as well', () => {
    const sync = new SyncRing({ encoder });
    const path = sync.alloc(64);
    path.bytes.write(`${PATH}\0`);
    path.toKernel();
    const how = sync.alloc(24);
    how.bytes.set(encodeRecord(openHowLayout, {}));
    how.toKernel();
    const made: boolean[] = [];
    for (const inheritable of [false, true, false]) {
      sync.push(operations.openat, { path, inheritable });
      sync.wait(1);
      sync.drain(({ res }) => made.push(closesOnExec(res)));
      sync.push(operations.openat2, { path, how, inheritable });
      sync.wait(1);
      sync.drain(({ res }) => made.push(closesOnExec(res)));
    }
    expect(made).toEqual([true, true, false, false, true, true]);
    sync.close();
  });
});
