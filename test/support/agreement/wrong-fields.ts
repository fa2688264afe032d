/**
 * Conforming entries with random fields in them: one or two at a time, now and then all of them, so that both halves of
 * every opcode are reached. Values are those that kernels test for, descriptors and memory those of the test: nothing that
 * an entry may say can reach another file, another process or memory that is in use.
 */
import {
  IORING_SETUP_CQE32,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_SQE128,
} from '../../../generated/abi/constants.js';
import type { Conforming } from './conforming.js';
import { entry, type Fields, LAYOUT, type Setting, store } from './entry.js';
import type { Random } from './random.js';

export interface World {
  /** Descriptors that any operation may be given, closing aside. */
  readonly descriptors: readonly number[];
  /** One that has events, for the operations that want such a one. */
  readonly epoll: number | undefined;
  /** Start of memory that nothing else lives in, larger than any file here may become. */
  readonly area: number;
}

export interface Attempt {
  readonly words: Uint32Array;
  readonly before?: Fields;
  readonly setupFlags: number;
  /** Fields that are not those of the conforming entry. */
  readonly wrong: readonly string[];
  readonly fields: Fields;
}

const NO_DESCRIPTORS = [-1, 1_000_000, -100] as const;
const ADDRESSES: ReadonlySet<string> = new Set(['addr', 'addr2', 'addr3', 'splice_off_in', 'off']);
/** user_data tells completions apart, and the opcode is chosen. */
const FIXED: ReadonlySet<string> = new Set(['user_data', 'opcode']);
/** Descriptors of these are the operation's own, or none. */
const OWN_DESCRIPTOR: ReadonlySet<string> = new Set(['CLOSE', 'MSG_RING']);
const WITH_EVENTS: ReadonlySet<string> = new Set(['EPOLL_CTL', 'EPOLL_WAIT']);
/** Advice that breaks memory of the machine, or pages of this process for good. */
const HARMFUL_ADVICE = { from: 100n, to: 103n } as const;
/** Where operations write that are told how much: with a length of any size that has to be memory with room. */
const RECEIVING: Readonly<Record<string, string>> = {
  READ: 'addr',
  RECV: 'addr',
  GETXATTR: 'addr2',
  FGETXATTR: 'addr2',
};
/** As much memory as advice is given about, or more than there is. */
const ADVISED = [0n, 1n, 4096n, -1n] as const;
const SETUPS = [IORING_SETUP_IOPOLL, IORING_SETUP_SQE128, IORING_SETUP_CQE32] as const;

/** One name of each place. */
const FIELDS = [...LAYOUT].flatMap(([field, { bitOffset, bits }], index, all) => {
  const first = all.findIndex(([, other]) => other.bitOffset === bitOffset && other.bits === bits);
  return FIXED.has(field) || first !== index ? [] : [field];
});

function number(random: Random, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  switch (random.below(8)) {
    case 0:
      return all;
    case 1:
    case 2:
      return BigInt(random.below(26));
    case 3:
    case 4:
      return 1n << BigInt(random.below(bits));
    case 5:
      return random.long() & all;
    case 6:
      return random.pick([99n, 512n, 1025n, 2000n, 4096n, 65_536n]) & all;
    default:
      return (1n << BigInt(random.below(bits))) | (1n << BigInt(random.below(bits)));
  }
}

function descriptor(random: Random, operation: string, own: bigint, world: World): bigint {
  if (OWN_DESCRIPTOR.has(operation)) return random.pick([own, ...NO_DESCRIPTORS.map(BigInt)]);
  const events = WITH_EVENTS.has(operation) && world.epoll !== undefined ? [world.epoll, world.epoll] : [];
  return BigInt(random.pick([...world.descriptors, ...NO_DESCRIPTORS, ...events]));
}

function valueFor(random: Random, operation: string, field: string, own: Fields, world: World): bigint {
  const { bits } = LAYOUT.get(field)!;
  if (field === 'fd' && !isNumber(operation))
    return descriptor(random, operation, BigInt(own['fd'] ?? 0), world);
  if (field === 'splice_fd_in' && /^(SPLICE|TEE)$/.test(operation))
    return descriptor(random, operation, 0n, world);
  if (operation === 'MADVISE') {
    if (field === 'addr') return random.pick([BigInt(world.area), BigInt(world.area) + 1n, 0n]);
    if (field === 'len' || field === 'off' || field === 'addr2')
      return random.pick(ADVISED.slice(0, field === 'len' ? 3 : 4));
  }
  const isAddress = bits === 64 && ADDRESSES.has(field) && random.below(2) === 0;
  if (isAddress) return random.pick([BigInt(world.area), 0n, 8n, -1n]);
  // Anywhere else an address is no memory of this process: it is not canonical, or lies in the first page.
  const value = number(random, bits);
  if (bits === 64 && field.startsWith('addr') && value > 4095n) return value | (0xdeadn << 48n);
  return value;
}

/** Operations whose fd is a number, and no descriptor. */
const isNumber = (operation: string): boolean =>
  /^(SOCKET|FUTEX|PROVIDE|REMOVE|TIMEOUT|NOP|PIPE)/.test(operation);

const isHarmful = (operation: string, { value }: Setting): boolean =>
  operation === 'MADVISE' && value >= HARMFUL_ADVICE.from && value <= HARMFUL_ADVICE.to;

/** Half of an address that changes makes it one of other memory of this process. */
function isPartOfAddress(words: Uint32Array, field: string): boolean {
  const { bitOffset, bits } = LAYOUT.get(field)!;
  return (
    bits < 64 && words[2 * Math.floor(bitOffset / 64) + 1] !== 0 && HALVES.has(Math.floor(bitOffset / 64))
  );
}

/** Places of 64 bits that are addresses of some operations. */
const HALVES: ReadonlySet<number> = new Set(
  [...ADDRESSES].flatMap((field) => {
    const place = LAYOUT.get(field);
    return place?.bits === 64 ? [place.bitOffset / 64] : [];
  }),
);

/** @param operation the opcode's name, without `IORING_OP_` */
export function attempt(
  random: Random,
  operation: string,
  opcode: number,
  conforming: Conforming,
  world: World,
): Attempt {
  const own = conforming.fields();
  const roomy = RECEIVING[operation];
  const fields = {
    ...own,
    ...(operation === 'EPOLL_CTL' && world.epoll !== undefined ? { fd: world.epoll } : {}),
    ...(roomy === undefined ? {} : { [roomy]: world.area }),
  };
  const kind = random.below(16);
  const many = kind === 0 ? FIELDS.length : kind < 5 ? 2 : 1;
  const names = many === FIELDS.length ? FIELDS : Array.from({ length: many }, () => random.pick(FIELDS));
  const words = entry({ ...fields, opcode });
  const wrong: string[] = [];
  for (const field of new Set(names)) {
    const setting = { field, value: valueFor(random, operation, field, fields, world) };
    if (isHarmful(operation, setting) || isPartOfAddress(words, field)) continue;
    store(words, field, setting.value);
    wrong.push(field);
  }
  const setup = random.below(12) === 0 ? random.pick(SETUPS) : 0;
  return {
    words,
    ...(conforming.before === undefined ? {} : { before: conforming.before }),
    setupFlags: (conforming.setup ?? 0) | setup,
    wrong: [...wrong, ...(setup === 0 ? [] : ['setup'])],
    fields,
  };
}
