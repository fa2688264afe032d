/**
 * Where a kernel does not do what its contract says, each with the reason. An entry that no longer disagrees fails the
 * test, as a disagreement that is not here does.
 */

interface KnownDisagreement {
  /** The rule's name. */
  readonly rule: string;
  /** Series whose contract is meant, or `6.12 and 7.2` for what these two share. */
  readonly contracts: readonly string[];
  readonly reason: string;
}

const BUFFER_FIRST =
  'this kernel takes a buffer of the group before it looks at rw_flags, and the entry has no group to take one of: ENOBUFS';

const DESCRIPTOR_FIRST =
  'the kernel looks up the descriptor first, and the entry has none that belongs to epoll: EBADF';

const KNOWN: readonly KnownDisagreement[] = [
  {
    rule: 'READ_MULTISHOT: sqe->rw_flags may only have RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_NOWAIT, RWF_APPEND, RWF_NOAPPEND and RWF_ATOMIC [EOPNOTSUPP]',
    contracts: ['6.12'],
    reason: BUFFER_FIRST,
  },
  {
    rule: 'READ_MULTISHOT: sqe->rw_flags may only have RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_NOWAIT, RWF_APPEND, RWF_NOAPPEND, RWF_ATOMIC, RWF_DONTCACHE and RWF_NOSIGNAL [EOPNOTSUPP]',
    contracts: ['6.18'],
    reason: BUFFER_FIRST,
  },
  {
    rule: 'READ_MULTISHOT: sqe->rw_flags must not have RWF_ATOMIC [EOPNOTSUPP]',
    contracts: ['6.12', '6.18'],
    reason: BUFFER_FIRST,
  },
  {
    rule: 'READ_MULTISHOT: sqe->rw_flags must not have RWF_NOAPPEND where `unlikely((flags & RWF_APPEND) && (flags & RWF_NOAPPEND))` [EINVAL]',
    contracts: ['6.12', '6.18'],
    reason: BUFFER_FIRST,
  },
  {
    rule: 'READ_MULTISHOT: sqe->rw_flags must be 0 where `!(ctx->flags & IORING_SETUP_IOPOLL)` and `kiocb->ki_flags & IOCB_HIPRI` [EINVAL]',
    contracts: ['6.12', '6.18'],
    reason: BUFFER_FIRST,
  },
  {
    rule: 'EPOLL_CTL: sqe->len must be EPOLL_CTL_ADD, EPOLL_CTL_DEL or EPOLL_CTL_MOD [EINVAL]',
    contracts: ['6.1', '6.12', '6.18', '7.1', '7.2', '7.3'],
    reason: DESCRIPTOR_FIRST,
  },
  {
    rule: 'EPOLL_WAIT: sqe->len must be > 0 where `unlikely(ret)` [EINVAL]',
    contracts: ['6.18', '7.1', '7.2', '7.3'],
    reason: DESCRIPTOR_FIRST,
  },
  {
    rule: 'EPOLL_WAIT: refused when `maxevents <= 0 || maxevents > EP_MAX_EVENTS` where `unlikely(ret)` [EINVAL]',
    contracts: ['6.18', '7.1', '7.2', '7.3'],
    reason: DESCRIPTOR_FIRST,
  },
];

/** Names of the rules that are known to disagree, sorted. */
export function knownDisagreements(contract: string): string[] {
  return KNOWN.filter(({ contracts }) => contracts.includes(contract))
    .map(({ rule }) => rule)
    .sort();
}
