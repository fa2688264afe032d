/**
 * Operations of handles that a package may lack, or know by other fields, because it was generated for a kernel that is older
 * than the one that runs: over the SQE's fields as ringsmith itself knows them, in both modes.
 */
import {
  IORING_OP_BIND,
  IORING_OP_FTRUNCATE,
  IORING_OP_LISTEN,
  IORING_OP_SEND,
  IORING_OP_SHUTDOWN,
  IORING_OP_SOCKET,
  IORING_OP_URING_CMD,
} from '../../generated/abi/constants.js';
import type { Pins } from '../arguments/pins.js';
import { RingBuffer } from '../memory/memory.js';
import { createdDescriptor } from '../operations/created-descriptors.js';
import type { AnyOperation } from '../operations/operation.js';
import { type RawArgs, rawOperation } from '../operations/raw-operation.js';
import type { HandleOperations } from './handle-operations.js';

type Name = 'send' | 'socket' | 'bind' | 'listen' | 'ftruncate' | 'shutdown' | 'uringCmd';
type ArgumentsOf<Operation extends Name> = Parameters<HandleOperations[Operation]>[0];
type Fields = Omit<RawArgs, 'opcode'>;

function own<Operation extends Name>(
  name: Operation,
  constant: string,
  opcode: number,
  fields: (pins: Pins, args: ArgumentsOf<Operation>) => Fields,
  more: Partial<AnyOperation> = {},
): AnyOperation {
  return {
    ...rawOperation(opcode, name, constant),
    ready: (pins: Pins, args: ArgumentsOf<Operation>): RawArgs => ({ ...fields(pins, args), opcode }),
    ...more,
  };
}

const noResult = { result: () => undefined };

export const OWN_OPERATIONS: Readonly<Record<Name, AnyOperation>> = {
  socket: own(
    'socket',
    'IORING_OP_SOCKET',
    IORING_OP_SOCKET,
    (_pins, { domain, type, protocol }) => ({ fd: domain, off: type, len: protocol }),
    { created: (res) => [createdDescriptor(res)] },
  ),
  bind: own(
    'bind',
    'IORING_OP_BIND',
    IORING_OP_BIND,
    (pins, { fd, address }) => {
      const addr = pins.socketAddress(address);
      return { fd: pins.descriptor(fd, 'bind: fd'), addr, off: RingBuffer.length(addr) };
    },
    { ...noResult, about: { address: 'addr' } },
  ),
  listen: own(
    'listen',
    'IORING_OP_LISTEN',
    IORING_OP_LISTEN,
    (pins, { fd, backlog }) => ({ fd: pins.descriptor(fd, 'listen: fd'), len: backlog }),
    noResult,
  ),
  send: own('send', 'IORING_OP_SEND', IORING_OP_SEND, (pins, { fd, buffer, flags }) => {
    const addr = pins.source(buffer, 'send: buffer');
    return { fd: pins.descriptor(fd, 'send: fd'), addr, len: RingBuffer.length(addr), msgFlags: flags };
  }),
  ftruncate: own(
    'ftruncate',
    'IORING_OP_FTRUNCATE',
    IORING_OP_FTRUNCATE,
    (pins, { fd, length }) => ({ fd: pins.descriptor(fd, 'ftruncate: fd'), off: length }),
    noResult,
  ),
  shutdown: own(
    'shutdown',
    'IORING_OP_SHUTDOWN',
    IORING_OP_SHUTDOWN,
    (pins, { fd, how }) => ({ fd: pins.descriptor(fd, 'shutdown: fd'), len: how }),
    noResult,
  ),
  uringCmd: own('uringCmd', 'IORING_OP_URING_CMD', IORING_OP_URING_CMD, (pins, args) => ({
    ...args,
    fd: pins.descriptor(args.fd, 'uringCmd: fd'),
    optval: pins.both(args.optval, 'uringCmd: optval'),
  })),
};
