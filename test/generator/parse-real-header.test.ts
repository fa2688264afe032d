/**
 * Proves the parser against the io_uring header installed on this machine, whichever kernel it is from: what has been
 * true of every io_uring header, and exact numbers for the versions that are known.
 */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { HeaderFacts } from '../../generator/parse/index.js';
import { field, groupOf, macro, parseFile, record } from './parse-support.js';

const root = '/usr/include';
const header = `${root}/linux/io_uring.h`;
const installed = existsSync(header);
const facts = installed ? parseFile(header, { includeDirs: [root], target: nativeTriple() }) : undefined;

function nativeTriple(): string {
  return `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
}

function opcodes(all: HeaderFacts): readonly string[] {
  const members = all.enums.flatMap((fact) => fact.members);
  return members.map((member) => member.name).filter((name) => /^IORING_OP_(?!LAST)/.test(name));
}

test.runIf(installed)('layouts that no kernel may change', () => {
  expect(record(facts!, 'io_uring_sqe')).toMatchObject({ kind: 'struct', sizeBits: 512, alignBits: 64 });
  expect(record(facts!, 'io_uring_cqe')).toMatchObject({ sizeBits: 128 });
  expect(record(facts!, 'io_uring_params')).toMatchObject({ sizeBits: 960 });
  expect(field(facts!, 'io_uring_sqe', 'fd')).toMatchObject({
    offsetBits: 32,
    type: { bits: 32, signed: true },
  });
  expect(field(facts!, 'io_uring_sqe', 'user_data')).toMatchObject({ offsetBits: 256, sizeBits: 64 });
  expect(field(facts!, 'io_uring_sqe', 'buf_index').offsetBits).toBe(320);
});

test.runIf(installed)('opcodes, flags, groups and docs', () => {
  expect(opcodes(facts!).slice(0, 4)).toEqual([
    'IORING_OP_NOP',
    'IORING_OP_READV',
    'IORING_OP_WRITEV',
    'IORING_OP_FSYNC',
  ]);
  expect(macro(facts!, 'IORING_OFF_SQES').value).toMatchObject({
    value: String(0x10000000),
    bits: 64,
    signed: false,
  });
  expect(macro(facts!, 'IOSQE_IO_DRAIN').value).toMatchObject({ value: '2' });
  expect(groupOf(facts!, 'IORING_FSYNC_DATASYNC')?.mentions).toEqual(['sqe->fsync_flags']);
  expect(groupOf(facts!, 'IOSQE_IO_DRAIN')?.mentions).toEqual(['sqe->flags']);
  expect(groupOf(facts!, 'IORING_CQ_EVENTFD_DISABLED')?.mentions).toEqual(['cq_ring->flags']);
  expect(macro(facts!, 'IORING_SETUP_IOPOLL').doc).toBeTruthy();
});

test.runIf(installed && opcodes(facts!).length === 49)('the header of 6.1, exactly', () => {
  const all = facts!;
  expect(all.files.map((file) => file.include)).toEqual(['linux/io_uring.h', 'linux/time_types.h']);
  expect([
    all.enums.length,
    all.records.length,
    all.macros.length,
    all.otherMacros.length,
    all.groups.length,
  ]).toEqual([7, 27, 83, 0, 18]);
  expect(groupOf(all, 'IORING_NOTIF_USAGE_ZC_COPIED')?.mentions).toEqual(['cqe.res']);
  expect(macro(all, 'IORING_CQE_F_MORE').doc).toMatch(/^If set, parent SQE/);
  expect(field(all, 'io_uring_sqe', 'cmd').type).toMatchObject({ kind: 'array', length: 'flexible' });
});
