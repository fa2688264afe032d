/**
 * The descriptors that an operation made: what its result stands for, and what is to be closed when nobody is left to own
 * it. `fileSlot` is what `sqe->file_index` held: 0 for ordinary descriptors, a slot counted from 1, or
 * IORING_FILE_INDEX_ALLOC.
 */
import { IORING_FILE_INDEX_ALLOC } from '../../generated/abi/constants.js';

/** An ordinary descriptor, or the slot of a direct one, counted from 0. */
export interface CreatedDescriptor {
  readonly fd?: number;
  readonly slot?: number;
}

/** As a program gave it: an integer of either type. */
type FileSlot = number | bigint;

const isOrdinary = (fileSlot: FileSlot): boolean => fileSlot === 0 || fileSlot === 0n;

const isChosen = (fileSlot: FileSlot): boolean =>
  !isOrdinary(fileSlot) && Number(fileSlot) >>> 0 !== IORING_FILE_INDEX_ALLOC;

/** The descriptor that a result stands for. */
export function createdDescriptor(res: number, fileSlot: FileSlot = 0): CreatedDescriptor {
  if (isOrdinary(fileSlot)) return { fd: res };
  return { slot: isChosen(fileSlot) ? Number(fileSlot) - 1 : res };
}

/** Two descriptors that the kernel wrote one after the other; in slots of the program's choice it tells neither. */
export function readDescriptorPair(bytes: Uint8Array, fileSlot: FileSlot = 0): readonly [number, number] {
  if (isChosen(fileSlot)) return [Number(fileSlot) - 1, Number(fileSlot)];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return [view.getInt32(0, true), view.getInt32(Int32Array.BYTES_PER_ELEMENT, true)];
}

/** The same as descriptors to be closed. */
export function createdPair(bytes: Uint8Array, fileSlot: FileSlot = 0): readonly CreatedDescriptor[] {
  return readDescriptorPair(bytes, fileSlot).map((number) =>
    isOrdinary(fileSlot) ? { fd: number } : { slot: number },
  );
}
