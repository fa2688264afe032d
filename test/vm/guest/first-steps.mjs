/** In the guest: what every program does first, and what is left of it afterwards. Prints what happened as JSON. */
import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { operations, Ring, SyncRing } from 'ringsmith';
import { native } from './internals/runtime/port/native.js';
import { openPort } from './internals/runtime/port/setup.js';

const O_RDWR = 2;
const O_CREAT = 64;

/** Descriptors of this process that are rings; Node has some of its own. */
const ringDescriptors = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('io_uring');
    } catch {
      return false;
    }
  }).length;

/** The set-up flags that were left when the kernel took them. */
function setupFlags() {
  const port = openPort({ entries: 8 }, native);
  const flags = port.native.setupFlags;
  port.close();
  return flags;
}

async function file(ring) {
  const path = join(mkdtempSync(join(tmpdir(), 'first-steps-')), 'file');
  const fd = await ring.ops.openat({ path, flags: O_RDWR | O_CREAT, mode: 0o600 });
  const written = await ring.ops.write({ fd, buffer: Buffer.from('hello, kernel'), offset: 0 });
  const buffer = ring.alloc(64);
  const read = await ring.ops.read({ fd, buffer, offset: 0 });
  const { stxSize } = await ring.ops.statx({ path });
  await ring.ops.close({ fd });
  return { written, text: buffer.bytes.toString('utf8', 0, read), size: Number(stxSize) };
}

/** Every operation that the kernel does not have, and how it was refused. */
async function refusals(ring) {
  const before = ring.statistics.enters;
  const absent = Object.values(operations).filter((operation) => !ring.supports(operation));
  const refused = absent.map(async (operation) => {
    const { code, message } = await ring.start(operation, {}).catch((error) => error);
    return { op: operation.constant, code, message };
  });
  return { list: await Promise.all(refused), enters: ring.statistics.enters - before };
}

/** A timeout of an hour is cancelled; then nothing is in flight, and a wait for more ends by its own time. */
function cancelSynchronously() {
  const ring = new SyncRing({ entries: 8 });
  const after = ring.alloc(16);
  after.bytes.writeBigInt64LE(3600n);
  ring.push(operations.timeout, { after, userData: 1 });
  ring.push(operations.asyncCancel, { target: 1, userData: 2 });
  ring.wait(2);
  const results = {};
  ring.drain(({ userData, res }) => {
    results[userData] = res;
  });
  const timedOut = ring.wait(1, 50);
  ring.close();
  return { results, timedOut };
}

const rings = ringDescriptors();
const ring = new Ring();
const result = {
  release: release(),
  setupFlags: setupFlags(),
  nop: await ring.ops.nop(),
  file: await file(ring),
  missing: await ring.ops.openat({ path: '/no/such/file' }).catch((error) => error.code),
  timeout: await ring.ops.timeout({ after: 20 }),
  cancelled: cancelSynchronously(),
  refused: await refusals(ring),
  supported: Array.from({ length: 256 }, (_, opcode) => opcode).filter((opcode) => ring.supports({ opcode })),
};
const { inFlight, waiting, scratchInUse, staleCompletions } = ring.statistics;
await ring.close();
const left = { inFlight, waiting, scratchInUse, staleCompletions, rings: ringDescriptors() - rings };
console.log(JSON.stringify({ ...result, left, addon: native().statistics() }));
