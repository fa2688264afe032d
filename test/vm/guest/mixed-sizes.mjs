/** In the guest: SQEs and CQEs of two sizes in one queue, and 128-byte SQEs through the package. Prints JSON. */
import { Ring } from 'ringsmith';
import {
  IORING_NOP_CQE32,
  IORING_OP_NOP,
  IORING_OP_NOP128,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SQE_MIXED,
} from 'ringsmith/abi';
import { RawRing, SQE_BYTES, sqe } from './raw-ring.mjs';

const [OFF, ADDR, NOP_FLAGS, USER_DATA] = [8, 16, 28, 32];

async function throughThePackage() {
  const [wide, narrow] = [new Ring({ sqe128: true }), new Ring()];
  const result = await wide.ops.nop128();
  const small = await wide.ops.nop();
  const refused = await narrow.ops.nop128().catch((error) => error.code);
  await Promise.all([wide.close(), narrow.close()]);
  return { result, small, refused };
}

/** A small SQE, a large one of two slots, and a small one. */
function mixedSubmissions() {
  const ring = new RawRing(IORING_SETUP_SQE_MIXED | IORING_SETUP_NO_SQARRAY);
  const completions = ring.submit(
    sqe(IORING_OP_NOP, [USER_DATA, 64, 1]),
    sqe(IORING_OP_NOP128, [USER_DATA, 64, 2]),
    new Uint8Array(SQE_BYTES),
    sqe(IORING_OP_NOP, [USER_DATA, 64, 3]),
  );
  ring.close();
  return completions.map(({ userDataLow, res }) => [userDataLow, res]);
}

/** A small CQE, a large one of two slots, which brings two words of its SQE along, and the filler at a queue's end. */
function mixedCompletions() {
  const ring = new RawRing(IORING_SETUP_CQE_MIXED, 2);
  const large = (userData) =>
    sqe(
      IORING_OP_NOP,
      [USER_DATA, 64, userData],
      [NOP_FLAGS, 32, IORING_NOP_CQE32],
      [OFF, 64, 70],
      [ADDR, 64, 80],
    );
  const slots = [
    ...ring.submit(sqe(IORING_OP_NOP, [USER_DATA, 64, 1])),
    ...ring.submit(large(2)),
    ...ring.submit(large(3)),
  ];
  ring.close();
  return slots.map(({ userDataLow, res, flags }) => [userDataLow, res, flags]);
}

console.log(
  JSON.stringify({
    package: await throughThePackage(),
    submissions: mixedSubmissions(),
    completions: mixedCompletions(),
  }),
);
