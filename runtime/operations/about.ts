/**
 * What an operation that failed was about, as node:fs and node:net tell it: read back from the memory that the kernel was
 * given, so that nothing is kept for it while the operation runs.
 */
import { MessageHeader } from '../arguments/message.js';
import { decodeSocketAddress } from '../arguments/sockaddr.js';
import type { ErrorTarget } from '../errors.js';
import { RingBuffer } from '../memory/memory.js';

/** Which of an operation's arguments name what it is about. */
export interface About {
  /** A path; of two the first, as in node:fs. */
  readonly path?: string;
  /** The second of two paths. */
  readonly dest?: string;
  /** A socket address. */
  readonly address?: string;
  /** A message, which may have an address. */
  readonly message?: string;
}

function contents(memory: RingBuffer): Buffer {
  const bytes = Buffer.alloc(RingBuffer.length(memory));
  memory.drainInto(bytes);
  return bytes;
}

/** A C string. */
function text(memory: unknown): string | undefined {
  if (!(memory instanceof RingBuffer)) return undefined;
  const bytes = contents(memory);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function socketAddress(memory: unknown): Pick<ErrorTarget, 'address' | 'port'> {
  if (!(memory instanceof RingBuffer)) return {};
  const address = decodeSocketAddress(contents(memory));
  if (address === undefined) return {};
  return 'path' in address ? { address: address.path } : { address: address.host, port: address.port };
}

/** @param ready the arguments as the kernel had them */
export function errorTarget(about: About | undefined, ready: object | undefined): ErrorTarget | undefined {
  if (about === undefined || ready === undefined) return undefined;
  const of = (name: string | undefined): unknown =>
    name === undefined ? undefined : (ready as Readonly<Record<string, unknown>>)[name];
  const message = of(about.message);
  const to = message instanceof MessageHeader ? MessageHeader.address(message) : of(about.address);
  const path = text(of(about.path));
  const dest = text(of(about.dest));
  return {
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
    ...socketAddress(to),
  };
}
