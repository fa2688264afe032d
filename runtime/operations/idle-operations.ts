/**
 * Operations that may stay in flight for as long as somebody else likes. Where a ring has room for few, because the kernel
 * would not keep the completions that its queue cannot hold, a share of it is left to the others: a ring full of receives
 * from peers that say nothing still opens and closes files.
 */
import {
  IORING_OP_ACCEPT,
  IORING_OP_CONNECT,
  IORING_OP_EPOLL_WAIT,
  IORING_OP_FUTEX_WAIT,
  IORING_OP_FUTEX_WAITV,
  IORING_OP_POLL_ADD,
  IORING_OP_READ,
  IORING_OP_READ_FIXED,
  IORING_OP_READ_MULTISHOT,
  IORING_OP_READV,
  IORING_OP_READV_FIXED,
  IORING_OP_RECV,
  IORING_OP_RECV_ZC,
  IORING_OP_RECVMSG,
  IORING_OP_SEND,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG,
  IORING_OP_SENDMSG_ZC,
  IORING_OP_SPLICE,
  IORING_OP_TEE,
  IORING_OP_TIMEOUT,
  IORING_OP_URING_CMD,
  IORING_OP_URING_CMD128,
  IORING_OP_WAITID,
  IORING_OP_WRITE,
  IORING_OP_WRITEV,
} from '../../generated/abi/constants.js';
import { type Entry, linked } from './slot.js';

const MAY_IDLE: ReadonlySet<number> = new Set([
  IORING_OP_ACCEPT,
  IORING_OP_CONNECT,
  IORING_OP_EPOLL_WAIT,
  IORING_OP_FUTEX_WAIT,
  IORING_OP_FUTEX_WAITV,
  IORING_OP_POLL_ADD,
  IORING_OP_READ,
  IORING_OP_READ_FIXED,
  IORING_OP_READ_MULTISHOT,
  IORING_OP_READV,
  IORING_OP_READV_FIXED,
  IORING_OP_RECV,
  IORING_OP_RECV_ZC,
  IORING_OP_RECVMSG,
  IORING_OP_SEND,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG,
  IORING_OP_SENDMSG_ZC,
  IORING_OP_SPLICE,
  IORING_OP_TEE,
  IORING_OP_TIMEOUT,
  IORING_OP_URING_CMD,
  IORING_OP_URING_CMD128,
  IORING_OP_WAITID,
  IORING_OP_WRITE,
  IORING_OP_WRITEV,
]);

/** Whether an entry, or anything linked to it, may idle. */
export function mayIdle(head: Entry): boolean {
  for (const { operation } of linked(head)) if (MAY_IDLE.has(operation.opcode)) return true;
  return false;
}

/** How much of the room is for operations that do not idle. */
export const idleShare = (capacity: number): number =>
  Number.isFinite(capacity) ? Math.min(Math.ceil(capacity / 4), capacity - 1) : 0;
