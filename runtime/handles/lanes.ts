/**
 * Both directions of a handle, and the calls of its that are kept in order where it is a stream.
 */
import {
  IORING_OP_READ,
  IORING_OP_READV,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_OP_SEND_ZC,
  IORING_OP_SHUTDOWN,
  IORING_OP_WRITE,
  IORING_OP_WRITEV,
} from '../../generated/abi/constants.js';
import type { OperationOptions } from '../operations/operation.js';
import { native, StreamKind } from '../port/native.js';
import type { ZeroCopyResult, ZeroCopySend } from '../streams/zero-copy.js';
import type { HandleHost } from './handle-host.js';
import type { HandleOperations } from './handle-operations.js';
import { Lane, type Ordered, type Remainder } from './lane.js';

export type Name = 'recv' | 'send' | 'shutdown' | 'read' | 'readv' | 'write' | 'writev';

/** An operation of a handle, told as the ring tells it. */
type OrderedOperation<Operation extends Name> = Ordered<
  Parameters<HandleOperations[Operation]>[0],
  Awaited<ReturnType<HandleOperations[Operation]>>
>;

function ordered<Operation extends Name>(
  name: Operation,
  constant: string,
  opcode: number,
): OrderedOperation<Operation> {
  type Result = ReturnType<OrderedOperation<Operation>['begin']>;
  return {
    name,
    constant,
    opcode,
    begin: (host, args, options) => host.run(name, args, options) as Result,
  };
}

export const RECV: OrderedOperation<'recv'> = ordered('recv', 'IORING_OP_RECV', IORING_OP_RECV);
export const SEND: OrderedOperation<'send'> = ordered('send', 'IORING_OP_SEND', IORING_OP_SEND);
export const SHUTDOWN: OrderedOperation<'shutdown'> = ordered(
  'shutdown',
  'IORING_OP_SHUTDOWN',
  IORING_OP_SHUTDOWN,
);
export const READ: OrderedOperation<'read'> = ordered('read', 'IORING_OP_READ', IORING_OP_READ);
export const READV: OrderedOperation<'readv'> = ordered('readv', 'IORING_OP_READV', IORING_OP_READV);
export const WRITE: OrderedOperation<'write'> = ordered('write', 'IORING_OP_WRITE', IORING_OP_WRITE);
export const WRITEV: OrderedOperation<'writev'> = ordered('writev', 'IORING_OP_WRITEV', IORING_OP_WRITEV);
export const SEND_ZERO_COPY: Ordered<ZeroCopySend, ZeroCopyResult> = {
  name: 'sendZeroCopy',
  constant: 'IORING_OP_SEND_ZC',
  opcode: IORING_OP_SEND_ZC,
  begin: (host, args, options) => host.ring.sendZeroCopy(args, options),
};

/** The lanes of one handle; none on datagram sockets and files with positions, whose calls have no order. */
export class Lanes {
  readonly #host: HandleHost;
  readonly #remainder: Remainder;
  #asked = false;
  #in: Lane | undefined;
  #out: Lane | undefined;

  /** @param remainder sends or writes on the handle what a short transfer left */
  constructor(host: HandleHost, remainder: Remainder) {
    this.#host = host;
    this.#remainder = remainder;
  }

  /** A call that takes data in, on a descriptor. */
  in<Args extends object, Result>(
    fd: number,
    operation: Ordered<Args, Result>,
    args: Args,
    options: OperationOptions | undefined,
  ): Promise<Result> {
    if (!this.#asked) this.#ask(fd);
    return this.#run(this.#in, operation, args, options);
  }

  /** A call that gives data out, or ends that. */
  out<Args extends object, Result>(
    fd: number,
    operation: Ordered<Args, Result>,
    args: Args,
    options: OperationOptions | undefined,
  ): Promise<Result> {
    if (!this.#asked) this.#ask(fd);
    return this.#run(this.#out, operation, args, options);
  }

  /** @param lane undefined for a file that has no order */
  #run<Args extends object, Result>(
    lane: Lane | undefined,
    operation: Ordered<Args, Result>,
    args: Args,
    options: OperationOptions | undefined,
  ): Promise<Result> {
    return lane === undefined
      ? operation.begin(this.#host, args, options)
      : lane.run(operation, args, options);
  }

  /** Where what takes data in is kept in order; undefined where there is no order. */
  incoming(fd: number): Lane | undefined {
    if (!this.#asked) this.#ask(fd);
    return this.#in;
  }

  /** The handle was closed: what waits is refused. */
  close(): void {
    this.#in?.close();
    this.#out?.close();
  }

  #ask(fd: number): void {
    this.#asked = true;
    const kind = native().streamKind(fd);
    if (kind === StreamKind.None || kind === StreamKind.Datagrams) return;
    this.#in = new Lane(this.#host, 'in');
    this.#out = new Lane(this.#host, 'out', kind === StreamKind.Bytes ? this.#remainder : undefined);
  }
}
