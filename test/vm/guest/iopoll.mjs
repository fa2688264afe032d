/**
 * In the guest: rings with the options given as JSON poll a disk for completions, on both levels and with both encoders.
 * Prints what happened as JSON.
 */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { operations, Ring, SyncRing } from 'ringsmith';
import { native } from './internals/runtime/port/native.js';

const DISK = '/dev/nvme0n1';
const BLOCK = 4096;
const BLOCKS = 64;

/** Interrupts of the disk's queues so far; the polled queue has none. */
const interrupts = () =>
  readFileSync('/proc/interrupts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('nvme0q') && !line.includes('nvme0q0'))
    .flatMap((line) => line.trim().split(/\s+/).slice(1, 3))
    .reduce((sum, count) => sum + Number(count), 0);

/** What block number `index` holds after the round `seed`. */
const content = (seed, index) => Buffer.alloc(BLOCK, `${seed}:${index};`);

function synchronous(fd, options) {
  const { encoder } = options;
  const ring = new SyncRing({ entries: BLOCKS, ...options });
  const polls = ring.features.setup.includes('IORING_SETUP_IOPOLL');
  const buffers = Array.from({ length: BLOCKS }, () => ring.alloc(BLOCK));
  const run = (operation) => {
    buffers.forEach((buffer, index) => {
      ring.push(operation, { fd, buffer, offset: index * BLOCK, userData: index });
    });
    const results = [];
    while (ring.inFlight > 0) {
      ring.wait(1);
      ring.drain(({ userData, res }) => {
        results[userData] = res;
      });
    }
    return results.filter((res) => res === BLOCK).length;
  };
  buffers.forEach((buffer, index) => {
    content(`sync ${encoder}`, index).copy(buffer.bytes);
    buffer.toKernel();
  });
  const written = run(operations.write);
  buffers.forEach((buffer) => {
    buffer.bytes.fill(0);
    buffer.toKernel();
  });
  const read = run(operations.read);
  const same = buffers.filter((buffer, index) => {
    buffer.fromKernel();
    return buffer.bytes.equals(content(`sync ${encoder}`, index));
  }).length;
  // Closed with reads in flight.
  for (const buffer of buffers) ring.push(operations.read, { fd, buffer, offset: 0, userData: 1 });
  ring.submit();
  ring.close();
  return { polls, written, read, same };
}

/** Turns of the event loop that others get while reads are in flight. */
async function turnsDuring(work) {
  let turns = 0;
  let running = true;
  const turn = () => {
    turns += 1;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const timer = new Promise((resolve) => setTimeout(resolve, 1, 'fired'));
  await work;
  running = false;
  return { others: turns > 0, timer: await timer };
}

const refusal = ({ code, message }) => ({ code, message });

async function promised(fd, plain, options) {
  const { encoder } = options;
  const ring = new Ring({ entries: BLOCKS, ...options });
  const buffers = Array.from({ length: BLOCKS }, () => ring.alloc(BLOCK));
  const all = (run) => Promise.all(buffers.map((buffer, index) => run(buffer, index * BLOCK, index)));
  const count = (results) => results.filter((res) => res === BLOCK).length;
  buffers.forEach((buffer, index) => {
    content(`ring ${encoder}`, index).copy(buffer.bytes);
  });
  const written = count(await all((buffer, offset) => ring.ops.write({ fd, buffer, offset })));
  for (const { bytes } of buffers) bytes.fill(0);
  const reads = all((buffer, offset) => ring.ops.read({ fd, buffer, offset }));
  const read = count(await reads);
  const same = buffers.filter(({ bytes }, index) => bytes.equals(content(`ring ${encoder}`, index))).length;
  // Each is alone in flight: only looking for its completion finds it.
  const alone = async () => {
    for (const buffer of buffers) await ring.ops.read({ fd, buffer, offset: 0 });
  };
  const meanwhile = await turnsDuring(alone());
  const buffered = await ring.ops.read({ fd: plain, buffer: buffers[0], offset: 0 }).catch(refusal);
  const timeout = await ring.ops.timeout({ after: 1 }).catch(refusal);
  const open = await ring.ops.openat({ path: '/dev/null' }).catch(refusal);
  const closing = all((buffer) => ring.ops.read({ fd, buffer, offset: 0 }).catch(({ code }) => code));
  await ring.close();
  const ended = (await closing).filter((end) => end === BLOCK || end === 'ECANCELED').length;
  const { inFlight, scratchInUse, staleCompletions } = ring.statistics;
  const left = { inFlight, scratchInUse, staleCompletions };
  return { written, read, same, ...meanwhile, buffered, timeout, open, ended, left };
}

/** Interrupts during a read that does not poll. */
async function interruptsUnpolled(fd) {
  const before = interrupts();
  const ring = new Ring();
  await ring.ops.read({ fd, buffer: ring.alloc(BLOCK), offset: 0 });
  await ring.close();
  return interrupts() - before;
}

const fd = openSync(DISK, constants.O_RDWR | constants.O_DIRECT);
const plain = openSync(DISK, constants.O_RDONLY);
const rings = [];
const before = interrupts();
for (const options of process.argv.slice(2).map((text) => JSON.parse(text))) {
  const sync = synchronous(fd, options);
  rings.push({ options, sync, ring: await promised(fd, plain, options) });
}
const polled = interrupts() - before;
const unpolled = await interruptsUnpolled(fd);
closeSync(plain);
closeSync(fd);
console.log(JSON.stringify({ interrupts: { polled, unpolled }, rings, addon: native().statistics() }));
