/**
 * `ring.multishot`: operations that complete again and again, as async iterables.
 */

import { constants } from 'node:os';
import {
  IORING_ACCEPT_MULTISHOT,
  IORING_FEAT_RECVSEND_BUNDLE,
  IORING_FILE_INDEX_ALLOC,
  IORING_OP_ACCEPT,
  IORING_OP_POLL_ADD,
  IORING_OP_READ_MULTISHOT,
  IORING_OP_RECV,
  IORING_OP_RECVMSG,
  IORING_OP_TIMEOUT,
  IORING_POLL_ADD_MULTI,
  IORING_RECV_MULTISHOT,
  IORING_RECVSEND_BUNDLE,
  IORING_TIMEOUT_MULTISHOT,
  SOCK_CLOEXEC,
} from '../../generated/abi/constants.js';
import type {
  EpollEvents,
  MessageFlags,
  PollEvents,
  SocketType,
  TimeoutFlags,
} from '../../generated/abi/flags.js';
import { chosen, flagsOf } from '../arguments/flag-families.js';
import {
  anything,
  boolean,
  bytes,
  type Check,
  flags,
  instanceOf,
  integer,
  Shape,
} from '../arguments/options.js';
import type { Duration, Pins } from '../arguments/pins.js';
import { RingError } from '../errors.js';
import { intervalOf } from '../operations/change.js';
import { closeCreated } from '../operations/closing.js';
import type { AnyOperation } from '../operations/operation.js';
import { type FileTarget, type RawArgs, rawOperation } from '../operations/raw-operation.js';
import { claim } from '../operations/unclaimed.js';
import { DescriptorTable } from '../resources/descriptor-table.js';
import type { DirectDescriptor } from '../resources/direct-descriptor.js';
import type { RingParts } from '../ring-parts.js';
import { BufferRing } from './buffer-ring.js';
import type { Lease } from './lease.js';
import {
  type LeasedMessage,
  MESSAGE_ARGS,
  type MultishotReceiveMessage,
  receivedMessages,
} from './leased-message.js';
import { DESCRIPTORS, giveDescriptor, keepDescriptor } from './left-data.js';
import {
  MultishotStream,
  type QueuedStreamOptions,
  type Raw,
  type StreamKind,
  type StreamOptions,
} from './multishot-stream.js';
import { EVENTS, PollStream } from './poll-stream.js';
import { ReceivedData } from './received-data.js';

/** The listening socket, and what becomes of new ones. */
export interface MultishotAccept extends FileTarget {
  /** SOCK_* bits of the new sockets. SOCK_CLOEXEC goes by itself, where they are ordinary descriptors. */
  readonly flags?: SocketType.CLOEXEC | SocketType.NONBLOCK | 0;
  /** Have programs that the process executes inherit the sockets. Default false. */
  readonly inheritable?: boolean;
  /** Put new sockets into free slots of this table of the ring, as direct descriptors. */
  readonly direct?: DescriptorTable;
}

/** A socket to receive from. */
export interface MultishotReceive extends FileTarget {
  /** Where the data goes. */
  readonly buffers: BufferRing;
  /** MSG_* bits. */
  readonly flags?: MessageFlags | 0;
  /** Let one completion stand for several buffers (Linux 6.10); chunks are told one by one all the same. Default false. */
  readonly bundle?: boolean;
}

/** A pipe, terminal, socket or anything else that can be polled, to read from. */
export interface MultishotRead extends FileTarget {
  /** Where the data goes. */
  readonly buffers: BufferRing;
  /** Where to read, for the few such files that have positions. */
  readonly offset?: number | bigint;
}

/** A file to wait for. */
export interface MultishotPoll extends FileTarget {
  /** POLL* bits to wait for. */
  readonly events: PollEvents | EpollEvents;
}

export interface MultishotTimeout {
  /** Between two expirations, and before the first. */
  readonly every: Duration;
  /** How many; default: without end. */
  readonly count?: number;
  /** IORING_TIMEOUT_* bits that choose a clock. */
  readonly flags?: TimeoutFlags | 0;
}

const SOCKET_TYPE_MASK = 0xf;

/** Of connections, whose type is the listening socket's. */
const CONNECTION_FLAGS: Check = (value, what) => {
  flagsOf(flags, 'SocketType')(value, what);
  chosen(value, SOCKET_TYPE_MASK, '0', what, 'SocketType');
};

