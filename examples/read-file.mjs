/**
 * The shortest useful program: open, size, read, close, each an io_uring operation, each awaited.
 * Run it: node examples/read-file.mjs [FILE]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ring } from 'ringsmith';

const path = process.argv[2] ?? fileURLToPath(import.meta.url);

const ring = new Ring();
const fd = await ring.ops.openat({ path });
const { stxSize } = await ring.ops.statx({ path });
// Memory of the ring's own: the kernel writes into it directly, and `buffer.bytes` is a Buffer over it.
const buffer = ring.alloc(Math.max(Number(stxSize), 1));
const bytesRead = await ring.ops.read({ fd, buffer, offset: 0 });
await ring.ops.close({ fd });
await ring.close();

const contents = buffer.bytes.subarray(0, bytesRead);
process.stdout.write(`${bytesRead} of ${stxSize} bytes read\n`);
if (!contents.equals(readFileSync(path))) throw new Error('node:fs reads something else');
