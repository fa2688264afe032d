/**
 * Proves the committed snapshots: each is what the snapshot command writes, the index says what they say, names are
 * known since the right kernel, and the vocabulary is there without the noise.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contractFile, contractVersions } from '../../generator/kernels/contracts.js';
import { indexOfSnapshots, indexText, loadHistory, loadIndex } from '../../generator/kernels/history.js';
import { keepVocabulary } from '../../generator/kernels/keep.js';
import { loadLibc, withLibc } from '../../generator/kernels/libc.js';
import {
  loadSnapshot,
  snapshotFolder,
  snapshotOf,
  snapshotText,
  snapshotVersions,
} from '../../generator/kernels/snapshot.js';
import { KERNEL_VOCABULARY } from '../../generator/kernels/vocabulary.js';
import { buildConstants } from '../../generator/model/constants.js';
import type { HeaderFacts } from '../../generator/parse/index.js';
import { ringsmith } from '../support/cli.js';

const versions = snapshotVersions();
const newest = loadSnapshot(versions.at(-1)!);

const constantsOf = (facts: HeaderFacts): Map<string, bigint | string | number> =>
  new Map(buildConstants(facts).map(({ name, value }) => [name, value]));

describe('the committed files', () => {
  it('are the snapshots, the contracts, the index, the C library and what differs on arm64', () => {
    const files = [...versions, 'arm64', 'index', 'libc'].map((name) => `${name}.json`);
    files.push(...contractVersions().map(contractFile));
    expect(readdirSync(snapshotFolder()).sort()).toEqual(files.sort());
  });

  it.each([...versions, 'libc'])('%s is as the snapshot command writes it', (version) => {
    const text = readFileSync(join(snapshotFolder(), `${version}.json`), 'utf8');
    const snapshot = JSON.parse(text);
    expect(snapshotText(snapshot)).toBe(text);
    expect(snapshot.kernel).toBe(version);
    expect(snapshot.source.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(text).not.toMatch(/https?:|\/home|\/tmp|\.cache/);
  });

  it('have an index in step with them', () => {
    expect(readFileSync(join(snapshotFolder(), 'index.json'), 'utf8')).toBe(indexText(indexOfSnapshots()));
    expect(loadIndex().kernels.map((item) => item.kernel)).toEqual(versions);
  });

  it('hold what the filter keeps, so that filtering again changes nothing', () => {
    for (const version of versions) {
      const { facts } = loadSnapshot(version);
      expect(keepVocabulary(facts, KERNEL_VOCABULARY)).toEqual(facts);
    }
  });
});

describe('since', () => {
  const { since, isNewest, knownOpcodes } = loadHistory();

  it.each([
    ['IORING_OP_NOP', '5.1'],
    // The oldest snapshot may have had it for long.
    ['io_uring_sqe.user_data', undefined],
    ['IORING_OP_SEND_ZC', '6.0'],
    ['IORING_SETUP_DEFER_TASKRUN', '6.1'],
    ['io_uring_sqe.addr3', '6.1 or earlier'],
    ['IORING_OP_WAITID', '6.7'],
    ['IORING_OP_FUTEX_WAIT', '6.7'],
    ['futex_waitv', '6.1 or earlier'],
    ['RWF_ATOMIC', '6.12 or earlier'],
    ['no_such_thing', undefined],
    ['constructor', undefined],
  ])('%s: %s', (name, kernel) => {
    expect(since(name)).toBe(kernel);
  });

  it('knows the newest opcodes, and newest facts from older ones', () => {
    expect(knownOpcodes.size).toBe(loadIndex().kernels.at(-1)!.opcodes);
    expect(isNewest(newest.facts)).toBe(true);
    expect(isNewest(loadSnapshot('6.1').facts)).toBe(false);
  });
});

describe('the vocabulary', () => {
  const facts = withLibc(newest.facts);
  const constants = constantsOf(facts);

  it.each([
    ['RWF_NOWAIT', 8n],
    ['SYNC_FILE_RANGE_WRITE', 2n],
    ['RENAME_NOREPLACE', 1n],
    ['O_CLOEXEC', 0o2000000n],
    ['AT_FDCWD', -100n],
    ['STATX_BASIC_STATS', 0x7ffn],
    ['RESOLVE_BENEATH', 8n],
    ['POLLIN', 1n],
    ['EPOLLET', 1n << 31n],
    ['FALLOC_FL_PUNCH_HOLE', 2n],
    ['POSIX_FADV_DONTNEED', 4n],
    ['MADV_DONTNEED', 4n],
    ['FUTEX2_SIZE_U32', 2n],
    ['P_PIDFD', 3n],
    ['WEXITED', 4n],
    ['XATTR_CREATE', 1n],
    ['SOL_SOCKET', 1n],
    ['S_IFREG', 0o100000n],
    // Of the C library.
    ['MSG_NOSIGNAL', 0x4000n],
    ['AF_INET6', 10n],
    ['SOCK_STREAM', 1n],
    ['SOCK_NONBLOCK', 0o4000n],
    ['SHUT_WR', 1n],
    ['SPLICE_F_MOVE', 1n],
    ['SCM_RIGHTS', 1n],
  ])('has %s', (name, value) => {
    expect(constants.get(name)).toBe(value);
  });

  it.each([
    ['open_how', 24],
    ['statx', 256],
    ['__kernel_timespec', 16],
    ['iovec', 16],
    ['sockaddr_in', 16],
    ['sockaddr_in6', 28],
    ['sockaddr_un', 110],
    ['epoll_event', 12],
    ['futex_waitv', 24],
    ['siginfo', 128],
    ['msghdr', 56],
    ['cmsghdr', 16],
    ['sockaddr_storage', 128],
  ])('has struct %s, %d bytes', (name, bytes) => {
    expect(facts.records.find((record) => record.name === name)?.sizeBits).toBe(bytes * 8);
  });

  it('has every record that its records contain', () => {
    const known = new Set(facts.records.map((record) => record.name));
    const inside = JSON.stringify(facts.records).matchAll(/\{"kind":"record","name":"([^"]+)"/g);
    expect([...inside].map((match) => match[1]!).filter((name) => !known.has(name))).toEqual([]);
  });

  it('has no ioctl numbers, protocol lists or other noise', () => {
    const noise =
      /^(BLK|FS_|FI|IPPROTO|IP_|IPV6_|MCAST|F_|LOCK_|PROT_|MAP_|SI_|ILL_|PF_|XATTR_NAME|FUTEX_WAKE)/;
    expect([...constants.keys()].filter((name) => noise.test(name))).toEqual([]);
  });

  it('keeps the meaning that the kernel gives to a name, and the order of its own files', () => {
    const libc = loadLibc()!.facts;
    const twice = withLibc(facts, libc);
    expect(twice.macros).toHaveLength(facts.macros.length);
    expect(twice.records).toHaveLength(facts.records.length);
    expect(facts.files.slice(0, newest.facts.files.length)).toEqual(newest.facts.files);
    const msghdr = facts.records.find((record) => record.name === 'msghdr')!;
    expect(facts.files[msghdr.location.file]?.include).toBe('bits/socket.h');
    const changed = { ...newest.facts, macros: [{ ...newest.facts.macros[0]!, name: 'MSG_OOB' }] };
    expect(
      withLibc(changed, libc).enums.flatMap((fact) => fact.members.map((member) => member.name)),
    ).not.toContain('MSG_OOB');
  });
});

describe('the command line', () => {
  it('lists the kernels and where each came from', () => {
    const { stdout, code } = ringsmith(['kernels']);
    expect(code).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    for (const version of versions) {
      const { source } = loadSnapshot(version);
      const from = rows.find(([kernel]) => kernel === version)?.[2];
      expect(from?.startsWith(`${source.package} ${source.version}`)).toBe(true);
    }
    expect(JSON.parse(ringsmith(['kernels', '--json']).stdout).kernels).toEqual(loadIndex().kernels);
  });

  it('takes a release for its series when it is the one that was read', () => {
    const release = newest.source.version.split('-')[0]!;
    expect(snapshotOf(release)).toBe(newest.kernel);
    expect(snapshotOf(`${newest.kernel}.9999`)).toBeUndefined();
  });

  it('refuses a word that is no version', () => {
    expect(ringsmith(['generate', '--kernel', '../6.12']).stderr).toContain('is no kernel version');
  });
});
