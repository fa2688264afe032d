/**
 * Proves that records become facts with absolute bit offsets: nested anonymous records, packing, bit fields, flexible
 * arrays in all their spellings, and names for records that have no tag.
 */
import { expect, test } from 'vitest';
import { field, parse, record } from './parse-support.js';

test('offsets add up through nested anonymous records', () => {
  const facts = parse(`struct outer {
    __u32 first;
    union {
      __u64 whole;
      struct { __u32 low; union { __u32 high; __u16 top; }; };
    };
  };`);
  const outer = record(facts, 'outer');
  expect(outer).toMatchObject({ kind: 'struct', sizeBits: 128, alignBits: 64 });
  expect(outer.members.map((member) => member.kind)).toEqual(['field', 'union']);
  expect(outer.members[1]).toMatchObject({ offsetBits: 64, sizeBits: 64 });
  expect(field(facts, 'outer', 'whole')).toMatchObject({ offsetBits: 64, sizeBits: 64 });
  expect(field(facts, 'outer', 'high')).toMatchObject({ offsetBits: 96, sizeBits: 32 });
  expect(field(facts, 'outer', 'top')).toMatchObject({ offsetBits: 96, sizeBits: 16 });
});

test('an anonymous record is no record of its own', () => {
  const facts = parse('struct outer { union { __u8 a; __u16 b; }; };');
  expect(facts.records.map((fact) => fact.name)).toEqual(['outer', 'io_uring_sqe']);
});

test('packed records are marked, by attribute and by pragma, and others are not', () => {
  const facts = parse(`struct by_attribute { __u8 a; __u64 b; } __attribute__((packed));
    #pragma pack(push, 1)
    struct by_pragma { __u8 a; __u64 b; };
    #pragma pack(pop)
    struct plain { __u8 a; __u64 b; };
    struct within { __u16 a; union { __u32 b; __u16 c; } __attribute__((packed)); };`);
  expect(record(facts, 'by_attribute')).toMatchObject({ packed: true, sizeBits: 72, alignBits: 8 });
  expect(record(facts, 'by_pragma')).toMatchObject({ packed: true, sizeBits: 72 });
  expect(record(facts, 'plain')).not.toHaveProperty('packed');
  expect(record(facts, 'within').members[1]).toMatchObject({ kind: 'union', packed: true, offsetBits: 16 });
});

test('x[0], x[] and __DECLARE_FLEX_ARRAY are flexible, and the empty helper record is dropped', () => {
  const facts = parse(`struct zero { __u32 n; __u8 data[0]; };
    struct open { __u32 n; struct zero items[]; };
    struct declared { __u32 n; __DECLARE_FLEX_ARRAY(__u64, tail); };
    struct fixed { __u16 grid[2][3]; };`);
  expect(field(facts, 'zero', 'data')).toMatchObject({
    sizeBits: 0,
    type: { kind: 'array', length: 'flexible' },
  });
  expect(field(facts, 'open', 'items').type).toMatchObject({
    length: 'flexible',
    element: { kind: 'record', name: 'zero', record: 'struct' },
  });
  expect(record(facts, 'declared').members).toHaveLength(2);
  expect(record(facts, 'declared').members[1]).toMatchObject({
    kind: 'struct',
    members: [{ kind: 'field', name: 'tail', offsetBits: 64, type: { length: 'flexible' } }],
  });
  expect(field(facts, 'fixed', 'grid')).toMatchObject({
    sizeBits: 96,
    type: { kind: 'array', length: 2, element: { kind: 'array', length: 3 } },
  });
});

test('bit fields carry their width, and unnamed ones are padding', () => {
  const facts = parse('struct bits { __u32 low : 3; __u32 : 5; __u32 high : 8; };');
  expect(record(facts, 'bits').members).toHaveLength(2);
  expect(field(facts, 'bits', 'low')).toMatchObject({ offsetBits: 0, sizeBits: 3, bitFieldWidth: 3 });
  expect(field(facts, 'bits', 'high')).toMatchObject({ offsetBits: 8, sizeBits: 8, bitFieldWidth: 8 });
});

test('a record without a tag is named after its field or its typedef', () => {
  const facts = parse(`typedef struct { __u32 a; } alias_t;
    struct outer {
      union { struct { __u8 x; } point; struct tagged { __u8 y; } other; };
      struct { __u16 z; } list[4];
      alias_t alias;
    };`);
  expect(facts.records.map((fact) => fact.name)).toEqual([
    'alias_t',
    'outer',
    'outer__point',
    'tagged',
    'outer__list',
    'io_uring_sqe',
  ]);
  expect(field(facts, 'outer', 'point').type).toMatchObject({
    kind: 'record',
    name: 'outer__point',
    spelling: 'struct outer__point',
  });
  expect(field(facts, 'outer', 'list').type).toMatchObject({
    kind: 'array',
    length: 4,
    element: { name: 'outer__list' },
    spelling: 'struct outer__list[4]',
  });
  expect(field(facts, 'outer', 'alias').type).toMatchObject({ kind: 'record', name: 'alias_t' });
  expect(field(facts, 'outer__point', 'x').offsetBits).toBe(0);
  expect(facts.typedefs).toEqual([
    { name: 'alias_t', type: 'struct alias_t', location: { file: 0, line: 2 } },
  ]);
});

test('types are reduced to bytes and keep their spelling', () => {
  const facts = parse(`enum colour { RED = -1, GREEN };
    struct typed { __kernel_rwf_t flags; __u64 *where; enum colour colour; _Bool yes; char letter; long word; };`);
  const type = (name: string): unknown => field(facts, 'typed', name).type;
  expect(type('flags')).toEqual({ kind: 'int', bits: 32, signed: true, spelling: '__kernel_rwf_t' });
  expect(type('where')).toEqual({ kind: 'pointer', pointee: '__u64', bits: 64, spelling: '__u64 *' });
  expect(type('colour')).toMatchObject({ kind: 'enum', name: 'colour', bits: 32, signed: true });
  expect(type('yes')).toMatchObject({ kind: 'int', bits: 8, signed: false });
  expect(type('letter')).toMatchObject({ kind: 'int', bits: 8, signed: true });
  expect(type('word')).toMatchObject({ kind: 'int', bits: 64, signed: true });
});
