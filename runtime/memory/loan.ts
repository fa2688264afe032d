/**
 * Memory of the program's own, used by the kernel in its place instead of being copied. While it is lent the program
 * has a detached object: nothing JavaScript does can free what an operation in flight refers to.
 */
import { types } from 'node:util';
import { native } from '../port/native.js';
import { Registration } from '../resources/registration.js';
import { bufferOf, lengthOf } from './byte-array.js';
import { RingBuffer } from './memory.js';

/** Counts the operations on lent memory for the addon too: a thread that ends must wait for them, whatever they take. */
class LentUse extends Registration {
  override use(ring: object, what: string): void {
    super.use(ring, what);
    native().lentInUse(1);
  }

  override unuse(): void {
    native().lentInUse(-1);
    super.unuse();
  }
}

function refuse(problem: string): never {
  throw Object.assign(new TypeError(`${problem}; nothing was lent`), { code: 'ERR_INVALID_ARG_VALUE' });
}

/** What makes another object of a buffer's memory; taken before any program could put its own in their place. */
const { transfer } = ArrayBuffer.prototype as ArrayBuffer & { readonly transfer?: () => ArrayBuffer };
const { structuredClone } = globalThis;

/** @returns what is to be taken over */
function checked(bytes: Uint8Array): ArrayBuffer {
  if (!types.isUint8Array(bytes)) refuse('only a Buffer or a Uint8Array can be lent');
  const buffer = bufferOf(bytes);
  if (types.isSharedArrayBuffer(buffer)) refuse('shared memory cannot be lent: others keep it');
  if ((buffer as { readonly resizable?: boolean }).resizable === true)
    refuse('a resizable ArrayBuffer cannot be lent');
  if (lengthOf(bytes) === 0) refuse('there is nothing to lend');
  if (lengthOf(bytes) !== buffer.byteLength) {
    refuse(
      'a part of an ArrayBuffer cannot be lent, as small Buffers are: its other parts would be lost meanwhile',
    );
  }
  return buffer as ArrayBuffer;
}

/** Takes the memory over; what the program has is detached then. */
function takeOver(buffer: ArrayBuffer): ArrayBuffer {
  // Node 20 has no transfer().
  const inner =
    transfer === undefined ? structuredClone(buffer, { transfer: [buffer] }) : transfer.call(buffer);
  // Memory that V8 did not allocate is silently copied by some versions.
  if (buffer.byteLength > 0) refuse('this memory cannot be taken over on this version of Node');
  return inner;
}

/** See `ring.lend`. */
export class Loan {
  /** What operations are given. Its `bytes` are empty: the contents are seen again after {@link end}. */
  readonly buffer: RingBuffer;
  readonly #uses = new LentUse();
  readonly #restore: () => Uint8Array;
  #ending: Promise<Uint8Array> | undefined;

  /** @internal */
  constructor(bytes: Uint8Array) {
    const lent = checked(bytes);
    const isBuffer = Buffer.isBuffer(bytes);
    let inner: ArrayBuffer;
    try {
      inner = takeOver(lent);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_INVALID_ARG_VALUE') throw error;
      refuse(`this memory cannot be taken over (${(error as Error).message})`);
    }
    this.#restore = () => (isBuffer ? Buffer.from(inner) : new Uint8Array(inner));
    // Whoever holds the buffer holds `inner` by it.
    const view = new Uint8Array(inner);
    const memory = {
      address: native().addressOf(inner),
      arrayBuffer: () => null,
      copyIn: (offset: number, source: Uint8Array) => view.set(source, offset),
      copyOut: (offset: number, target: Uint8Array) =>
        target.set(view.subarray(offset, offset + target.byteLength)),
      publish: () => refuse('lent memory serves single operations'),
    };
    this.buffer = RingBuffer.foreign(memory, inner.byteLength, this.#uses);
  }

  /**
   * Ends the loan: no operation can begin on the memory from now on.
   * @returns the memory, as what it was lent as, once the operations on it are over
   */
  end(): Promise<Uint8Array> {
    this.#ending ??= this.#uses.release().then(this.#restore);
    return this.#ending;
  }
}
