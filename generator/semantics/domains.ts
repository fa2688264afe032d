/**
 * What the values of an integer are called where no C enum and no group of io_uring.h says it: constants of other headers
 * that belong together. Each becomes a TypeScript enum, so that arguments are typed by it.
 */
export interface DomainRow {
  /** Of the constants. */
  readonly members: RegExp;
  readonly doc: string;
  /** Domains whose constants are values of it as well. */
  readonly also?: readonly string[];
  /** Bits that belong to it and that the headers have no constant for. */
  readonly unnamed?: bigint;
}

export const DOMAINS = {
  access_flags: { members: /^AT_(?!FDCWD|RENAME_|HANDLE_|EXECVE_)/, doc: 'How a path is resolved: AT_*.' },
  epoll_control: { members: /^EPOLL_CTL_/, doc: 'What epoll_ctl(2) does.' },
  epoll_events: { members: /^EPOLL(?!_CTL_|_CLOEXEC)/, doc: 'Events and modes of epoll_ctl(2).' },
  fallocate_mode: { members: /^FALLOC_FL_/, doc: 'Modes of fallocate(2).' },
  file_advice: { members: /^POSIX_FADV_/, doc: 'Advice of posix_fadvise(2).' },
  futex2_flags: { members: /^FUTEX2_/, doc: 'Size and scope of a futex.' },
  memory_advice: { members: /^MADV_/, doc: 'Advice of madvise(2).' },
  message_flags: { members: /^MSG_/, doc: 'Flags of send(2) and recv(2).' },
  // O_ASYNC is FASYNC in the kernel's headers.
  open_flags: { members: /^O_/, doc: 'Flags of open(2).', unnamed: 0x2000n },
  poll_events: {
    members: /^POLL(?!FREE|REMOVE|_BUSY)/,
    doc: 'Events of poll(2).',
    // The same events by other names, and the modes that a wait of the ring may have.
    also: ['epoll_events'],
  },
  read_write_flags: { members: /^RWF_/, doc: 'Flags of preadv2(2) and pwritev2(2).' },
  rename_flags: { members: /^RENAME_/, doc: 'Flags of renameat2(2).' },
  resolve_flags: { members: /^RESOLVE_/, doc: 'How openat2(2) resolves a path.' },
  shutdown_how: { members: /^SHUT_/, doc: 'Directions of shutdown(2).' },
  socket_type: { members: /^SOCK_/, doc: 'Types of socket(2), and flags beside them.' },
  splice_flags: { members: /^SPLICE_F_/, doc: 'Flags of splice(2) and tee(2).' },
  statx_mask: { members: /^STATX_(?!ATTR_)/, doc: 'What statx(2) is asked for.' },
  sync_range_flags: { members: /^SYNC_FILE_RANGE_/, doc: 'Flags of sync_file_range(2).' },
  wait_id_type: { members: /^P_/, doc: 'What waitid(2) waits for.' },
  // __WNOTHREAD, __WALL and __WCLONE, whose names are the implementation's.
  wait_options: { members: /^W[A-Z]+$/, doc: 'Options of waitid(2).', unnamed: 0xe0000000n },
  xattr_flags: { members: /^XATTR_/, doc: 'Flags of setxattr(2).' },
} as const satisfies Record<string, DomainRow>;

/** Enums of the headers that rows name as they name domains. */
type HeaderEnum = 'opcode' | 'io_uring_msg_ring_flags' | 'af_flags';

export type DomainName = keyof typeof DOMAINS | HeaderEnum;

/** Values of which one is given, and not bits that go together. */
export interface ChoiceRow {
  /** The bits that hold the value, where others beside them are bits of their own. Default: all of them. */
  readonly mask?: bigint;
  /** Constants that are no values: masks. */
  readonly except?: RegExp;
}

/**
 * Families that are enumerations, wholly or in some of their bits. A value that the headers have no constant for is
 * refused before it is submitted, also where a newer kernel may know one (advice, address families, opcodes): what the
 * kernel does with such a value nobody can say here, and `submitRaw` takes every value.
 *
 * Not among them: commands of URING_CMD, whose numbers the driver gives; access modes, of which Linux has all four
 * (`O_ACCMODE` by itself asks for neither reading nor writing); clocks of timeouts and flags of renames and attributes,
 * whose pairs the kernel's own rules refuse.
 */
export const CHOICES: Readonly<Partial<Record<DomainName, ChoiceRow>>> = {
  // AT_STATX_*SYNC*: as the file system likes, or at any rate, or not at all.
  access_flags: { mask: 0x6000n, except: /_TYPE$/ },
  af_flags: {},
  epoll_control: {},
  // What is done with the range; the rest says how.
  fallocate_mode: { mask: 0xfan },
  file_advice: {},
  io_uring_msg_ring_flags: {},
  memory_advice: {},
  opcode: {},
  shutdown_how: {},
  socket_type: { mask: 0xfn },
  wait_id_type: {},
};

/** Bits that are no constants of a header. */
interface PlainBits {
  readonly bits: bigint;
  readonly called: string;
}

/** Members of records that the kernel reads whose values are flags, by the record and the member as C spells them. */
export const RECORD_MEMBERS: Readonly<Record<string, Readonly<Record<string, DomainName | PlainBits>>>> = {
  open_how: {
    flags: 'open_flags',
    mode: { bits: 0o7777n, called: 'the permissions up to 0o7777' },
    resolve: 'resolve_flags',
  },
  futex_waitv: { flags: 'futex2_flags' },
  epoll_event: { events: 'epoll_events' },
};
