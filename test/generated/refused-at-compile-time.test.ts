/**
 * Proves what the types say: results as they are, and misuse refused by the compiler. The refusals are checked by the
 * type check of the lint job, which fails on an `@ts-expect-error` that nothing answers; here the types are compared.
 */
import { describe, expectTypeOf, it } from 'vitest';
import {
  AT_RENAME_EXCHANGE,
  EPOLLIN,
  EpollControl,
  type EpollEvent,
  FsyncFlags,
  Futex2Flags,
  IOSQE_ASYNC,
  MessageFlags,
  MSG_PEEK,
  O_CREAT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  OpenFlags,
  openHowLayout,
  POLLIN,
  RecvsendFlags,
  ResolveFlags,
  type Siginfo,
  statxLayout,
  TimeoutFlags,
} from '../../generated/abi/index.js';
import type { Ops } from '../../generated/index.js';
import {
  type ExtraWords,
  encodeRecord,
  type File,
  type HandleOperations,
  type Listener,
  operations,
  type ReceivedMessage,
  type Ring,
  type RingBuffer,
  type Socket,
  type SyncRing,
  viewRecord,
  type WithExtra,
} from '../../generated/index.js';

/** Never called: the compiler reads it. */
async function refused(ring: Ring, sync: SyncRing, buffer: RingBuffer): Promise<void> {
  await ring.ops.fsync({ fd: 1, flags: FsyncFlags.DATASYNC });
  expectTypeOf(await ring.ops.nop({}, { signal: AbortSignal.abort() })).toEqualTypeOf<number>();
  expectTypeOf(await ring.ops.nop({}, { extra: false })).toEqualTypeOf<number>();
  expectTypeOf(await ring.ops.nop({}, { extra: true })).toEqualTypeOf<WithExtra<number>>();
  expectTypeOf(await ring.submitRaw({ opcode: 46 }, { extra: true })).toEqualTypeOf<WithExtra<number>>();
  // @ts-expect-error its completion has no more words
  await ring.ops.read({ fd: 0, buffer }, { extra: true });
  // @ts-expect-error words that were not asked for
  await ring.ops.uringCmd({ fd: 0 }, { onMore: (_res: number, _flags: number, _extra: ExtraWords) => {} });
  // @ts-expect-error a flag of another family
  await ring.ops.fsync({ fd: 1, flags: TimeoutFlags.ABS });
  // @ts-expect-error a constant of another family, whose value is one of this
  await ring.ops.openat({ path: 'x', flags: MSG_PEEK });
  // @ts-expect-error here too
  await ring.ops.recv({ fd: 0, buffer, flags: POLLIN });
  // @ts-expect-error flags of the entry, not of the operation
  await ring.ops.nop({ flags: IOSQE_ASYNC });
  // @ts-expect-error and the other way round
  await ring.ops.nop({ sqeFlags: MSG_PEEK });
  // @ts-expect-error a constant of the family that this operation refuses
  await ring.ops.pipe({ flags: O_RDWR });
  // @ts-expect-error a handle is opened with flags of open(2)
  await ring.open('x', { flags: MSG_PEEK });
  // @ts-expect-error and waits for events
  ring.multishot.poll({ fd: 0, events: MSG_PEEK });
  // @ts-expect-error a number would be a slot, without saying so
  await ring.ops.fixedFdInstall({ fd: 3 });
  await ring.ops.fixedFdInstall({ fd: ring.files!.descriptor(3) });
  await ring.ops.openat({ path: 'x', flags: O_RDWR });
  await ring.ops.openat({ path: 'x', flags: O_RDWR | O_CREAT });
  await ring.ops.pipe({ flags: O_NONBLOCK });
  await ring.ops.pollAdd({ fd: 0, events: EPOLLIN });
  await ring.ops.renameat({ oldPath: 'a', newPath: 'b', flags: AT_RENAME_EXCHANGE });
  let mode = O_RDONLY;
  if (buffer.byteLength > 0) mode = O_RDWR;
  await ring.open('x', { flags: mode });
  // @ts-expect-error text is no memory the kernel could fill
  await ring.ops.read({ fd: 0, buffer: 'text' });
  const readOnly = buffer.readOnly();
  await ring.ops.write({ fd: 0, buffer: readOnly });
  await ring.ops.send({ fd: 0, buffer: readOnly });
  await ring.ops.writev({ fd: 0, buffers: [readOnly, buffer] });
  await ring.ops.sendmsg({ fd: 0, message: { buffers: readOnly } });
  // @ts-expect-error read-only memory, which the kernel would write to
  await ring.ops.read({ fd: 0, buffer: readOnly });
  // @ts-expect-error read-only memory, which the kernel would write to
  await ring.ops.recv({ fd: 0, buffer: readOnly });
  // @ts-expect-error read-only memory among what the kernel would write to
  await ring.ops.readv({ fd: 0, buffers: [buffer, readOnly] });
  // @ts-expect-error read-only memory, which the kernel would write to
  await ring.ops.recvmsg({ fd: 0, message: { buffers: readOnly } });
  // @ts-expect-error a descriptor is required
  await ring.ops.recv({ buffer });
  // @ts-expect-error no such argument
  await ring.ops.read({ fd: 0, buffer, ofset: 1 });
  // @ts-expect-error the address of a connection is a host and a port, or a path
  await ring.ops.connect({ fd: 0, address: { host: '::1' } });
  // @ts-expect-error a flag of the same family that this operation refuses
  await ring.ops.sendmsg({ fd: 0, message: { buffers: buffer }, ioprio: RecvsendFlags.FIXED_BUF });
  await ring.ops.send({ fd: 0, buffer, ioprio: RecvsendFlags.FIXED_BUF | RecvsendFlags.POLL_FIRST });
  // @ts-expect-error an accept that is multishot is ring.multishot.accept: its promise could tell of one connection only
  await ring.ops.accept({ fd: 0, ioprio: RecvsendFlags.RECV_MULTISHOT });
  // @ts-expect-error multishot is for receiving
  await ring.ops.send({ fd: 0, buffer, ioprio: RecvsendFlags.RECV_MULTISHOT });
  // @ts-expect-error the one message flag that unlinkat takes is no flag of a message
  await ring.ops.unlinkat({ path: 'x', flags: MessageFlags.PEEK });
  // @ts-expect-error text is no memory that an attribute could be written to
  await ring.ops.getxattr({ path: 'x', name: 'user.x', value: 'room' });
  // @ts-expect-error memory that must stay in its place is the ring's
  await ring.ops.futexWait({ futex: new Uint8Array(4), value: 0, flags: Futex2Flags.SIZE_U32 });
  // @ts-expect-error an ordinary descriptor where only a direct one can be meant
  await ring.send({ fd: 0 }, { descriptor: 3 });
  const direct = ring.files!.descriptor(0);
  await ring.ops.fsync({ fd: direct });
  // @ts-expect-error the kernel looks for ordinary directories only
  await ring.ops.openat({ path: 'x', dirfd: direct });
  // @ts-expect-error an epoll instance is an ordinary descriptor, and what is added to it
  await ring.ops.epollCtl({ epfd: 3, fd: direct, op: EpollControl.ADD });
  // @ts-expect-error the synchronous level has nobody to keep account of a direct descriptor: give its slot
  sync.push(operations.fsync, { fd: direct });
  // @ts-expect-error memory that is not registered, or not known to be
  await ring.ops.readFixed({ fd: 0, buffer });
  const fixed = ring.buffers!.buffer(0);
  await ring.ops.readFixed({ fd: 0, buffer: fixed.subarray(1) });
  // @ts-expect-error the buffer knows its place by itself
  await ring.ops.writeFixed({ fd: 0, buffer: fixed, bufIndex: 0 });
  // @ts-expect-error a part of it that is not registered
  await ring.ops.readvFixed({ fd: 0, buffers: [fixed, buffer] });
  // @ts-expect-error here too
  await ring.ops.sendZc({ fd: 0, buffer: fixed, ioprio: RecvsendFlags.FIXED_BUF, bufIndex: 0 });
  // @ts-expect-error the kernel wants it to be 0
  await ring.ops.fsync({ fd: 0, bufIndex: 1 });
  // @ts-expect-error the kernel refuses credentials here
  await ring.ops.msgRing({ fd: 0, personality: 1 });
  // @ts-expect-error a write cannot take its buffer from a group
  await ring.ops.write({ fd: 0, bufGroup: 1 });
  // @ts-expect-error a buffer or a group, not both
  await ring.ops.read({ fd: 0, buffer, bufGroup: 1 });
  // @ts-expect-error neither a buffer nor a group
  await ring.ops.read({ fd: 0 });
  // @ts-expect-error a multishot read is from a group
  await ring.ops.readMultishot({ fd: 0 });
  // @ts-expect-error a path is required
  await ring.ops.mkdirat({ mode: 0o700 });
  // @ts-expect-error struct open_how has no such member
  await ring.ops.openat2({ path: 'x', how: { flagz: 1 } });
  // @ts-expect-error a driver's command is for a file
  await ring.ops.uringCmd({ cmdOp: 1 });
  // @ts-expect-error the SQE has no such field
  await ring.ops.uringCmd({ fd: 0, pathname: 1 });
  // @ts-expect-error the synchronous level takes kernel-visible memory only
  sync.push(operations.read, { fd: 0, buffer: new Uint8Array(4) });
  // @ts-expect-error a record has no such member
  encodeRecord(openHowLayout, { flagz: 1 });
  // @ts-expect-error 64-bit members are bigints when they are read
  const mask: number = viewRecord(statxLayout, new Uint8Array(256)).stxSize;
  void mask;
}

