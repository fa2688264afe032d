/**
 * Arguments that say one thing when they are checked and another when they are used: getters, methods of the program's
 * own, subclasses of byte arrays. Nothing of it gets past the account of who uses which memory, and none of the runtime's
 * own memory gets into the program's hands.
 */
import { openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bytes, Loan, RingBuffer } from '../../generated/index.js';
import { ENCODERS, openRing, temporaryFolder, turns } from '../support/rings.js';

/** Arguments of a read that name other memory from the second look on. */
function twoFaced(fd: number, first: RingBuffer, later: Loan): { fd: number; readonly buffer: Bytes } {
  let looks = 0;
  return {
    fd,
    get buffer() {
      looks += 1;
      return looks === 1 ? first : later.buffer;
    },
  };
}

/** A list that names other memory when its own method is asked. */
const twoFacedList = (first: RingBuffer, later: Loan): RingBuffer[] =>
  Object.assign([first], { map: () => [later.buffer] });

describe.each(ENCODERS)('forged arguments, %s encoder', (encoder) => {
  describe.each([true, false])('checked: %s', (checked) => {
    test.each(['a getter', 'a list with a method of its own', 'a property of its own'])(
      'nothing is read into lent memory that was given back: %s',
      async (how) => {
        const ring = openRing({ encoder, checked });
        const [fd, writer] = await ring.ops.pipe({});
        const loan = ring.lend(new Uint8Array(4096));
        const own = ring.alloc(64);
        const reading =
          how === 'a getter'
            ? ring.ops.read(twoFaced(fd, own, loan))
            : how === 'a property of its own'
              ? ring.ops.read({ fd, buffer: Object.defineProperty(loan.buffer, 'direct', { value: true }) })
              : ring.ops.readv({ fd, buffers: twoFacedList(own, loan) });
        const over = reading.then(
          () => 'read',
          () => 'refused',
        );
        let back: Uint8Array | undefined;
        const ending = loan.end().then((bytes) => {
          back = bytes;
        });
        await turns(3);
        const backBefore = back !== undefined;
        await ring.ops.write({ fd: writer, buffer: Buffer.from('late') });
        if ((await over) === 'refused') await ring.ops.read({ fd, buffer: own });
        await ending;
        // Read while it was lent, or not at all.
        expect(backBefore && back![0] !== 0).toBe(false);
        await Promise.all([ring.ops.close({ fd }), ring.ops.close({ fd: writer })]);
      },
    );
  });

  test('memory is taken over by V8, not by what the program put in its place', () => {
    const ring = openRing({ encoder });
    const buffer = new ArrayBuffer(64);
    let stolen: ArrayBuffer | undefined;
    const transfer = (): ArrayBuffer => {
      stolen = structuredClone(buffer, { transfer: [buffer] });
      return stolen;
    };
    ring.lend(new Uint8Array(Object.assign(buffer, { transfer })));
    expect(stolen).toBeUndefined();
    expect(buffer.byteLength).toBe(0);
  });

  test('a subclass of a byte array gets its data, and no sight of the runtime’s memory', async () => {
    const ring = openRing({ encoder });
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, 'data');
    const fd = openSync(path, 'r');
    const seen: unknown[] = [];
    class Curious extends Uint8Array {
      override set(source: ArrayLike<number>, at?: number): void {
        seen.push(source);
        super.set(source, at);
      }
      override subarray(start?: number, end?: number): Curious {
        seen.push(this);
        return super.subarray(start, end) as Curious;
      }
    }
    const buffer = new Curious(4);
    await expect(ring.ops.read({ fd, buffer, offset: 0 })).resolves.toBe(4);
    expect(Buffer.from(buffer).toString()).toBe('data');
    expect(seen).toEqual([]);
    await ring.ops.close({ fd });
  });

  test.each([2, 4000, Number.NaN])(
    'no more and no less is written than an array holds that says it has %d bytes',
    async (told) => {
      const ring = openRing({ encoder });
      const path = join(temporaryFolder(), 'file');
      const fd = openSync(path, 'w');
      const buffer = Object.defineProperty(Buffer.from('data!'), 'byteLength', { value: told });
      await expect(ring.ops.write({ fd, buffer, offset: 0 })).resolves.toBe(5);
      expect(statSync(path).size).toBe(5);
      expect(readFileSync(path, 'utf8')).toBe('data!');
      await ring.ops.close({ fd });
    },
  );
});
