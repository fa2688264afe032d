/**
 * Zero-copy receive: the network card writes into the program's memory. It takes a card, a kernel and a ring that are made
 * for it; where something is missing, this says what, before the kernel says EINVAL.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  IORING_OP_RECV_ZC,
  IORING_SETUP_CQE_MIXED,
  IORING_SETUP_CQE32,
  IORING_SETUP_DEFER_TASKRUN,
} from '../../generated/abi/constants.js';
import { RingError } from '../errors.js';

export interface ZeroCopyReceive {
  /** The network interface, e.g. `eth0`. */
  readonly interface: string;
  /** The receive queue that is taken out of the card's ordinary use. */
  readonly queue: number;
}

/** What the ring and its kernel have. */
export interface RingAbilities {
  readonly supports: (opcode: number) => boolean;
  readonly setupFlags: number;
}

const CAP_NET_ADMIN = 12n;
const DEVICES = '/sys/class/net';

function hasNetAdmin(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

/** What a queue of an interface lacks, as far as the system tells without asking the driver. */
function queueLacks({ interface: name, queue }: ZeroCopyReceive): string[] {
  if (!existsSync(DEVICES)) return [`sysfs at /sys, without which nothing tells what ${name} has`];
  const device = join(DEVICES, name);
  if (name === '' || name.includes('/') || !existsSync(device)) return [`a network interface called ${name}`];
  if (!existsSync(join(device, 'device')))
    return [`a network card behind ${name}, which exists in software only`];
  return existsSync(join(device, 'queues', `rx-${queue}`)) ? [] : [`a receive queue ${queue} of ${name}`];
}

/** The refusal of zero-copy receive, with everything that is missing for it. */
export function zeroCopyReceiveRefusal(
  args: ZeroCopyReceive,
  { supports, setupFlags }: RingAbilities,
): RingError {
  const lacks = [
    ...(supports(IORING_OP_RECV_ZC) ? [] : ['IORING_OP_RECV_ZC in the kernel (since Linux 6.15)']),
    ...((setupFlags & (IORING_SETUP_CQE32 | IORING_SETUP_CQE_MIXED)) !== 0
      ? []
      : ['CQEs of 32 bytes (open the ring with {cqe32: true})']),
    ...((setupFlags & IORING_SETUP_DEFER_TASKRUN) !== 0
      ? []
      : ["deferred task work (open the ring with {taskWork: 'deferred'})"]),
    ...(hasNetAdmin() ? [] : ['CAP_NET_ADMIN in this process']),
    ...queueLacks(args),
    // Not to be seen from here; without it the kernel refuses the queue.
    'header split on that queue (ethtool -G … tcp-data-split on), with flows steered to it',
    'the refill queue in ringsmith, which has no card to be tested with yet',
  ];
  return new RingError('ERR_RING_UNSUPPORTED', `zero-copy receive needs ${lacks.join('; ')}`, {
    syscall: 'recvZc',
    op: 'IORING_OP_RECV_ZC',
  });
}
