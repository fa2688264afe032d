/**
 * In the guest: which of some macros of newer headers this kernel knows, by asking for each what only a kernel that
 * knows it grants. The argument is the macros' values by name, as JSON. Prints names by how they were asked.
 */
import { spawnSync } from 'node:child_process';
import { RawRing, sqe } from './raw-ring.mjs';

const values = JSON.parse(process.argv[2]);
const named = (prefix) => Object.entries(values).filter(([name]) => name.startsWith(prefix));

const EINVAL = 22;
const [EBADF, EFAULT, ETIME] = [-9, -14, -62];
const IO_URING_ENTER = 426;
const [SETUP_CQE32, SETUP_CQE_MIXED] = [1 << 11, 1 << 18];
const [GETEVENTS, EXT_ARG] = [1, 8];
const BUFFER_SELECT = 32;
const NOP_CQE32 = 32;
const NO_FD = 0xffffffff;
const [OP_NOP, OP_TIMEOUT, OP_READ, OP_SEND, OP_URING_CMD] = [0, 11, 22, 26, 46];
const [FLAGS, IOPRIO, FD, ADDR, LEN, OP_FLAGS, ADDR3, PAD2] = [1, 2, 4, 16, 24, 28, 48, 56];

/** Set-up flags have companions they need and others they exclude: known is what is taken in any company. */
function setup() {
  const bits = Array.from({ length: 21 }, (_, bit) => 2 ** bit);
  const companies = [
    0,
    ...bits,
    ...bits.flatMap((one) => bits.filter((two) => two > one).map((two) => one + two)),
  ];
  const isTaken = (flags) => {
    try {
      new RawRing(flags).close();
      return true;
    } catch (error) {
      return error.errno !== EINVAL;
    }
  };
  return named('IORING_SETUP_').filter(([, flag]) =>
    companies.some((others) => isTaken((others | flag) >>> 0)),
  );
}

function features() {
  const ring = new RawRing(0);
  const bits = ring.features;
  ring.close();
  return named('IORING_FEAT_').filter(([, flag]) => (bits & flag) !== 0);
}

function enter() {
  const ring = new RawRing(0);
  const isTaken = (flags) => {
    const words = [IO_URING_ENTER, 3, 0, 0, flags, 0, 0].map(String);
    const stdio = ['ignore', 'pipe', 'inherit', ring.fd];
    return Number(spawnSync('/ringsmith/syscall', words, { stdio, encoding: 'utf8' }).stdout) !== -EINVAL;
  };
  const known = named('IORING_ENTER_').filter(([, flag]) =>
    [0, GETEVENTS, EXT_ARG, GETEVENTS | EXT_ARG].some((others) => isTaken(flag | others)),
  );
  ring.close();
  return known;
}

/** Of an operation's own flags: an SQE with each, and the results that only a kernel that knows the flag gives. */
const OPERATION_FLAGS = [
  {
    prefix: 'IORING_NOP_',
    opcode: OP_NOP,
    fields: (flag) => [
      [FD, 32, NO_FD],
      [OP_FLAGS, 32, flag],
    ],
    known: [0, EBADF, EFAULT],
  },
  {
    prefix: 'IORING_TIMEOUT_IMMEDIATE_ARG',
    opcode: OP_TIMEOUT,
    fields: (flag) => [
      [LEN, 32, 1],
      [OP_FLAGS, 32, flag],
    ],
    known: [ETIME],
  },
  {
    prefix: 'IORING_SEND_VECTORIZED',
    opcode: OP_SEND,
    fields: (flag) => [
      [FD, 32, NO_FD],
      [IOPRIO, 16, flag],
    ],
    known: [EBADF],
  },
  {
    prefix: 'IORING_URING_CMD_MULTISHOT',
    opcode: OP_URING_CMD,
    fields: (flag) => [
      [FLAGS, 8, BUFFER_SELECT],
      [FD, 32, NO_FD],
      [OP_FLAGS, 32, flag],
    ],
    known: [EBADF],
  },
  {
    prefix: 'IORING_RW_ATTR_FLAG_',
    opcode: OP_READ,
    fields: (flag) => [
      [FD, 32, NO_FD],
      [ADDR3, 64, ADDR],
      [PAD2, 64, flag],
    ],
    known: [EFAULT],
  },
];

function operationFlags() {
  const ring = new RawRing(SETUP_CQE32);
  const found = OPERATION_FLAGS.flatMap(({ prefix, opcode, fields, known }) =>
    named(prefix).filter(([, flag]) => known.includes(ring.submit(sqe(opcode, ...fields(flag)))[0].res)),
  );
  ring.close();
  return found;
}

/** Completion flags show in completions: of a large one, and of what fills up the queue's end before one. */
function completionFlags() {
  let ring;
  try {
    ring = new RawRing(SETUP_CQE_MIXED, 2);
  } catch {
    return [];
  }
  const nop = () => ring.submit(sqe(OP_NOP));
  const large = () => ring.submit(sqe(OP_NOP, [OP_FLAGS, 32, NOP_CQE32]));
  const seen = [...nop(), ...large(), ...large()].reduce((all, { flags }) => all | flags, 0);
  ring.close();
  return named('IORING_CQE_F_').filter(([, flag]) => (seen & flag) !== 0);
}

const names = (entries) => entries.map(([name]) => name);
console.log(
  JSON.stringify({
    setup: names(setup()),
    features: names(features()),
    enter: names(enter()),
    operation: names(operationFlags()),
    completion: names(completionFlags()),
  }),
);
