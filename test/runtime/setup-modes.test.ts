/**
 * Every way to set a ring up works the same to the program: operations complete, wake the event loop, time out and are
 * cancelled; what the kernel does not have is refused with the names of what was asked for.
 */
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { operations, Ring, type RingOptions, SyncRing } from '../../generated/index.js';
import { openRing, openSyncRing, socketPair, temporaryFolder } from '../support/rings.js';

interface Mode {
  readonly name: string;
  readonly options: RingOptions;
  /** Flag to be there afterwards, and without which the kernel has nothing to be tested. */
  readonly flag: string;
}

const MODES: readonly Mode[] = [
  { name: 'default', options: {}, flag: 'IORING_SETUP_COOP_TASKRUN' },
  { name: 'deferred task work', options: { taskWork: 'deferred' }, flag: 'IORING_SETUP_DEFER_TASKRUN' },
  {
    name: 'interrupting task work',
    options: { taskWork: 'interrupt', singleIssuer: false },
    flag: 'IORING_SETUP_SUBMIT_ALL',
  },
  { name: 'SQPOLL', options: { sqpoll: { idleMs: 50 } }, flag: 'IORING_SETUP_SQPOLL' },
  { name: 'SQPOLL on a CPU', options: { sqpoll: { idleMs: 50, cpu: 0 } }, flag: 'IORING_SETUP_SQ_AFF' },
  { name: 'SQEs of 128 bytes', options: { sqe128: true }, flag: 'IORING_SETUP_SQE128' },
  { name: 'SQEs of both sizes', options: { sqe128: 'mixed' }, flag: 'IORING_SETUP_SQE_MIXED' },
  { name: 'CQEs of 32 bytes', options: { cqe32: true }, flag: 'IORING_SETUP_CQE32' },
  { name: 'CQEs of both sizes', options: { cqe32: 'mixed' }, flag: 'IORING_SETUP_CQE_MIXED' },
  { name: 'queues in own memory', options: { queueMemory: 'own' }, flag: 'IORING_SETUP_NO_MMAP' },
  {
    name: 'own memory, deferred, large',
    options: { queueMemory: 'own', taskWork: 'deferred', entries: 4096, cqEntries: 16384 },
    flag: 'IORING_SETUP_NO_MMAP',
  },
  {
    name: 'native encoder, CQEs of both sizes',
    options: { encoder: 'native', cqe32: 'mixed' },
    flag: 'IORING_SETUP_CQE_MIXED',
  },
  {
    name: 'native encoder, deferred',
    options: { encoder: 'native', taskWork: 'deferred' },
    flag: 'IORING_SETUP_DEFER_TASKRUN',
  },
];

/** NO_MMAP and ATTACH_WQ cannot be asked for without using them. */
function lacks(flag: string): boolean {
  const probe = new SyncRing({ entries: 1 });
  try {
    return probe.supports(flag) === false;
  } finally {
    probe.close();
  }
}

