/**
 * Things of a test's own for submissions to work on: files, pipes and sockets in a folder that goes away, and memory.
 * Whatever the kernel makes of a submission, it happens to these.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IORING_OP_SOCKET } from '../../../generated/abi/constants.js';
import { RingBuffer } from '../../../runtime/memory/memory.js';
import { entry } from './entry.js';
import { RawRing } from './raw-ring.js';

const AF_INET = 2;
const SOCK_DGRAM = 2;

const MEMORY_BYTES = 1 << 16;
/** Room for one piece of memory: pieces start at multiples of it. */
const PIECE_BYTES = 512;
const PAGE_BYTES = 4096;

function descriptorOf(handle: Server | Socket): number {
  return (handle as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** Sockets that libuv neither reads from nor closes before the test is over. */
class Sockets {
  readonly listening: number;
  readonly #server: Server;
  readonly #pairs: (readonly [Socket, Socket])[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.listening = descriptorOf(server);
  }

  static async listen(path: string): Promise<Sockets> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return new Sockets(server);
  }

  /** One end of a connection; the other stays open. */
  async connected(path: string): Promise<number> {
    const accepted = new Promise<Socket>((resolve) => this.#server.once('connection', resolve));
    const near = connect({ path, allowHalfOpen: true });
    near.pause();
    await new Promise<void>((resolve) => near.once('connect', resolve));
    this.#pairs.push([near, await accepted]);
    return descriptorOf(near);
  }

  close(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#server.close();
  }
}

export class Objects {
  /** A regular file of some kilobytes, open for reading and writing; `other` is one more. */
  readonly file: number;
  readonly other: number;
  /** A pipe with bytes in it, and one with room. */
  readonly fullPipe: number;
  readonly emptyPipe: number;
  /** Ends of connections: one to talk on, one to shut down. */
  socket = -1;
  spareSocket = -1;
  /** Takes connections: of its own, so that the others are not accepted by a submission. */
  listening = -1;
  /** Of a family that has commands and sends without copying. */
  datagram = -1;
  readonly filePath: string;
  readonly missingPath: string;
  readonly socketPath: string;
  /** A page that is registered with rings. */
  readonly page: RingBuffer;
  readonly #folder: string;
  readonly #memory: RingBuffer;
  readonly #sockets: Sockets[] = [];
  #used = 0;

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'ringsmith-agreement-'));
    this.filePath = join(this.#folder, 'file');
    this.missingPath = join(this.#folder, 'missing', 'file');
    this.socketPath = join(this.#folder, 'socket');
    mkdirSync(join(this.#folder, 'folder'));
    writeFileSync(this.filePath, Buffer.alloc(2 * PAGE_BYTES, 'ringsmith '));
    this.file = openSync(this.filePath, 'r+');
    this.other = openSync(join(this.#folder, 'other'), 'w+');
    this.fullPipe = this.#pipe('full');
    this.emptyPipe = this.#pipe('empty');
    writeSync(this.fullPipe, 'some bytes');
    this.#memory = RingBuffer.allocate(MEMORY_BYTES);
    this.page = RingBuffer.allocate(PAGE_BYTES);
  }

  static async create(): Promise<Objects> {
    const objects = new Objects();
    const talking = await Sockets.listen(objects.socketPath);
    objects.socket = await talking.connected(objects.socketPath);
    objects.spareSocket = await talking.connected(objects.socketPath);
    const idle = await Sockets.listen(`${objects.socketPath}-idle`);
    objects.listening = idle.listening;
    objects.#sockets.push(talking, idle);
    const ring = new RawRing(0);
    objects.datagram = Number(ring.run([entry({ opcode: IORING_OP_SOCKET, fd: AF_INET, off: SOCK_DGRAM })]));
    ring.close();
    return objects;
  }

  /** Both ends of a named pipe in one descriptor, which never waits. */
  #pipe(name: string): number {
    const path = join(this.#folder, name);
    const made = spawnSync('mkfifo', [path]);
    if (made.status !== 0) throw new Error(`mkfifo failed: ${String(made.stderr ?? made.error)}`);
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Descriptors that a ring may have in its table. */
  get descriptors(): readonly number[] {
    return [
      this.file,
      this.other,
      this.fullPipe,
      this.emptyPipe,
      this.socket,
      this.spareSocket,
      this.listening,
      this.datagram,
    ];
  }

  /** Address of a piece of memory that holds these bytes and stays. */
  place(bytes: Uint8Array): number {
    const at = this.#used;
    this.#used += PIECE_BYTES;
    this.#memory.bytes.set(bytes, at);
    return this.#memory.address + at;
  }

  /** Address of a C string. */
  text(value: string): number {
    return this.place(Buffer.from(`${value}\0`));
  }

  /** Address of little-endian words of 64 bits. */
  words(...values: readonly (number | bigint)[]): number {
    return this.place(
      new Uint8Array(new BigUint64Array(values.map((value) => BigInt.asUintN(64, BigInt(value)))).buffer),
    );
  }

  /** A copy of what lies at an address that {@link place} gave. */
  read(address: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const at = address - this.#memory.address;
    return Uint8Array.from(this.#memory.bytes.subarray(at, at + byteLength));
  }

  /** Opens a file that a submission may close. */
  openFile(): number {
    return openSync(this.filePath, 'r');
  }

  close(): void {
    for (const sockets of this.#sockets) sockets.close();
    for (const fd of [this.file, this.other, this.fullPipe, this.emptyPipe, this.datagram]) closeSync(fd);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
