/**
 * Names and texts of the kernel's error numbers. libuv, and so Node, knows those of POSIX; the kernel has more.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** What neither libuv nor `os.constants` names, as `include/uapi/asm-generic/errno.h` and `include/linux/errno.h` do. */
const OTHERS: Readonly<Record<number, readonly [code: string, text: string]>> = {
  15: ['ENOTBLK', 'block device required'],
  44: ['ECHRNG', 'channel number out of range'],
  45: ['EL2NSYNC', 'level 2 not synchronized'],
  46: ['EL3HLT', 'level 3 halted'],
  47: ['EL3RST', 'level 3 reset'],
  48: ['ELNRNG', 'link number out of range'],
  49: ['EUNATCH', 'protocol driver not attached'],
  50: ['ENOCSI', 'no CSI structure available'],
  51: ['EL2HLT', 'level 2 halted'],
  52: ['EBADE', 'invalid exchange'],
  53: ['EBADR', 'the kernel dropped a completion for want of memory'],
  54: ['EXFULL', 'exchange full'],
  55: ['ENOANO', 'no anode'],
  56: ['EBADRQC', 'invalid request code'],
  57: ['EBADSLT', 'invalid slot'],
  59: ['EBFONT', 'bad font file format'],
  60: ['ENOSTR', 'device not a stream'],
  61: ['ENODATA', 'no data available'],
  62: ['ETIME', 'the time is up'],
  63: ['ENOSR', 'out of streams resources'],
  64: ['ENONET', 'machine is not on the network'],
  65: ['ENOPKG', 'package not installed'],
  66: ['EREMOTE', 'object is remote'],
  67: ['ENOLINK', 'link has been severed'],
  68: ['EADV', 'advertise error'],
  69: ['ESRMNT', 'srmount error'],
  70: ['ECOMM', 'communication error on send'],
  72: ['EMULTIHOP', 'multihop attempted'],
  73: ['EDOTDOT', 'RFS specific error'],
  74: ['EBADMSG', 'bad message'],
  76: ['ENOTUNIQ', 'name not unique on network'],
  77: ['EBADFD', 'file descriptor in bad state'],
  78: ['EREMCHG', 'remote address changed'],
  79: ['ELIBACC', 'cannot access a needed shared library'],
  80: ['ELIBBAD', 'accessing a corrupted shared library'],
  81: ['ELIBSCN', 'section of the program corrupted'],
  82: ['ELIBMAX', 'too many shared libraries'],
  83: ['ELIBEXEC', 'cannot execute a shared library directly'],
  85: ['ERESTART', 'interrupted system call should be restarted'],
  86: ['ESTRPIPE', 'streams pipe error'],
  87: ['EUSERS', 'too many users'],
  96: ['EPFNOSUPPORT', 'protocol family not supported'],
  109: ['ETOOMANYREFS', 'too many references'],
  116: ['ESTALE', 'stale file handle'],
  117: ['EUCLEAN', 'the file system needs cleaning'],
  118: ['ENOTNAM', 'not a XENIX named type file'],
  119: ['ENAVAIL', 'no XENIX semaphores available'],
  120: ['EISNAM', 'is a named type file'],
  123: ['ENOMEDIUM', 'no medium found'],
  124: ['EMEDIUMTYPE', 'wrong medium type'],
  126: ['ENOKEY', 'required key not available'],
  127: ['EKEYEXPIRED', 'key has expired'],
  128: ['EKEYREVOKED', 'key has been revoked'],
  129: ['EKEYREJECTED', 'key was rejected by service'],
  130: ['EOWNERDEAD', 'owner died'],
  131: ['ENOTRECOVERABLE', 'state not recoverable'],
  132: ['ERFKILL', 'operation not possible due to RF-kill'],
  133: ['EHWPOISON', 'memory page has hardware error'],
  512: ['ERESTARTSYS', 'interrupted'],
  513: ['ERESTARTNOINTR', 'interrupted'],
  514: ['ERESTARTNOHAND', 'interrupted'],
  515: ['ENOIOCTLCMD', 'no such ioctl command'],
  516: ['ERESTART_RESTARTBLOCK', 'interrupted'],
  517: ['EPROBE_DEFER', 'driver requests probe retry'],
  518: ['EOPENSTALE', 'open found a stale directory entry'],
  519: ['ENOPARAM', 'parameter not supported'],
  521: ['EBADHANDLE', 'illegal NFS file handle'],
  522: ['ENOTSYNC', 'update synchronization mismatch'],
  523: ['EBADCOOKIE', 'cookie is stale'],
  524: ['ENOTSUPP', 'operation is not supported'],
  525: ['ETOOSMALL', 'buffer or request is too small'],
  526: ['ESERVERFAULT', 'an untranslatable error occurred'],
  527: ['EBADTYPE', 'type not supported by server'],
  528: ['EJUKEBOX', 'request initiated, but will not complete before the timeout'],
  529: ['EIOCBQUEUED', 'queued, and will be completed later'],
  530: ['ERECALLCONFLICT', 'conflict with recalled state'],
};

/** Node makes a new table whenever it is asked for its own. */
const texts = new Map<number, readonly [code: string, text: string]>();

/**
 * @param errno negative, as in `cqe->res`
 * @returns its name and what it says in words
 */
export function errnoText(errno: number): readonly [code: string, text: string] {
  let text = texts.get(errno);
  if (text === undefined) {
    text = lookUp(errno);
    texts.set(errno, text);
  }
  return text;
}

function lookUp(errno: number): readonly [code: string, text: string] {
  const known = getSystemErrorMap().get(errno) ?? OTHERS[-errno];
  if (known !== undefined) return known as [string, string];
  const code = Object.entries(constants.errno).find(([, value]) => value === -errno)?.[0];
  return [code ?? `E${-errno}`, `error ${-errno} of the kernel`];
}

/**
 * Whether a result is the kernel's own mark for a system call that is to be restarted after a signal. No program should see
 * it, but an operation that was interrupted in a worker of the kernel completes with it.
 */
export const isRestart = (errno: number): boolean =>
  errno === -512 || errno === -513 || errno === -514 || errno === -516;
