/**
 * The program's own byte arrays, as V8 sees them: a subclass, or an own property, may say otherwise of their length and
 * their buffer, and must not be handed the runtime's memory.
 */
const accessor = (of: object, name: string): (() => unknown) =>
  Object.getOwnPropertyDescriptor(of, name)!.get!;

const arrays = Object.getPrototypeOf(Uint8Array.prototype) as object;
const byteLength = accessor(arrays, 'byteLength');
const byteOffset = accessor(arrays, 'byteOffset');
const buffer = accessor(arrays, 'buffer');

/** How many bytes it has; 0 when it was detached. */
export const lengthOf = (bytes: Uint8Array): number => byteLength.call(bytes) as number;

/** What it lies in. */
export const bufferOf = (bytes: Uint8Array): ArrayBufferLike => buffer.call(bytes) as ArrayBufferLike;

/** Its first bytes, as an array without anything of the program's. */
export const headOf = (bytes: Uint8Array, count: number): Uint8Array =>
  new Uint8Array(bufferOf(bytes), byteOffset.call(bytes) as number, count);
