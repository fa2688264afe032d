/**
 * The synchronous level: no promises, no event loop, nothing allocated per operation. The program fills the queue,
 * enters the kernel once for the whole batch, and tells completions apart by the user_data it gave. Here it sums up a
 * file in 4 KiB blocks. Run it: node examples/sync-level.mjs [FILE]
 */
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { operations, SyncRing } from 'ringsmith';

const BLOCK_BYTES = 4096;
const BATCH = 32;

const path = process.argv[2] ?? process.execPath;
const size = statSync(path).size;
const blocks = Math.ceil(size / BLOCK_BYTES);
const fd = openSync(path);
const ring = new SyncRing({ entries: BATCH });
const buffers = Array.from({ length: BATCH }, () => ring.alloc(BLOCK_BYTES));

const sumOf = (bytes) => bytes.reduce((total, byte) => total + byte, 0);

let sum = 0;
let bytesRead = 0;
for (let first = 0; first < blocks; first += BATCH) {
  const batch = Math.min(BATCH, blocks - first);
  for (let slot = 0; slot < batch; slot += 1) {
    const offset = (first + slot) * BLOCK_BYTES;
    // push returns false when the queue is full; a batch is never larger than the queue here.
    ring.push(operations.read, { fd, buffer: buffers[slot], offset, userData: slot });
  }
  ring.wait(batch);
  ring.drain((completion) => {
    if (completion.res < 0) throw new Error(`a read failed with error ${-completion.res}`);
    bytesRead += completion.res;
    sum += sumOf(buffers[completion.userData].bytes.subarray(0, completion.res));
  });
}
ring.close();
closeSync(fd);

process.stdout.write(
  `${bytesRead} bytes in ${blocks} reads and ${Math.ceil(blocks / BATCH)} waits, sum ${sum}\n`,
);
if (bytesRead !== size) throw new Error(`the file has ${size} bytes`);
if (sum !== sumOf(readFileSync(path))) throw new Error('node:fs arrives at another sum');
