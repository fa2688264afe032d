/**
 * Zero-copy sends: the network reads the program's own memory, which is held until the kernel says that it is done.
 */

import {
  IORING_CQE_F_NOTIF,
  IORING_NOTIF_USAGE_ZC_COPIED,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG_ZC,
  IORING_SEND_ZC_REPORT_USAGE,
} from '../../generated/abi/constants.js';
import type { MessageFlags } from '../../generated/abi/flags.js';
import { flagsOf } from '../arguments/flag-families.js';
import { anything, flags, Shape } from '../arguments/options.js';
import type { Pins } from '../arguments/pins.js';
import type { SocketAddress } from '../arguments/sockaddr.js';
import { LinkedMemory } from '../memory/linked-memory.js';
import { RingBuffer } from '../memory/memory.js';
import type { Operation, OperationOptions, Starter } from '../operations/operation.js';
import { type FileTarget, type RawArgs, rawOperation } from '../operations/raw-operation.js';
import { FIXED_BUFFER_FLAGS, FixedBuffer } from '../resources/fixed-buffer.js';

export interface ZeroCopySend extends FileTarget {
  /** The data, or several pieces of it, in memory of `ring.alloc`. Not to be changed before the promise settles. */
  readonly buffer: RingBuffer | readonly RingBuffer[];
  /** MSG_* bits. */
  readonly flags?: MessageFlags | 0;
  /** Where to, on a socket that is not connected. */
  readonly to?: SocketAddress;
}

export interface ZeroCopyResult {
  /** How many were sent. */
  readonly bytes: number;
  /** Whether the kernel had to copy the data all the same, as it does over loopback: then an ordinary send is cheaper. */
  readonly copied: boolean;
}

/** Foreign memory would have to be copied first, which is what such a send is to avoid. */
function checkOwned(buffers: readonly unknown[]): void {
  if (buffers.every((buffer) => buffer instanceof RingBuffer)) return;
  throw Object.assign(
    new TypeError('buffer must be a RingBuffer (of ring.alloc), or several: a zero-copy send copies nothing'),
    { code: 'ERR_INVALID_ARG_TYPE' },
  );
}

function result(res: number, _ready: object, flags: number, last: number): ZeroCopyResult {
  const told = (flags & IORING_CQE_F_NOTIF) !== 0;
  return { bytes: res, copied: !told || (last & IORING_NOTIF_USAGE_ZC_COPIED) !== 0 };
}

const common = (pins: Pins, args: ZeroCopySend) => ({
  fd: pins.descriptor(args.fd, 'fd'),
  msgFlags: args.flags ?? 0,
  ioprio: IORING_SEND_ZC_REPORT_USAGE,
});

const ARGS = new Shape({
  fd: anything,
  buffer: anything,
  flags: flagsOf(flags, 'MessageFlags'),
  to: anything,
});
const checkArgs = (args: object): void => ARGS.check(args, 'sendZeroCopy');

const sendOne: Operation<ZeroCopySend, ZeroCopyResult, RawArgs> = {
  ...rawOperation(IORING_OP_SEND_ZC, 'sendZeroCopy', 'IORING_OP_SEND_ZC'),
  result,
  checkArgs,
  ready: (pins: Pins, args) => {
    const buffer = args.buffer as RingBuffer;
    checkOwned([buffer]);
    const address = args.to === undefined ? undefined : pins.socketAddress(args.to);
    const fields = common(pins, args);
    return {
      opcode: IORING_OP_SEND_ZC,
      ...fields,
      ...(buffer instanceof FixedBuffer
        ? {
            bufIndex: pins.fixed(buffer, 'buffer'),
            ioprio: fields.ioprio | FIXED_BUFFER_FLAGS[IORING_OP_SEND_ZC]!.ioprio,
          }
        : {}),
      addr: pins.source(buffer, 'buffer'),
      len: buffer.byteLength,
      ...(address === undefined ? {} : { addr2: address, addrLen: address.byteLength }),
    };
  },
};

const sendSeveral: Operation<ZeroCopySend, ZeroCopyResult, RawArgs> = {
  ...rawOperation(IORING_OP_SENDMSG_ZC, 'sendZeroCopy', 'IORING_OP_SENDMSG_ZC'),
  result,
  checkArgs,
  ready: (pins: Pins, args) => {
    const buffers = args.buffer as readonly RingBuffer[];
    checkOwned(buffers);
    const { to } = args;
    const message = pins.message({ buffers, ...(to === undefined ? {} : { to }) }, 'message');
    return {
      opcode: IORING_OP_SENDMSG_ZC,
      ...common(pins, args),
      addr: LinkedMemory.memory(message),
      len: 1,
      holds: LinkedMemory.held(message),
    };
  },
};

/** See `ring.sendZeroCopy`. */
export function sendZeroCopy(
  starter: Starter,
  args: ZeroCopySend,
  options?: OperationOptions,
): Promise<ZeroCopyResult> {
  return starter.start(Array.isArray(args?.buffer) ? sendSeveral : sendOne, args, options);
}