/** As above, of handles. */
async function refusedOfHandles(ring: Ring, sync: SyncRing, buffer: RingBuffer): Promise<void> {
  const direct = ring.files!.descriptor(0);
  const file = await ring.open('x', {
    flags: OpenFlags.CREAT | OpenFlags.RDWR,
    resolve: ResolveFlags.BENEATH,
  });
  // @ts-expect-error a flag of another family
  await ring.open('x', { flags: FsyncFlags.DATASYNC });
  await ring.ops.openat({ path: 'x', dirfd: file });
  await ring.ops.epollCtl({ epfd: 3, fd: file, op: EpollControl.ADD });
  await ring.ops.splice({ fdIn: direct, fdOut: file, length: 1 });
  // @ts-expect-error a handle has a close() of its own, which waits for its operations
  await ring.ops.close({ fd: file });
  // @ts-expect-error a file that is in the ring's table is in it already
  ring.registerFiles([direct]);
  // @ts-expect-error an ordinary descriptor where only a direct one can be meant
  await ring.send({ fd: 0 }, { descriptor: file });
  // @ts-expect-error text is no data
  await file.write('text');
  // @ts-expect-error a file does not listen
  await file.accept();
  const listener = await ring.listen({ host: '::1', port: 0 });
  for await (const socket of listener) {
    expectTypeOf(socket).toEqualTypeOf<Socket>();
    // @ts-expect-error read or write, as the kernel numbers them
    await socket.shutdown('write');
  }
  // @ts-expect-error of a listener nothing can be received
  await listener.recv(buffer);
  // @ts-expect-error a socket, a listener or a file
  ring.adopt(3, 'pipe');
  expectTypeOf(ring.adopt(3, 'listener')).toEqualTypeOf<Listener>();
  expectTypeOf(ring.adopt(3)).toEqualTypeOf<File>();
  // @ts-expect-error the synchronous level has nobody to keep account of a handle: give its number
  sync.push(operations.fsync, { fd: file });
}

