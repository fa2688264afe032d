/**
 * A memory region that holds the arguments of waits, which io_uring_enter then need not copy from the program.
 */
import { RingError, systemError } from '../errors.js';
import type { Port } from '../port/port.js';

const OPCODE = 'IORING_REGISTER_MEM_REGION';

export function registerWait(port: Port): void {
  const errno = port.native.registerWait();
  if (errno >= 0) return;
  const { code, message } = systemError(errno, 'io_uring_register', OPCODE);
  const remedy =
    'waits can be registered since Linux 6.13, with a ring opened with `disabled` and not enabled yet';
  throw new RingError(code, `${message}: ${remedy}`, { errno, syscall: 'io_uring_register', op: OPCODE });
}
