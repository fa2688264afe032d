/**
 * Checked mode keeps account of memory in cells, so that it need not look at every operation in flight: it must refuse
 * and let through exactly what looking at every one of them would. Random ranges of all sizes, taken and given back.
 */
import { expect, test } from 'vitest';
import { operations } from '../../generated/index.js';
import { type Borrow, Borrows, type MemoryUser, type Range } from '../../runtime/memory/borrows.js';

const ALLOCATION = 1 << 21;
const STEPS = 20_000;

/** The same numbers in every run. */
function* numbers(): Generator<number, never> {
  for (let state = 12345; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield state >>> 8;
  }
}

interface Taken {
  readonly start: number;
  readonly end: number;
  readonly writes: boolean;
  readonly link: object;
  readonly borrow: Borrow;
}

test('ranges of all sizes are refused and let through as by looking at every one in use', () => {
  const random = numbers();
  const below = (limit: number): number => random.next().value % limit;
  const borrows = new Borrows();
  const known = new Map<string, Range>();
  const links = Array.from({ length: 4 }, () => ({}));
  const taken: Taken[] = [];
  const counts = { refused: 0, taken: 0 };
  for (let step = 0; step < STEPS; step += 1) {
    if (taken.length > 100 || (taken.length > 0 && below(3) === 0)) {
      taken.splice(below(taken.length), 1)[0]!.borrow.release();
      continue;
    }
    const length = 1 + below(2 ** (1 + below(19)));
    const aligned = below(2) === 0 ? 4096 : 1;
    const start = Math.floor(below(ALLOCATION - length) / aligned) * aligned;
    const end = start + length;
    const writes = below(2) === 0;
    const link = below(4) === 0 ? links[below(4)]! : {};
    const user: MemoryUser = { operation: operations.read, link };
    const clash = taken.some(
      (other) => start < other.end && other.start < end && (writes || other.writes) && other.link !== link,
    );
    // As a buffer that is used again remembers its range, whatever became of that meanwhile.
    const range = borrows.range(start, end, known.get(`${start}-${end}`));
    known.set(`${start}-${end}`, range);
    if (clash) {
      expect(() => borrows.take(range, writes, user)).toThrow(/nothing was submitted/);
      counts.refused += 1;
    } else {
      taken.push({ start, end, writes, link, borrow: borrows.take(range, writes, user) });
      counts.taken += 1;
    }
  }
  expect(counts.refused).toBeGreaterThan(1000);
  expect(counts.taken).toBeGreaterThan(1000);
});