void refused;
void refusedOfHandles;

describe('operations of a package', () => {
  it('are what handles go by', () => {
    expectTypeOf<Ops>().toExtend<HandleOperations>();
  });
});

describe('results', () => {
  it('have the types of what they mean', () => {
    expectTypeOf<Ops['read']>().returns.resolves.toEqualTypeOf<number>();
    expectTypeOf<Ops['fsync']>().returns.resolves.toEqualTypeOf<void>();
    expectTypeOf<Ops['timeout']>().returns.resolves.toEqualTypeOf<'expired' | 'counted'>();
    expectTypeOf<Awaited<ReturnType<Ops['statx']>>['stxSize']>().toEqualTypeOf<bigint>();
    expectTypeOf<Ops['pipe']>().returns.resolves.toEqualTypeOf<readonly [number, number]>();
    expectTypeOf<Ops['epollWait']>().returns.resolves.toEqualTypeOf<EpollEvent[]>();
    expectTypeOf<Ops['waitid']>().returns.resolves.toEqualTypeOf<Siginfo>();
    expectTypeOf<Ops['recvmsg']>().returns.resolves.toEqualTypeOf<ReceivedMessage>();
    expectTypeOf<Ops['mkdirat']>().returns.resolves.toEqualTypeOf<void>();
    expectTypeOf(operations.read.opcode).toEqualTypeOf<22>();
    expectTypeOf(operations.read.constant).toEqualTypeOf<'IORING_OP_READ'>();
  });
});
