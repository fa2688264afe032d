/**
 * Socket addresses as programs write them, turned into `struct sockaddr_in`, `sockaddr_in6` and `sockaddr_un`.
 */

import { isIPv4, isIPv6 } from 'node:net';
import { wrongType } from './known-names.js';
import { anything, type Check, integer, Shape } from './options.js';

/** Where to connect, bind or send to. An abstract Unix address starts with a NUL byte. */
export type SocketAddress =
  | { readonly host: string; readonly port: number; readonly flowInfo?: number; readonly scopeId?: number }
  | { readonly path: string };

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const UNIX_PATH_BYTES = 108;

function invalid(message: string): never {
  throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

function ipv6Groups(host: string): number[] {
  // The last group may be a dotted IPv4 address.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : host;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const left = groups(head);
  if (tail === undefined) return left;
  const right = groups(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path, 'utf8');
  const abstract = name[0] === 0;
  if (name.length === 0 || name.length > UNIX_PATH_BYTES - (abstract ? 0 : 1)) {
    invalid(`a Unix socket path has 1 to ${UNIX_PATH_BYTES - 1} bytes; got ${name.length}`);
  }
  if (!abstract && name.includes(0)) invalid('a Unix socket path must not contain NUL bytes');
  const bytes = Buffer.alloc(2 + name.length + (abstract ? 0 : 1));
  bytes.writeUInt16LE(AF_UNIX, 0);
  name.copy(bytes, 2);
  return bytes;
}

const text: Check = (value, what) => {
  if (typeof value !== 'string') throw wrongType(what, 'a string', value);
};
const UNIX = new Shape({ path: text });
const INTERNET = new Shape({
  host: text,
  port: anything,
  flowInfo: integer(0, 2 ** 32 - 1),
  scopeId: integer(0, 2 ** 32 - 1),
});

/** The bytes of the sockaddr structure. */
export function encodeSocketAddress(address: SocketAddress): Uint8Array {
  const isUnix = typeof address === 'object' && address !== null && 'path' in address;
  (isUnix ? UNIX : INTERNET).required(address, 'address');
  if ('path' in address) return unixAddress(address.path);
  const { host, port } = address;
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    invalid(`port must be from 0 to 65535; got ${port}`);
  if (isIPv4(host)) {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt16LE(AF_INET, 0);
    bytes.writeUInt16BE(port, 2);
    host.split('.').forEach((part, index) => {
      bytes[4 + index] = Number(part);
    });
    return bytes;
  }
  if (!isIPv6(host) || host.includes('%')) {
    invalid(
      `host must be an IPv4 or IPv6 address, since the kernel resolves no names; got ${JSON.stringify(host)}`,
    );
  }
  const bytes = Buffer.alloc(28);
  bytes.writeUInt16LE(AF_INET6, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(address.flowInfo ?? 0, 4);
  ipv6Groups(host).forEach((group, index) => {
    bytes.writeUInt16BE(group, 8 + index * 2);
  });
  bytes.writeUInt32LE(address.scopeId ?? 0, 24);
  return bytes;
}

/** The family (AF_*) of an encoded address. */
export const familyOf = (bytes: Uint8Array): number => bytes[0]! | (bytes[1]! << 8);

/** Bytes of `struct sockaddr_storage`: room for any address. */
export const SOCKET_ADDRESS_BYTES = 128;

function ipv6Text(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16));
  // The URL parser knows the shortest form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function ipv6Address(bytes: Uint8Array, view: DataView): SocketAddress {
  const flowInfo = view.getUint32(4);
  const scopeId = view.getUint32(24, true);
  return {
    host: ipv6Text(bytes.subarray(8, 24)),
    port: view.getUint16(2),
    ...(flowInfo === 0 ? {} : { flowInfo }),
    ...(scopeId === 0 ? {} : { scopeId }),
  };
}

/** A Unix address as text: a path ends before its NUL byte, an abstract name begins with one. */
function unixText(name: Uint8Array): string {
  const end = name[0] === 0 ? -1 : name.indexOf(0);
  return Buffer.from(end < 0 ? name : name.subarray(0, end)).toString('utf8');
}

/**
 * What a sockaddr structure says.
 * @returns undefined when there is none, or it is of a family that {@link SocketAddress} has no shape for
 */
export function decodeSocketAddress(bytes: Uint8Array): SocketAddress | undefined {
  if (bytes.byteLength < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === AF_INET && bytes.byteLength >= 8)
    return { host: bytes.subarray(4, 8).join('.'), port: view.getUint16(2) };
  if (family === AF_INET6 && bytes.byteLength >= 28) return ipv6Address(bytes, view);
  // A socket without a name has an address of its family alone.
  return family === AF_UNIX ? { path: unixText(bytes.subarray(2)) } : undefined;
}

/** Is told the address of a peer: {@link PeerAddress.address} has it once the operation has completed. */
export class PeerAddress {
  /** Undefined until then, and where the peer has none. */
  address: SocketAddress | undefined;
}
