/** The queue that everything waiting stands in keeps its order round its end, while it grows, and after it was emptied. */
import { expect, test } from 'vitest';
import { Fifo } from '../../runtime/operations/fifo.js';

test('a queue does what an array does, whatever its length', () => {
  const fifo = new Fifo<number>();
  let model: number[] = [];
  let next = 0;
  // Lengths from nothing to beyond what is kept when it is empty, and back.
  for (const most of [1, 3, 4, 5, 9, 2500, 2, 40]) {
    for (let round = 0; round < 3 * most; round += 1) {
      while (model.length < most) {
        fifo.push(next);
        model.push(next);
        next += 1;
      }
      for (let left = 1 + (round % most); left > 0; left -= 1) {
        expect(fifo.first()).toBe(model[0]);
        fifo.shift();
        model.shift();
      }
      expect(fifo.length).toBe(model.length);
      if (most < 10) expect(fifo.toArray()).toEqual(model);
      if (most > 100 && round > 20) break;
    }
    expect(fifo.toArray()).toEqual(model);
    if (most === 5) {
      expect(fifo.clear()).toEqual(model);
      model = [];
    }
    while (model.length > 0) {
      expect(fifo.first()).toBe(model.shift());
      fifo.shift();
    }
    fifo.shift();
    expect([fifo.length, fifo.first(), fifo.toArray(), fifo.clear()]).toEqual([0, undefined, [], []]);
  }
});