/** What the arguments are checked against; files are where they are used. */
const ACCEPT_ARGS = new Shape({
  fd: anything,
  flags: CONNECTION_FLAGS,
  inheritable: boolean,
  direct: instanceOf(DescriptorTable),
});
const RECV_ARGS = new Shape({
  fd: anything,
  buffers: instanceOf(BufferRing),
  flags: flagsOf(flags, 'MessageFlags'),
  bundle: boolean,
});
const READ_ARGS = new Shape({ fd: anything, buffers: instanceOf(BufferRing), offset: bytes(-1) });
const POLL_ARGS = new Shape({ fd: anything, events: EVENTS });
const TIMEOUT_ARGS = new Shape({
  every: anything,
  count: integer(0, 2 ** 32 - 1),
  flags: flagsOf(flags, 'TimeoutFlags'),
});

const ETIME = -constants.errno.ETIME;

/** An operation whose every result the stream sees as it is. */
function streamed(opcode: number, name: string, constant: string): AnyOperation {
  return {
    ...rawOperation(opcode, name, constant),
    answers: 'all',
    result: (res: number, _ready: object, flags: number): Raw => ({ res, flags }),
  };
}

const ACCEPT = streamed(IORING_OP_ACCEPT, 'accept', 'IORING_OP_ACCEPT');
const RECV = streamed(IORING_OP_RECV, 'recv', 'IORING_OP_RECV');
const RECVMSG = streamed(IORING_OP_RECVMSG, 'recvmsg', 'IORING_OP_RECVMSG');
const READ = streamed(IORING_OP_READ_MULTISHOT, 'readMultishot', 'IORING_OP_READ_MULTISHOT');
const POLL = streamed(IORING_OP_POLL_ADD, 'pollAdd', 'IORING_OP_POLL_ADD');
const TIMEOUT: AnyOperation = {
  ...streamed(IORING_OP_TIMEOUT, 'timeout', 'IORING_OP_TIMEOUT'),
  ready: (pins: Pins, { every, count, flags }: Required<MultishotTimeout>): RawArgs => ({
    opcode: IORING_OP_TIMEOUT,
    addr: pins.timespec(every, 'every'),
    len: 1,
    off: count,
    timeoutFlags: flags | IORING_TIMEOUT_MULTISHOT,
  }),
};

const again = (res: number): 'again' | 'failed' => (res < 0 ? 'failed' : 'again');

/** No more than half of the buffers, so that one slow consumer leaves some to the others. */
const receiveOptions = (buffers: BufferRing, options: QueuedStreamOptions): QueuedStreamOptions => ({
  highWaterMark: Math.max(1, Math.min(16, buffers.entries >>> 1)),
  ...options,
});

export class Multishot {
  readonly #parts: RingParts;

  /** @internal */
  constructor(parts: RingParts) {
    this.#parts = parts;
  }

