/**
 * Proves that records of bit fields have members that read and write the bits gcc reads and writes, and that C++ takes
 * their declarations: zero-width and unnamed ones, signed ones, packed and over-aligned records, nested and anonymous ones.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { INSTALLED_HEADER, ROOT, ringsmith, temporaryFolder } from '../support/cli.js';

const RECORDS = `
struct io_uring_bf { __u32 x:3; __u32 y:5; __s32 z:24; __u64 w:40; __u64 :0; __u8 t:1; };
struct io_uring_bf_packed { __u8 a; __u32 wide:30; __u64 far:50; __u16 :3; __s8 s:2; } __attribute__((packed));
struct io_uring_bf_gaps { __u8 a; __u32 :0; __u8 b; __u32 :16; __u8 c; };
struct io_uring_bf_aligned { __u8 a; __u32 b __attribute__((aligned(16))); __u8 c; };
struct io_uring_bf_both { __u8 a; __u32 b; } __attribute__((packed, aligned(4)));
struct io_uring_bf_nested { __u8 q; struct { __u32 m:4; __u32 :0; __u8 n; }; union { __u32 all; struct { __u32 lo:12; __u32 hi:20; }; }; struct io_uring_bf inner; __u32 tail[]; };
union io_uring_bf_union { __u32 one:1; __u64 many:63; };
struct io_uring_bf_only_gap { __u32 :7; __u32 v; };
`;

const CASES: readonly (readonly [
  record: string,
  layout: string,
  values: Readonly<Record<string, bigint>>,
])[] = [
  ['struct io_uring_bf', 'ioUringBf', { x: 5n, y: 19n, z: -4321n, w: 0x9a_bcde_f012n, t: 1n }],
  [
    'struct io_uring_bf_packed',
    'ioUringBfPacked',
    { a: 200n, wide: 0x2345_6789n, far: 0x3_1234_5678_9abcn, s: -2n },
  ],
  ['struct io_uring_bf_nested', 'ioUringBfNested', { q: 7n, m: 9n, n: 250n, lo: 0xabcn, hi: 0xdef01n }],
  ['union io_uring_bf_union', 'ioUringBfUnion', { many: 0x7123_4567_89ab_cdefn }],
];

it('records of bit fields are what gcc makes of them', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'linux'));
  const header = join(folder, 'linux', 'io_uring.h');
  const text = readFileSync(INSTALLED_HEADER, 'utf8').replace(/#endif\s*$/, `${RECORDS}#endif\n`);
  writeFileSync(header, text);
  // Inside the checkout, so that the package finds ringsmith.
  const out = mkdtempSync(join(ROOT, 'node_modules', '.bits-'));
  try {
    const { code, stderr } = ringsmith(['generate', '--header', header, '--out', out]);
    expect(code, stderr).toBe(0);
    const cc = join(folder, 'abi.cc');
    writeFileSync(cc, `#include "${join(out, 'native', 'abi.h')}"\nint main() { return 0; }\n`);
    const cxx = spawnSync('g++', ['-std=c++20', '-fsyntax-only', cc], { encoding: 'utf8' });
    expect(cxx.status, cxx.stderr).toBe(0);
    const layouts = (await import(pathToFileURL(join(out, 'abi', 'layouts.js')).href)) as Record<
      string,
      never
    >;
    const { encodeRecord, readRecord } = (await import(
      pathToFileURL(join(ROOT, 'dist', 'runtime', 'seam.js')).href
    )) as typeof import('../../runtime/seam.js');
    for (const [record, name, values] of CASES) {
      const sets = Object.entries(values).map(([member, value]) => `v.${member} = ${value}LL;`);
      const source = `#include <stdio.h>\n#include <string.h>\n#include "${header}"\nint main(void) { ${record} v; memset(&v, 0, sizeof v); ${sets.join(' ')} for (unsigned i = 0; i < sizeof v; i++) printf("%02x", ((unsigned char *)&v)[i]); }`;
      const gcc = spawnSync('gcc', ['-w', '-xc', '-', '-o', join(folder, name)], {
        input: source,
        encoding: 'utf8',
      });
      expect(gcc.status, gcc.stderr).toBe(0);
      const hex = spawnSync(join(folder, name), { encoding: 'utf8' }).stdout;
      const layout = layouts[`${name}Layout`]!;
      expect(Buffer.from(encodeRecord(layout, values as never)).toString('hex'), record).toBe(hex);
      const read = readRecord(layout, Buffer.from(hex, 'hex')) as Record<string, number | bigint>;
      for (const [member, value] of Object.entries(values)) expect(BigInt(read[member]!), member).toBe(value);
      expect(() => encodeRecord(layout, { [Object.keys(values)[0]!]: 2n ** 63n } as never)).toThrow(
        RangeError,
      );
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
