/** Zero-copy receive is refused here, naming all that is missing and how to get it. */
import { expect, test } from 'vitest';
import { openRing } from '../support/rings.js';

const refusal = (use: () => unknown): string => {
  try {
    use();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_RING_UNSUPPORTED', op: 'IORING_OP_RECV_ZC' });
    return (error as Error).message;
  }
  return 'not refused';
};

test('it names what the ring, the interface and ringsmith lack', () => {
  const plain = openRing();
  const message = refusal(() => plain.zeroCopyReceive({ interface: 'lo', queue: 0 }));
  expect(message).toContain('cqe32: true');
  expect(message).toContain("taskWork: 'deferred'");
  expect(message).toContain('network card behind lo');
  expect(message).toContain('header split');
});

test('it does not name what is there', () => {
  const ring = openRing({ cqe32: true, taskWork: 'deferred' });
  const message = refusal(() => ring.zeroCopyReceive({ interface: 'no-such', queue: 0 }));
  expect(message).not.toContain('cqe32');
  expect(message).not.toContain('taskWork');
  expect(message).toContain('interface called no-such');
  expect(refusal(() => ring.zeroCopyReceive({ interface: '../lo', queue: 0 }))).toContain('called ../lo');
});
