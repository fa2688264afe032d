/**
 * Operations that do nothing: what a ring costs by itself. The synchronous level against liburing in C, which fill the
 * same SQEs, enter the kernel as often, and look at the same completions.
 */
import { operations, SyncRing } from 'ringsmith';

const BATCH = 128;

/** Fills the queue, enters once, and sums up the user_data that came back. */
function openSync({ batch }) {
  const ring = new SyncRing({ entries: batch });
  const args = Array.from({ length: batch }, (_, index) => ({ userData: index }));
  let sum = 0;
  const visit = (completion) => {
    sum = (sum + completion.userData + completion.res) >>> 0;
  };
  return {
    run(count) {
      sum = 0;
      for (let done = 0; done < count; done += batch) {
        for (let index = 0; index < batch; index += 1) ring.push(operations.nop, args[index]);
        ring.wait(batch);
        ring.drain(visit);
      }
      return sum;
    },
    close: () => ring.close(),
  };
}

export default {
  title: `operations that do nothing, ${BATCH} per io_uring_enter`,
  unit: 'operations',
  // Every batch brings back 0 + 1 + … + (batch - 1).
  expected: (count, { batch }) =>
    Number((BigInt(count / batch) * BigInt((batch * (batch - 1)) / 2)) & 0xffffffffn),
  contenders: {
    'ringsmith, sync level': { ours: 'sync level', open: openSync },
    'C, liburing': { c: 'nop', args: ({ batch }) => [batch] },
  },
  cases: [{ name: `batch ${BATCH}`, params: { batch: BATCH }, multiple: BATCH }],
  targets: [
    {
      text: 'synchronous level against C',
      case: `batch ${BATCH}`,
      ours: 'ringsmith, sync level',
      peer: 'C, liburing',
      floor: 0.8,
      aim: 0.95,
    },
  ],
};
