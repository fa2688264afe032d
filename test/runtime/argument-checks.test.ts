/**
 * Arguments and options that are misspelt, of another type, out of range, or in the shape of node:fs are refused with an
 * error that says which it is, at every level and with both encoders; nothing is silently taken for something else.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations, Ring, SyncRing } from '../../generated/index.js';

/** Programs without types. */
// biome-ignore lint/suspicious/noExplicitAny: what no type would let through is what is tested
type Untyped = any;

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringsmith-arguments-'));
  path = join(folder, 'file');
  writeFileSync(path, '0123456789');
});
afterAll(() => rmSync(folder, { recursive: true }));

const VALUE = 'ERR_INVALID_ARG_VALUE';
const TYPE = 'ERR_INVALID_ARG_TYPE';
const RANGE = 'ERR_OUT_OF_RANGE';

describe.each(['mapped', 'native'] as const)('with the %s encoder', (encoder) => {
  let ring: Untyped;
  beforeAll(() => {
    ring = new Ring({ encoder });
  });
  afterAll(() => ring.close());

  it.each([
    [
      'a misspelt name',
      () => ring.ops.read({ fd: 0, bufer: Buffer.alloc(4) }),
      VALUE,
      /did you mean `buffer`/,
    ],
    [
      'a name of another library',
      () => ring.ops.write({ fd: 0, buffer: Buffer.alloc(4), position: 5 }),
      VALUE,
      /`offset`/,
    ],
    ['a name of no one', () => ring.ops.nop({ zebra: 1 }), VALUE, /`zebra`.*known are/],
    ['no arguments', () => ring.ops.read(), TYPE, /read/],
    ['null', () => ring.ops.read(null), TYPE, /read/],
    [
      'options by position',
      () => ring.ops.write({ fd: 0, buffer: Buffer.alloc(4) }, 5),
      TYPE,
      /options must be an object/,
    ],
    [
      'more than options',
      () => ring.ops.write({ fd: 0, buffer: Buffer.alloc(4) }, undefined, 5),
      VALUE,
      /beyond/,
    ],
    ['a misspelt option', () => ring.ops.nop({}, { timout: 5 }), VALUE, /did you mean `timeout`/],
    ['null for options', () => ring.ops.nop({}, null), TYPE, /options/],
    ['a drain that is no boolean', () => ring.ops.nop({}, { drain: 1 }), TYPE, /drain/],
    ['NaN', () => ring.ops.openat({ path, flags: Number.NaN }), RANGE, /flags/],
    ['a fraction', () => ring.ops.openat({ path, flags: 1.5 }), RANGE, /flags/],
    ['more than 32 bits', () => ring.ops.openat({ path, flags: 2 ** 40 }), RANGE, /flags/],
    ['text for a number', () => ring.ops.openat({ path, flags: 'r+' }), TYPE, /flags/],
    ['a number as text', () => ring.ops.openat({ path, mode: '420' }), TYPE, /mode/],
    ['no number where one must be', () => ring.ops.shutdown({ fd: 0 }), TYPE, /how is missing/],
    [
      'a member of a message',
      () => ring.ops.sendmsg({ fd: 0, message: { buffer: Buffer.alloc(1) } }),
      VALUE,
      /`buffers`/,
    ],
    [
      'a member of an address',
      () => ring.ops.connect({ fd: 0, address: { host: '::1', prot: 5 } }),
      VALUE,
      /`port`/,
    ],
    ['a member of a duration', () => ring.ops.nop({}, { timeout: { secs: 1 } }), VALUE, /secs/],
    ['an option of a chain', (): unknown => ring.chain(() => [], { hrad: true }), VALUE, /`hard`/],
  ])('refuses %s', async (_what, start, code, message) => {
    await expect(async () => start()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('takes what is undefined for not given', async () => {
    await expect(ring.ops.nop({ zebra: undefined }, { signal: undefined })).resolves.toBe(0);
  });

  describe('a file', () => {
    const POSITIONAL: readonly (readonly [string, (file: Untyped) => Promise<unknown>])[] = [
      ['write(buffer, offset, length, position)', (file) => file.write(Buffer.from('ABCD'), 0, 2, 5)],
      [
        'write(buffer, undefined, undefined, position)',
        (file) => file.write(Buffer.from('A'), undefined, undefined, 5),
      ],
      ['write(buffer, null)', (file) => file.write(Buffer.from('A'), null)],
      ['writev(buffers, position)', (file) => file.writev([Buffer.from('A')], 5)],
      ['write(buffer, {positon})', (file) => file.write(Buffer.from('A'), { positon: 5 })],
      ['write(buffer, {position: NaN})', (file) => file.write(Buffer.from('A'), { position: Number.NaN })],
      ['write(buffer, {position: "5"})', (file) => file.write(Buffer.from('A'), { position: '5' })],
      ['write(buffer, {position: -5})', (file) => file.write(Buffer.from('A'), { position: -5 })],
      ['truncate({length})', (file) => file.truncate({ length: 1 })],
      ['truncate(1.5)', (file) => file.truncate(1.5)],
      ['sync(true)', (file) => file.sync(true)],
      ['stat({bigint})', (file) => file.stat({ bigint: true })],
    ];

    it.each(POSITIONAL)('refuses %s, and is as it was', async (_what, use) => {
      const file = await ring.open(path, { flags: 2 });
      await expect(use(file)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(INVALID_ARG|OUT_OF)/),
      });
      await file.close();
      expect(readFileSync(path, 'utf8')).toBe('0123456789');
    });

    it.each([
      ["'r+'", ['r+'], TYPE, /O_RDWR/],
      ["'r+' and a mode", ['r+', 0o600], TYPE, /O_RDWR/],
      ["{flags: 'w'}", [{ flags: 'w' }], TYPE, /O_WRONLY \| O_CREAT \| O_TRUNC/],
      ['{flag}', [{ flag: 2 }], VALUE, /`flags`/],
      ['{flags: NaN}', [{ flags: Number.NaN }], RANGE, /flags/],
      ['{flags: 2 ** 40}', [{ flags: 2 ** 40 }], RANGE, /flags/],
      ['{mode: -1}', [{ mode: -1 }], RANGE, /mode/],
      ['a number', [2], TYPE, /options/],
      ['a mode behind the options', [{}, 0o600], VALUE, /mode/],
    ])('is not opened with %s', async (_what, more, code, message) => {
      await expect(ring.open(path, ...more)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    });

    it('fails the chain that it is refused in, of which nothing is submitted', async () => {
      const file = await ring.open(path, { flags: 2 });
      const building = ring.chain(() => [
        file.write(Buffer.from('X')),
        file.write(Buffer.from('Y'), { positon: 1 }),
      ]);
      await expect(building).rejects.toMatchObject({ code: VALUE });
      await file.close();
      expect(readFileSync(path, 'utf8')).toBe('0123456789');
    });
  });

  it.each([
    ['listen', () => ring.listen({ host: '127.0.0.1', port: 0 }, 511)],
    ['listen', () => ring.listen({ host: '127.0.0.1', port: 0 }, { backlog: '5' })],
    ['connect', () => ring.connect({ host: '127.0.0.1', port: 1 }, { typ: 1 })],
    ['alloc', () => ring.alloc(10, { algin: 8 })],
    ['pool', () => ring.pool({ size: [64] })],
    ['bufferRing', () => ring.bufferRing({ entries: 8, bufferBytes: 64, incrementel: true })],
    ['registerBuffers', () => ring.registerBuffers({ sise: 4 })],
    ['registerFiles', () => ring.registerFiles({ size: 1.5 })],
    ['multishot.poll', () => ring.multishot.poll({ fd: 0, event: 1 })],
    ['multishot.timeout', () => ring.multishot.timeout({ every: 5, cuont: 1 })],
    ['multishot.accept', () => ring.multishot.accept({ fd: 0 }, { highWatermark: 5 })],
    ['limitWorkers', () => ring.limitWorkers({ bound: 1 })],
    ['onMessage', () => ring.onMessage(() => undefined, { keepalive: true })],
    ['cancel', () => ring.cancel({ fds: 1 })],
  ])('refuses options of %s that it does not know', async (_what, use) => {
    await expect(async () => use()).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(INVALID_ARG|OUT_OF)/),
    });
  });

  describe('at the synchronous level', () => {
    let sync: Untyped;
    beforeAll(() => {
      sync = new SyncRing({ encoder });
    });
    afterAll(() => sync.close());

    const PUSHES: readonly [string, Untyped, () => unknown, RegExp][] = [
      [
        'a Buffer',
        operations.read,
        (): object => ({ fd: 0, buffer: Buffer.alloc(4) }),
        /read: buffer must be memory of the ring/,
      ],
      [
        'text',
        operations.openat,
        (): object => ({ path: '/etc/hostname' }),
        /openat: path must be memory of the ring/,
      ],
      [
        'a list',
        operations.readv,
        (): object => ({ fd: 0, buffers: [Buffer.alloc(4)] }),
        /readv: buffers must be/,
      ],
      [
        'nothing',
        operations.read,
        (): object => ({ fd: 0 }),
        /read: (memory that it needs is missing|buffer must be)/,
      ],
      [
        'a misspelt name',
        operations.read,
        (): object => ({ fd: 0, buffer: sync.alloc(4), ofset: 1 }),
        /`offset`/,
      ],
      ['no object', operations.nop, () => 5, /object/],
    ];
    it.each(PUSHES)('push refuses %s', (_what, operation, args, message) => {
      expect(() => sync.push(operation, args())).toThrow(message);
      expect(sync.inFlight).toBe(0);
    });

    it('an unchecked ring looks at values only, and not at names', () => {
      const unchecked = new SyncRing({ encoder, checked: false }) as Untyped;
      expect(unchecked.push(operations.nop, { userData: 1, reslt: 5 })).toBe(true);
      expect(() => unchecked.push(operations.nop, { result: 'five' })).toThrow(/result/);
      expect(() => unchecked.push(operations.nop, 5)).toThrow(/object/);
      unchecked.wait(1);
      unchecked.drain(() => undefined);
      unchecked.close();
    });

    it('wait refuses what it does not know', () => {
      expect(() => sync.wait(1, { timeout: 5 })).toThrow(/`timeoutMs`/);
      expect(() => sync.wait(1, '5')).toThrow(/timeoutMs/);
    });
  });
});

describe.each([
  ['Ring', Ring as Untyped],
  ['SyncRing', SyncRing as Untyped],
])('new %s', (_name, Kind) => {
  it.each([
    [{ sqpol: true }, /`sqpoll`/],
    [{ sqpoll: { idle: 5 } }, /`idleMs`/],
    [{ sqpoll: 1 }, /sqpoll/],
    [{ sqpoll: { idleMs: '5' } }, /idleMs/],
    [{ clamp: 'no' }, /clamp/],
    [{ attach: {} }, /attach/],
    [{ entries: '8' }, /entries/],
    ['mapped', /options must be an object/],
    [null, /options must be an object/],
  ])('refuses %j', (options, message) => {
    expect(() => new Kind(options)).toThrow(message);
  });
});
