/**
 * A file served over TCP and saved again, with handles: each owns its descriptor, waits for its operations when it is
 * closed, and takes an AbortSignal or a timeout everywhere. Ends by itself. Run it: node examples/handles.mjs [FILE]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operations, Ring } from 'ringsmith';

const [O_WRONLY, O_CREAT, MSG_WAITALL] = [1, 0o100, 0x100];
const CHUNK = 64 * 1024;

const source = process.argv[2] ?? fileURLToPath(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'ringsmith-example-'));
const target = join(folder, 'copy');

const ring = new Ring();
if (!ring.supports(operations.bind))
  throw new Error('this kernel has no IORING_OP_BIND; it came with Linux 6.11');

/** Sends the file to one connection. */
async function serve(socket) {
  const file = await ring.open(source);
  const buffer = ring.alloc(CHUNK);
  for (let length = 1; length > 0; ) {
    length = await file.read(buffer);
    if (length > 0) await socket.send(buffer.subarray(0, length), { flags: MSG_WAITALL });
  }
  await file.close();
  await socket.close();
}

/** Receives it; nothing may take longer than a second. */
async function save(address) {
  const file = await ring.open(target, { flags: O_WRONLY | O_CREAT, mode: 0o600 });
  const socket = await ring.connect(address, { timeout: 1000 });
  const buffer = ring.alloc(CHUNK);
  for (let length = 1; length > 0; ) {
    length = await socket.recv(buffer, { timeout: 1000 });
    // A write may be short, as write(2) may.
    for (let written = 0; written < length; ) written += await file.write(buffer.subarray(written, length));
  }
  await file.sync();
  await socket.close();
  await file.close();
}

const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
const serving = (async () => {
  for await (const socket of listener) await serve(socket);
})();
await save(listener.localAddress);
await listener.close(); // ends the iteration
await serving;
await ring.close();

const isSame = readFileSync(target).equals(readFileSync(source));
rmSync(folder, { recursive: true });
if (!isSame) throw new Error('the copy differs');
process.stdout.write(`${source} went over TCP and is the same\n`);
