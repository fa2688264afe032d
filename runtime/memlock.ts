/**
 * What a refusal for want of lockable memory means: the limit, its value, and the remedy. Read only once something failed.
 */
import { readFileSync } from 'node:fs';

/** Bit of CAP_IPC_LOCK, with which the limit does not count. */
const CAP_IPC_LOCK = 14n;

/** Opcodes that pin the memory they send. */
const PINNING: ReadonlySet<string> = new Set([
  'IORING_OP_SEND_ZC',
  'IORING_OP_SENDMSG_ZC',
  'IORING_OP_RECV_ZC',
]);

/** Calls that set up a ring, or register something with it. */
const CALLS: ReadonlySet<string> = new Set(['io_uring_setup', 'io_uring_register', 'mmap']);

const field = (file: string, pattern: RegExp): string | undefined => {
  try {
    return pattern.exec(readFileSync(file, 'utf8'))?.[1];
  } catch {
    // Without /proc the limit is named all the same.
    return undefined;
  }
};

const inWords = (bytes: string): string => {
  const kib = Number(bytes) / 1024;
  return kib >= 1024 ? `${Math.round((kib / 1024) * 10) / 10} MiB` : `${Math.round(kib * 10) / 10} KiB`;
};

/**
 * The remedy for ENOMEM.
 * @param syscall what failed
 * @param op the opcode, where an operation or a registration failed
 * @returns undefined when the limit has nothing to do with it
 */
export function memlockRemedy(syscall: string, op: string | undefined): string | undefined {
  if (!CALLS.has(syscall) && !PINNING.has(op ?? '')) return undefined;
  const capabilities = field('/proc/self/status', /^CapEff:\s*([0-9a-f]+)/m);
  if (capabilities !== undefined && ((BigInt(`0x${capabilities}`) >> CAP_IPC_LOCK) & 1n) === 1n)
    return undefined;
  const limit = field('/proc/self/limits', /^Max locked memory\s+(\S+)/m);
  if (limit === 'unlimited') return undefined;
  const value = limit === undefined ? '' : ` is ${inWords(limit)} for all rings of this user together and`;
  return `RLIMIT_MEMLOCK${value} leaves no room for it: raise it (ulimit -l, LimitMEMLOCK= of the systemd unit), give the process CAP_IPC_LOCK, or ask for less at a time`;
}