describe.each(MODES)('$name', ({ options, flag }) => {
  test('operations complete, in great number and after idle time', async (context) => {
    if (lacks(flag)) return context.skip(`the kernel has no ${flag}`);
    const ring = openRing(options);
    expect(ring.features.setup).toContain(flag);
    const file = join(temporaryFolder(), 'file');
    const fd = openSync(file, 'w+');
    await ring.ops.write({ fd, buffer: Buffer.from('through the ring'), offset: 0 });
    const buffer = Buffer.alloc(16);
    await ring.ops.read({ fd, buffer, offset: 0 });
    expect(buffer.toString()).toBe('through the ring');
    expect(readFileSync(file, 'utf8')).toBe('through the ring');
    for (let round = 0; round < 3; round += 1) {
      const results = await Promise.all(Array.from({ length: 3000 }, () => ring.ops.nop()));
      expect(results.every((result) => result === 0)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
  });

  test('a receive wakes the loop when its data comes, and is cancelled when it does not', async (context) => {
    if (lacks(flag)) return context.skip(`the kernel has no ${flag}`);
    const ring = openRing(options);
    const { near, farSocket } = await socketPair();
    const buffer = Buffer.alloc(8);
    const receiving = ring.ops.recv({ fd: near, buffer });
    setTimeout(() => farSocket.write('late'), 30);
    await expect(receiving).resolves.toBe(4);
    await expect(ring.ops.recv({ fd: near, buffer }, { timeout: 20 })).rejects.toMatchObject({
      code: 'ETIME',
    });
    const aborted = ring.ops.recv({ fd: near, buffer }, { signal: AbortSignal.timeout(20) });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('the synchronous level completes as well', (context) => {
    if (lacks(flag)) return context.skip(`the kernel has no ${flag}`);
    const ring = openSyncRing(options);
    let seen = 0;
    for (let round = 0; round < 20; round += 1) {
      for (let i = 0; i < 100; i += 1) {
        // With a kernel thread submitting, room comes when it comes.
        while (!ring.push(operations.nop, { userData: i })) ring.submit();
      }
      let drained = 0;
      while (drained < 100) {
        ring.wait(1);
        drained += ring.drain((completion) => {
          expect(completion.res).toBe(0);
          seen += 1;
        });
      }
    }
    expect(seen).toBe(2000);
  });
});

describe('SQEs of both sizes', () => {
  test('large and small ones in any order all complete, across the end of the queue', async (context) => {
    if (lacks('IORING_SETUP_SQE_MIXED')) return context.skip('the kernel has no IORING_SETUP_SQE_MIXED');
    const ring = openRing({ sqe128: 'mixed', entries: 16 });
    const all = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? ring.ops.nop128() : ring.ops.nop()));
    expect(await Promise.all(all)).toEqual(all.map(() => 0));
  });
});

describe('a disabled ring', () => {
  test('submits nothing until it is enabled', async () => {
    const ring = openRing({ disabled: true });
    const nop = ring.ops.nop();
    let over = false;
    void nop.then(() => {
      over = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(over).toBe(false);
    ring.enable();
    await expect(nop).resolves.toBe(0);
  });

  test('can be closed without having been enabled', async () => {
    const ring = new Ring({ disabled: true });
    const nop = ring.ops.nop();
    const outcome = expect(nop).rejects.toMatchObject({ op: 'IORING_OP_NOP' });
    await ring.close();
    await outcome;
  });
});

describe('rings that share workers', () => {
  test('both work, and outlive each other', async () => {
    const first = new Ring();
    const second = openRing({ attach: first });
    expect(second.features.setup).toContain('IORING_SETUP_ATTACH_WQ');
    await Promise.all([first.ops.nop(), second.ops.nop()]);
    await first.close();
    await expect(second.ops.nop()).resolves.toBe(0);
  });
});

describe('options that do not fit', () => {
  const refused = (options: object, error: object): void => {
    expect(() => new Ring(options as RingOptions)).toThrow(expect.objectContaining(error));
  };
  test('are refused by name', () => {
    refused({ taskWork: 'later' }, { code: 'ERR_INVALID_ARG_VALUE' });
    refused({ cqe32: 'both' }, { code: 'ERR_INVALID_ARG_VALUE' });
    refused({ sqpoll: { idleMs: -1 } }, { code: 'ERR_OUT_OF_RANGE' });
    refused({ sqpoll: { cpu: 1.5 } }, { code: 'ERR_OUT_OF_RANGE' });
    refused({ sqe128: 'mixed', encoder: 'native' }, { code: 'ERR_INVALID_ARG_VALUE' });
  });

  test('the kernel refuses are told by their flags', () => {
    // Large CQEs and CQEs of both sizes exclude each other in every kernel; a CPU that is not there does as well.
    refused(
      { sqpoll: { cpu: 60_000 } },
      { code: 'EINVAL', message: expect.stringContaining('IORING_SETUP_SQ_AFF') },
    );
  });
});

describe('supports', () => {
  test('tells operations and constants by name', () => {
    const ring = new Ring();
    onTestFinished(() => ring.close());
    expect(ring.supports('IORING_OP_READ')).toBe(true);
    expect(ring.supports('IORING_FEAT_NODROP')).toBe(true);
    expect(ring.supports('IORING_SETUP_SQPOLL')).toBe(true);
    expect(ring.supports('IORING_SETUP_CQE32')).toBe(ring.supports('IORING_OP_SEND_ZC'));
    expect(() => ring.supports('IORING_OP_FROBNICATE')).toThrow(/knows no constant/);
  });
});
