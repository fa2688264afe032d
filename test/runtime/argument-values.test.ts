/**
 * Proves that values which are none are refused with a code and by name, before anything is done, wherever programs give
 * them: negative numbers that the kernel knows no meaning of, nothing at all, and objects of another kind.
 */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { IORING_FILE_INDEX_ALLOC } from '../../generated/abi/index.js';
import { operations, SyncRing } from '../../generated/index.js';
import { ENCODERS, openRing } from '../support/rings.js';

type Loose = Record<string, (...args: readonly unknown[]) => unknown>;

const RANGE = 'ERR_OUT_OF_RANGE';
const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';

/** What a call ends with: an error, thrown or rejected, or its value. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

describe.each(ENCODERS)('values that are none, %s encoder', (encoder) => {
  const buffer = Buffer.alloc(4);

  test.each([
    ['openat', { path: 'x', mode: -1 }, 'mode'],
    ['mkdirat', { path: 'x', mode: -1 }, 'mode'],
    ['nop', { personality: -1 }, 'personality'],
    ['read', { fd: 0, buffer, ioprio: -1 }, 'ioprio'],
    ['read', { fd: 0, bufGroup: -1, length: 4 }, 'bufGroup'],
    ['splice', { fdIn: 0, fdOut: 1, length: -1 }, 'length'],
    ['fsync', { fd: 0, length: -1 }, 'length'],
    ['timeout', { after: 1, count: -1 }, 'count'],
    ['timeout', { after: 1, count: -1n }, 'count'],
    ['removeBuffers', { count: -1, bufGroup: 1 }, 'count'],
  ] as const)('%s %o: negative', async (name, args, argument) => {
    const ring = openRing({ encoder });
    const ended = await outcome(() => (ring.ops as unknown as Loose)[name]!.call(ring.ops, args));
    expect(ended).toMatchObject({ name: 'RangeError', code: RANGE });
    expect((ended as Error).message).toContain(`${name}: ${argument} must not be negative; got -1`);
  });

  test('what -1 means something to goes on working', async () => {
    const ring = openRing({ encoder });
    const fd = openSync('/etc/hostname', 'r');
    expect(await ring.ops.read({ fd, buffer, offset: -1 })).toBeGreaterThan(0);
    const slots = Int32Array.of(fd);
    const none = await outcome(() => ring.ops.filesUpdate({ descriptors: slots, offset: -1 }));
    expect(none).toMatchObject({ code: 'ENXIO' });
    const opened = ring.ops.openat({ path: '/etc/hostname', fileSlot: IORING_FILE_INDEX_ALLOC });
    expect(await outcome(() => opened)).toMatchObject({ syscall: 'openat' });
    closeSync(fd);
  });

  test.each([
    ['splice flags', (ops) => ops['splice']!({ fdIn: 0, fdOut: 1, length: 1, flags: 'move' }), TYPE],
    ['a group that is null', (ops) => ops['read']!({ fd: 0, bufGroup: null, length: 1 }), TYPE],
    ['room for a text of events', (ops) => ops['epollWait']!({ fd: 0, maxEvents: '5' }), TYPE],
    ['room for no events', (ops) => ops['epollWait']!({ fd: 0, maxEvents: 0 }), RANGE],
    ['room for too many', (ops) => ops['epollWait']!({ fd: 0, maxEvents: 2 ** 40 }), RANGE],
  ] as readonly [string, (ops: Loose) => unknown, string][])('%s', async (_, call, code) => {
    const ring = openRing({ encoder });
    if (!ring.supports(operations.epollWait)) return;
    const bound = ring.ops as unknown as Loose;
    const ended = await outcome(() => call(bound));
    expect(ended).toBeInstanceOf(Error);
    expect(ended).toMatchObject({ code });
  });

  test.each([
    ['cancel()', (ring) => ring['cancel']!(), VALUE],
    ['cancel(null)', (ring) => ring['cancel']!(null), VALUE],
    ['cancel(5)', (ring) => ring['cancel']!(5), VALUE],
    ['submitRaw()', (ring) => ring['submitRaw']!(), TYPE],
    ['submitRaw(null)', (ring) => ring['submitRaw']!(null), TYPE],
    ['submitRaw({opcode: "nop"})', (ring) => ring['submitRaw']!({ opcode: 'nop' }), TYPE],
    ['submitRaw({opcode: 256})', (ring) => ring['submitRaw']!({ opcode: 256 }), RANGE],
    ['submitRaw({holds: 5})', (ring) => ring['submitRaw']!({ opcode: 0, holds: 5 }), TYPE],
    ['submitRaw({holds: [5]})', (ring) => ring['submitRaw']!({ opcode: 0, holds: [5] }), TYPE],
    ['submitRaw(…, 5)', (ring) => ring['submitRaw']!({ opcode: 0 }, 5), TYPE],
    ['submitRaw(…, {timeoutt})', (ring) => ring['submitRaw']!({ opcode: 0 }, { timeoutt: 5 }), VALUE],
    ['register(…, 5)', (ring) => ring['register']!('IORING_UNREGISTER_FILES', 5), TYPE],
    ['register(…, null)', (ring) => ring['register']!('IORING_UNREGISTER_FILES', null), TYPE],
    ['register options', (ring) => ring['register']!(0, undefined, { counts: 1 }), VALUE],
    ['register count', (ring) => ring['register']!(0, undefined, { count: -1 }), RANGE],
    ['register holds', (ring) => ring['register']!(0, undefined, { holds: 5 }), TYPE],
    ['register options null', (ring) => ring['register']!(0, undefined, null), TYPE],
    ['query()', (ring) => ring['query']!(), VALUE],
    ['query("toString")', (ring) => ring['query']!('toString'), VALUE],
    ['send()', (ring) => ring['send']!(), TYPE],
    ['send(null, {})', (ring) => ring['send']!(null, {}), TYPE],
    ['send({fd: "3"}, {})', (ring) => ring['send']!({ fd: '3' }, {}), TYPE],
    ['send(ring, {datum})', (ring) => ring['send']!({ fd: 1 }, { datum: 3 }), VALUE],
    ['cloneBuffers()', (ring) => ring['cloneBuffers']!(), TYPE],
    ['cloneBuffers({})', (ring) => ring['cloneBuffers']!({}), TYPE],
    ['lend()', (ring) => ring['lend']!(), VALUE],
    ['lend("text")', (ring) => ring['lend']!('text'), VALUE],
  ] as readonly [string, (ring: Loose) => unknown, string][])('ring.%s', async (_, call, code) => {
    const ring = openRing({ encoder });
    const ended = await outcome(() => call(ring as unknown as Loose));
    expect(ended).toBeInstanceOf(Error);
    expect(ended).toMatchObject({ code });
  });
});

describe('the synchronous level', () => {
  test.each([
    ['send()', (ring) => ring['send']!(), TYPE],
    ['send({fd: 1}, {datum})', (ring) => ring['send']!({ fd: 1 }, { datum: 3 }), VALUE],
    ['send({fd: 1})', (ring) => ring['send']!({ fd: 1 }), TYPE],
    ['register(…, {counts})', (ring) => ring['register']!(0, undefined, { counts: 1 }), VALUE],
    ['push(openat, {mode: -1})', (ring) => ring['push']!(operations.fsync, { fd: 0, length: -1 }), RANGE],
  ] as readonly [string, (ring: Loose) => unknown, string][])('%s', async (_, call, code) => {
    using ring = new SyncRing();
    const ended = await outcome(() => call(ring as unknown as Loose));
    expect(ended).toBeInstanceOf(Error);
    expect(ended).toMatchObject({ code });
  });
});
