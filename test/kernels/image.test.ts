/**
 * Proves that a kernel known by its image alone is told exactly: types from the image's BTF, macros only where an older
 * and a newer kernel agree, and nothing that the image does not have.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadIndex } from '../../generator/kernels/history.js';
import { BtfTypes } from '../../generator/kernels/image/btf.js';
import { composeFacts } from '../../generator/kernels/image/compose.js';
import { readBtfSection } from '../../generator/kernels/image/vmlinux.js';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import { parse, record } from '../generator/parse-support.js';
import { ringsmith, temporaryFolder } from '../support/cli.js';
import { hasProgram } from '../support/programs.js';
import { BtfWriter, vmlinuz } from './image-support.js';
import { problemOf } from './kernels-support.js';

const OLDER = `
#define KEPT 1
#define CHANGED 1
#define GONE 1
enum io_uring_thing { IORING_A };
struct unused { __u32 x; };
struct changed_unused { __u32 x; };
`;

const NEWER = `
/*
 * sqe->thing_flags
 */
#define KEPT 1
#define CHANGED 3
#define NEW 1
#define ASKED 2
enum io_uring_thing {
	IORING_A,	/* the first */
	IORING_MIDDLE,
	IORING_LATE,
	IORING_HUGE = 0x100000000ULL,
};
enum { NEVER_USED = 5 };
struct unused { __u32 x; };
struct changed_unused { __u32 x, y; };
struct inner { __u16 a, b; };
struct thing {
	__u64	addr;	/* where */
	union {
		__u32	len;
		__u32	size;	/* another name */
	};
	struct inner	inner;
	__u64	late;
	__u8	data[];
} __attribute__((aligned(16)));
struct tight { __u8 a; __u64 b; } __attribute__((packed));
`;

/** The kernel in between: no `late`, no NEW, an enumerator more that was renamed since. */
function middle(): BtfTypes {
  const btf = new BtfWriter();
  const u8 = btf.typedef('__u8', btf.int('unsigned char', 1));
  const u16 = btf.typedef('__u16', btf.int('unsigned short', 2));
  const u32 = btf.typedef('__u32', btf.int('unsigned int', 4));
  const u64 = btf.typedef('__u64', btf.int('unsigned long long', 8));
  const inner = btf.record('struct', 'inner', 4, [
    ['a', u16, 0],
    ['b', u16, 16],
  ]);
  const either = btf.record('union', '', 4, [
    ['len', u32, 0],
    ['size', u32, 0],
  ]);
  btf.record('struct', 'thing', 32, [
    ['addr', u64, 0],
    ['', either, 64],
    ['inner', inner, 96],
    ['old', btf.pointer(u8), 128],
    ['data', btf.array(u8, 0), 192],
  ]);
  btf.record('struct', 'tight', 9, [
    ['a', u8, 0],
    ['b', u64, 8],
  ]);
  btf.record('struct', 'io_uring_sqe', 1, [
    ['low', u8, 0, 4],
    ['high', u8, 4, 4],
  ]);
  btf.enum('io_uring_thing', { IORING_A: 0, IORING_MIDDLE: 1, IORING_RENAMED: 2 });
  btf.enum('io_uring_op', { IORING_OP_NOP: 0, IORING_OP_LAST: 1 });
  return new BtfTypes(btf.finish());
}

describe('a kernel between two with headers', () => {
  const measured = new Set(['ASKED']);
  const facts = composeFacts({ older: parse(OLDER), newer: parse(NEWER), measured }, middle());

  it('has the enumerators of its image, documented as in the newer header', () => {
    const thing = facts.enums.find((fact) => fact.name === 'io_uring_thing')!;
    expect(thing.members.map(({ name, value, doc }) => [name, value, doc])).toEqual([
      ['IORING_A', '0', 'the first'],
      ['IORING_MIDDLE', '1', undefined],
      ['IORING_RENAMED', '2', undefined],
    ]);
    expect(JSON.stringify(facts)).not.toContain('NEVER_USED');
  });

  it('has the macros that both neighbours have, with the same value, and those it was asked for', () => {
    expect(facts.macros.map((macro) => macro.name)).toEqual(['KEPT', 'ASKED']);
    expect(facts.groups.map((group) => group.mentions)).toEqual([['sqe->thing_flags']]);
  });

  it('has the records of its image, member by member', () => {
    const thing = record(facts, 'thing');
    expect(thing.sizeBits).toBe(256);
    expect(thing.members.map((member) => (member.kind === 'field' ? member.name : member.kind))).toEqual([
      'addr',
      'union',
      'inner',
      'old',
      'data',
    ]);
    expect(thing.members[0]).toMatchObject({ doc: 'where', type: { kind: 'int', spelling: '__u64' } });
    expect(thing.members[1]).toMatchObject({
      offsetBits: 64,
      members: [{ name: 'len' }, { doc: 'another name' }],
    });
    expect(thing.members[3]).toMatchObject({
      offsetBits: 128,
      type: { kind: 'pointer', spelling: '__u8 *' },
    });
    expect(thing.members[4]).toMatchObject({ offsetBits: 192, type: { kind: 'array', length: 'flexible' } });
    expect(record(facts, 'tight')).toMatchObject({ sizeBits: 72, alignBits: 8, packed: true });
    expect(record(facts, 'io_uring_sqe').members[1]).toMatchObject({
      offsetBits: 4,
      sizeBits: 4,
      bitFieldWidth: 4,
    });
  });

  it('has a record that no image has when both neighbours have it unchanged', () => {
    const names = facts.records.map((item) => item.name);
    expect(names).toContain('unused');
    expect(names).not.toContain('changed_unused');
  });
});

describe('a kernel image', () => {
  beforeEach((context) => {
    if (!hasProgram('dpkg-deb')) context.skip('the machine has no dpkg-deb');
  });

  const read = (bytes: Buffer): Buffer => {
    const folder = temporaryFolder();
    const file = join(folder, 'vmlinuz');
    writeFileSync(file, bytes);
    return readBtfSection(file, folder);
  };

  it('gives its types', () => {
    const btf = new BtfWriter();
    btf.enum64('wide', { BIG: 1n << 40n });
    const types = new BtfTypes(read(vmlinuz(btf.finish())));
    expect(types.enumWith('BIG')?.members).toEqual([{ name: 'BIG', value: 1n << 40n }]);
  });

  it.each([
    ['is no image', Buffer.alloc(4096), 'none of x86'],
    ['has no BTF', vmlinuz(Buffer.from('x'), '.text'), 'without BTF'],
    ['is compressed otherwise', vmlinuz(Buffer.from('x')).fill(0, 1040, 1048), 'does not know'],
  ])('that %s is a Problem', async (_, bytes, what) => {
    const problem = await problemOf(() => read(bytes));
    expect([problem.code, problem.what]).toEqual(['IMAGE_UNUSABLE', expect.stringContaining(what)]);
  });
});

describe('the committed snapshots', () => {
  const composed = loadIndex().kernels.filter((item) => item.between !== undefined);

  it.each(composed.map((item) => item.kernel))(
    '%s says what it was made from, and can be generated from',
    (kernel) => {
      const { source } = loadSnapshot(kernel);
      for (const neighbour of source.between!) expect(loadSnapshot(neighbour).source.between).toBeUndefined();
      const out = join(temporaryFolder(), 'package');
      const { code, stderr } = ringsmith(['generate', '--kernel', kernel, '--out', out]);
      expect(code, stderr).toBe(0);
    },
  );

  it('date what came between kernels with headers', () => {
    const { since } = loadIndex();
    const dates = ['IORING_OP_RECV_ZC', 'IORING_OP_PIPE', 'IORING_OP_NOP128', 'IORING_OP_URING_CMD128'].map(
      (name) => since[name],
    );
    expect(dates).toEqual(['6.16', '6.16', '6.19', '6.19']);
  });
});