  /**
   * Connections to a listening socket, each as its descriptor, or as a direct one with `direct`. Those that arrived and
   * were not taken when the stream ends go to whoever accepts there next, and are closed with the socket or the ring. Since
   * Linux 5.19.
   */
  accept(
    args: MultishotAccept & { readonly direct: DescriptorTable },
    options?: QueuedStreamOptions,
  ): MultishotStream<DirectDescriptor>;
  accept(
    args: MultishotAccept & { readonly direct?: undefined },
    options?: QueuedStreamOptions,
  ): MultishotStream<number>;
  accept(
    args: MultishotAccept,
    options: QueuedStreamOptions = {},
  ): MultishotStream<DirectDescriptor> | MultishotStream<number> {
    ACCEPT_ARGS.required(args, 'accept');
    const { direct } = args;
    if (direct === undefined) {
      return Multishot.accepting<number>(
        this.#parts,
        args,
        {
          items: (res) => {
            if (res < 0) return [];
            claim(res);
            return [res];
          },
          handed: giveDescriptor,
          leaving: { fd: args.fd, sort: DESCRIPTORS, keep: keepDescriptor, give: giveDescriptor },
          discard: (made) => closeCreated(this.#parts.inFlight, { fd: giveDescriptor(made) }),
        },
        options,
      );
    }
    return Multishot.accepting<DirectDescriptor>(
      this.#parts,
      args,
      {
        items: (res) => (res < 0 ? [] : [direct.adopt(res)]),
        leaving: { fd: args.fd, sort: direct },
        discard: (made) => made.close(),
      },
      options,
    );
  }

  /** Connections as whatever `kind` makes of them. @internal */
  static accepting<Item>(
    parts: RingParts,
    { fd, direct, flags = 0, inheritable = false }: MultishotAccept,
    kind: Pick<StreamKind<Item>, 'items' | 'discard' | 'over' | 'leaving' | 'handed'>,
    options: QueuedStreamOptions,
  ): MultishotStream<Item> {
    return new MultishotStream(
      parts,
      {
        ...kind,
        operation: ACCEPT,
        needs: 'Linux 5.19, which multishot accept needs',
        fields: (): RawArgs => ({
          opcode: IORING_OP_ACCEPT,
          fd,
          ioprio: IORING_ACCEPT_MULTISHOT,
          acceptFlags: direct === undefined && !inheritable ? flags | SOCK_CLOEXEC : flags,
          fileIndex: direct === undefined ? 0 : IORING_FILE_INDEX_ALLOC,
        }),
        verdict: again,
      },
      options,
    );
  }

  /**
   * Data from a socket, until the other side ends it; an empty datagram is an empty chunk (but ends the stream of a direct
   * descriptor). Each chunk is the
   * program's until it releases or copies it; those that were not taken when the stream ends go to whoever receives there next. When
   * no buffer is left the stream goes on once some are back. Since Linux 6.0.
   */
  recv(args: MultishotReceive, options: QueuedStreamOptions = {}): MultishotStream<Lease> {
    RECV_ARGS.required(args, 'recv');
    const { buffers, flags = 0, bundle = false } = args;
    if (bundle && (this.#parts.inFlight.port.native.features & IORING_FEAT_RECVSEND_BUNDLE) === 0) {
      throw new RingError('ERR_RING_UNSUPPORTED', 'the kernel has no receive bundles (since Linux 6.10)', {
        syscall: 'recv',
        op: 'IORING_OP_RECV',
      });
    }
    const kind = new ReceivedData(RECV, 'Linux 6.0, which multishot recv needs', buffers, {
      opcode: IORING_OP_RECV,
      ioprio: IORING_RECV_MULTISHOT | (bundle ? IORING_RECVSEND_BUNDLE : 0),
      msgFlags: flags,
      ...buffers.select(args),
    });
    return new MultishotStream(this.#parts, kind, receiveOptions(buffers, options));
  }

  /**
   * Messages from a socket, datagrams above all: each with its sender, control data and MSG_* bits, and its data in a lease
   * as with {@link Multishot.recv}. Ends where a stream socket does. Since Linux 6.0.
   */
  recvMessage(
    args: MultishotReceiveMessage,
    options: QueuedStreamOptions = {},
  ): MultishotStream<LeasedMessage> {
    MESSAGE_ARGS.required(args, 'recvMessage');
    const kind = receivedMessages(RECVMSG, args);
    return new MultishotStream(this.#parts, kind, receiveOptions(args.buffers, options));
  }

  /**
   * Data from a pipe, or another file that can be polled, like {@link Multishot.recv}. A FIFO is to be opened with O_NONBLOCK,
   * or its end may go unnoticed. Since Linux 6.7.
   */
  read(args: MultishotRead, options: QueuedStreamOptions = {}): MultishotStream<Lease> {
    READ_ARGS.required(args, 'read');
    const { buffers, offset = -1 } = args;
    const kind = new ReceivedData(READ, 'Linux 6.7, which multishot read needs', buffers, {
      opcode: IORING_OP_READ_MULTISHOT,
      off: offset,
      ...buffers.select(args),
    });
    return new MultishotStream(this.#parts, kind, receiveOptions(buffers, options));
  }

  /**
   * Readiness of a descriptor, each time it changes: the POLL* bits that came up since the last item. Since Linux 5.13.
   */
  poll(args: MultishotPoll, options: StreamOptions = {}): PollStream {
    POLL_ARGS.required(args, 'poll');
    const { fd } = args;
    return new PollStream(this.#parts, args.events, options, (events) => ({
      operation: POLL,
      needs: 'Linux 5.13, which multishot poll needs',
      fields: (): RawArgs => ({
        opcode: IORING_OP_POLL_ADD,
        fd,
        len: IORING_POLL_ADD_MULTI,
        poll32Events: events(),
      }),
      items: (res) => (res > 0 ? [res] : []),
      verdict: again,
      merge: (waiting, more) => waiting | more,
    }));
  }

  /**
   * A clock: how often it expired since the last item, which is 1 unless the consumer is late. Since Linux 6.4.
   */
  timeout(args: MultishotTimeout, options: StreamOptions = {}): MultishotStream<number> {
    TIMEOUT_ARGS.required(args, 'timeout');
    const { count = 0, flags = 0 } = args;
    let { every } = args;
    let expired = 0;
    const kind: StreamKind<number> = {
      operation: TIMEOUT,
      needs: 'Linux 6.4, which multishot timeouts need',
      fields: () => ({ every, count: count === 0 ? 0 : count - expired, flags }),
      items: (res) => {
        if (res !== ETIME) return [];
        expired += 1;
        return [1];
      },
      verdict: (res) => {
        if (res !== ETIME) return 'failed';
        return count !== 0 && expired >= count ? 'end' : 'again';
      },
      merge: (waiting, more) => waiting + more,
      // The kernel's own change of a timeout would forget how often it is to expire, or its new time after the first.
      change: (to) => {
        every = intervalOf(to);
      },
    };
    return new MultishotStream(this.#parts, kind, options);
  }
}
