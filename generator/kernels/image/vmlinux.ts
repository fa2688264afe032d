/**
 * A bootable kernel (`vmlinuz`) → the types it was built with: its .BTF section, which the kernel carries for BPF.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../problem.js';

const SECTOR = 512;
const LARGEST_KERNEL = 1 << 29;
/** Places in the header of the x86 boot protocol, 2.08 and later. */
const BOOT = { sectors: 0x1f1, magic: 0x202, payloadOffset: 0x248, payloadLength: 0x24c };

/** How the first bytes of a compressed kernel tell its compression, and what dpkg calls that. */
const COMPRESSIONS: readonly { readonly magic: string; readonly suffix: string }[] = [
  { magic: '28b52ffd', suffix: 'zst' },
  { magic: 'fd377a58', suffix: 'xz' },
  { magic: '1f8b', suffix: 'gz' },
];

function unusable(file: string, what: string): Problem {
  return new Problem({
    code: 'IMAGE_UNUSABLE',
    what: `the kernel image ${what}`,
    where: { file },
    consequence: 'its types cannot be read',
    remedy: "give the kernel's headers with --package, --header or --tag",
  });
}

/** A member of an ar archive: a header of 60 characters, then the data, padded to an even length. */
function arMember(name: string, data: Uint8Array): Buffer {
  const fields: [text: string, width: number][] = [
    [name, 16],
    ['0', 12],
    ['0', 6],
    ['0', 6],
    ['100644', 8],
  ];
  const header = fields.map(([text, width]) => text.padEnd(width)).join('');
  const padding = data.length % 2 === 0 ? '' : '\n';
  return Buffer.concat([
    Buffer.from(`${header}${String(data.length).padEnd(10)}\`\n`),
    data,
    Buffer.from(padding),
  ]);
}

/**
 * Node 20 has neither zstd nor xz, but dpkg-deb has both: what it prints as the contents of a package is the member
 * `data.tar.*` unpacked, whatever is in it.
 */
function decompress(payload: Uint8Array, suffix: string, work: string): Buffer {
  const file = join(work, 'payload.deb');
  const members = [
    arMember('debian-binary', Buffer.from('2.0\n')),
    arMember('control.tar', Buffer.alloc(1024)),
    arMember(`data.tar.${suffix}`, payload),
  ];
  writeFileSync(file, Buffer.concat([Buffer.from('!<arch>\n'), ...members]));
  const result = spawnSync('dpkg-deb', ['--fsys-tarfile', file], {
    maxBuffer: LARGEST_KERNEL,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  rmSync(file);
  if (result.error !== undefined || result.stdout.length === 0) {
    throw unusable(file, `cannot be decompressed: ${result.error?.message ?? result.stderr.toString()}`);
  }
  return result.stdout;
}

function elfSection(elf: Buffer, name: string): Buffer | undefined {
  const table = Number(elf.readBigUInt64LE(0x28));
  const [entryBytes, count, namesIndex] = [
    elf.readUInt16LE(0x3a),
    elf.readUInt16LE(0x3c),
    elf.readUInt16LE(0x3e),
  ];
  const section = (index: number): { name: number; start: number; bytes: number } => {
    const at = table + index * entryBytes;
    return {
      name: elf.readUInt32LE(at),
      start: Number(elf.readBigUInt64LE(at + 24)),
      bytes: Number(elf.readBigUInt64LE(at + 32)),
    };
  };
  const names = section(namesIndex).start;
  for (let index = 0; index < count; index += 1) {
    const found = section(index);
    const start = names + found.name;
    if (elf.toString('latin1', start, elf.indexOf(0, start)) === name) {
      return elf.subarray(found.start, found.start + found.bytes);
    }
  }
  return undefined;
}

/** @param file a `vmlinuz` of x86. @param work a folder for a file in between */
export function readBtfSection(file: string, work: string): Buffer {
  const image = readFileSync(file);
  if (image.toString('latin1', BOOT.magic, BOOT.magic + 4) !== 'HdrS') throw unusable(file, 'is none of x86');
  const start = (image[BOOT.sectors]! + 1) * SECTOR + image.readUInt32LE(BOOT.payloadOffset);
  // The length counts four bytes that follow the compressed data: its length when unpacked.
  const payload = image.subarray(start, start + image.readUInt32LE(BOOT.payloadLength) - 4);
  const compression = COMPRESSIONS.find(({ magic }) => payload.toString('hex', 0, 4).startsWith(magic));
  if (compression === undefined) throw unusable(file, 'is compressed in a way that ringsmith does not know');
  const elf = decompress(payload, compression.suffix, work);
  if (elf.toString('latin1', 1, 4) !== 'ELF') throw unusable(file, 'holds no ELF kernel');
  const btf = elfSection(elf, '.BTF');
  if (btf === undefined) throw unusable(file, 'was built without BTF');
  return btf;
}

/** The `vmlinuz` of an unpacked package: below /boot, or since 7.2 beside its modules. */
export function findImage(unpacked: string): string {
  const modules = join(unpacked, 'usr', 'lib', 'modules');
  const kernels = existsSync(modules) ? readdirSync(modules).map((name) => join(modules, name)) : [];
  const folders = [join(unpacked, 'boot'), ...kernels].filter((folder) => existsSync(folder));
  const image = folders
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .find((path) => /\/vmlinuz[^/]*$/.test(path));
  if (image === undefined) throw unusable(unpacked, 'is not in the package');
  return image;
}
