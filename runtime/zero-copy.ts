/**
 * Zero-copy sends: the network reads the program's own memory, which is held until the kernel says that it is done.
 */
import {
  IORING_CQE_F_NOTIF,
  IORING_NOTIF_USAGE_ZC_COPIED,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG_ZC,
  IORING_SEND_ZC_REPORT_USAGE,
} from '../generated/abi/constants.js';
import { msghdrLayout } from '../generated/abi/layouts.js';
import { IoVector } from './io-vector.js';
import { RingBuffer } from './memory.js';
import type { Operation, OperationOptions, Starter } from './operation.js';
import type { Pins } from './pins.js';
import { type RawArgs, rawOperation } from './raw-operation.js';
import { encodeRecord } from './records.js';
import type { SocketAddress } from './sockaddr.js';

export interface ZeroCopySend {
  /** The socket. */
  readonly fd: number;
  /** The data, or several pieces of it, in memory of `ring.alloc`. Not to be changed before the promise settles. */
  readonly buffer: RingBuffer | readonly RingBuffer[];
  /** MSG_* bits. */
  readonly flags?: number;
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

const common = ({ fd, flags }: ZeroCopySend) => ({
  fd,
  msgFlags: flags ?? 0,
  ioprio: IORING_SEND_ZC_REPORT_USAGE,
});

const sendOne: Operation<ZeroCopySend, ZeroCopyResult, RawArgs> = {
  ...rawOperation(IORING_OP_SEND_ZC, 'sendZeroCopy', 'IORING_OP_SEND_ZC'),
  result,
  ready: (pins: Pins, args) => {
    const buffer = args.buffer as RingBuffer;
    checkOwned([buffer]);
    const address = args.to === undefined ? undefined : pins.socketAddress(args.to);
    return {
      opcode: IORING_OP_SEND_ZC,
      ...common(args),
      addr: pins.source(buffer, 'buffer'),
      len: buffer.byteLength,
      ...(address === undefined ? {} : { addr2: address, addrLen: address.byteLength }),
    };
  },
};

const sendSeveral: Operation<ZeroCopySend, ZeroCopyResult, RawArgs> = {
  ...rawOperation(IORING_OP_SENDMSG_ZC, 'sendZeroCopy', 'IORING_OP_SENDMSG_ZC'),
  result,
  ready: (pins: Pins, args) => {
    const buffers = args.buffer as readonly RingBuffer[];
    checkOwned(buffers);
    const vector = pins.vector(buffers, 'source', 'buffer');
    const address = args.to === undefined ? undefined : pins.socketAddress(args.to);
    const message = pins.scratch(msghdrLayout.byteLength);
    message.fill(
      encodeRecord(msghdrLayout, {
        msgName: address?.address ?? 0,
        msgNamelen: address?.byteLength ?? 0,
        msgIov: vector.address,
        msgIovlen: IoVector.count(vector),
      }),
    );
    return {
      opcode: IORING_OP_SENDMSG_ZC,
      ...common(args),
      addr: message,
      len: 1,
      holds: IoVector.held(vector),
    };
  },
};

/** See `ring.sendZeroCopy`. */
export function sendZeroCopy(
  starter: Starter,
  args: ZeroCopySend,
  options?: OperationOptions,
): Promise<ZeroCopyResult> {
  return starter.start(Array.isArray(args.buffer) ? sendSeveral : sendOne, args, options);
}
