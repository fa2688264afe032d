/**
 * `npm run demo`: ringsmith's whole job on real input. Bindings are generated from this machine's own kernel header,
 * imported from where they were generated, drive a ring of the running kernel, and every byte is verified.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHUNK_BYTES = 64 * 1024;
const CHUNKS = 512;
const FILE_BYTES = CHUNK_BYTES * CHUNKS;
const MIB = 2 ** 20;
const BLOCK_BYTES = 4096;
const READERS = 256;
const READ_MS = 400;

/** The demo's own end with exit code 1: the message says all there is to say. */
class Failure extends Error {}

function verify(condition, message) {
  if (!condition) throw new Failure(message);
}

const say = (text = '') => process.stdout.write(`${text}\n`);
const row = (label, text) => say(`   ${label.padEnd(18)} ${text}`);
const seconds = (ms) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`);
const perSecond = (rate) => `${Math.round(rate).toLocaleString('en').padStart(9)} reads/s`;

/** Runs the command line of ringsmith. */
function ringsmith(...args) {
  const command = [join(ROOT, 'dist', 'generator', 'main.js'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { status, stdout, stderr: stderr.trim() };
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}

/** Without io_uring there is nothing to show: the doctor knows why, and what to do. */
function checkMachine() {
  const doctor = ringsmith('doctor');
  if (doctor.status === 0) return;
  say(doctor.stdout);
  throw new Failure(doctor.stderr);
}

/** Generates into `folder`; from the newest snapshot when this machine has no libclang or no header. */
function generate(folder) {
  const args = ['generate', '--out', folder, '--json'];
  const own = ringsmith(...args, '--kernel', 'running');
  if (own.status === 0)
    return { ...JSON.parse(own.stdout), summary: own.stderr, kernel: ['--kernel', 'running'] };
  const [problem] = own.stderr.split('\n');
  verify(/\[(LIBCLANG_MISSING|HEADER_NOT_INSTALLED)\]/.test(problem), `generate failed: ${own.stderr}`);
  row('note', `${problem.replace(/^error: /, '')}`);
  row('', 'so the newest committed snapshot is used instead');
  const snapshot = ringsmith(...args);
  verify(snapshot.status === 0, `generate failed: ${snapshot.stderr}`);
  return { ...JSON.parse(snapshot.stdout), summary: snapshot.stderr, kernel: [] };
}

/** Generates a package and imports it from where it lies, as a program that ships its own bindings would. */
async function generateAndImport(folder) {
  say("1  ringsmith generate: bindings from this machine's own kernel header");
  const out = join(folder, 'bindings');
  const { result: generated, ms } = await timed(() => generate(out));
  // The generated package imports `ringsmith/seam`, its runtime.
  fs.mkdirSync(join(folder, 'node_modules'));
  fs.symlinkSync(ROOT, join(folder, 'node_modules', 'ringsmith'), 'dir');
  const bindings = await import(pathToFileURL(join(out, 'index.js')).href);
  const summary = generated.summary.replace(` -> ${generated.folder}`, '');
  row('generated', `${summary} in ${seconds(ms)}`);
  row('imported', `Ring, SyncRing, ${Object.keys(bindings.operations).length} operations`);
  return { out, bindings, kernel: generated.kernel };
}

/** One operation per chunk, all started before the first has completed. Resolves to the most that were in flight. */
async function allChunks(ring, memory, start) {
  const results = [];
  let peak = 0;
  for (let index = 0; index < CHUNKS; index += 1) {
    const offset = index * CHUNK_BYTES;
    results.push(start({ buffer: memory.subarray(offset, offset + CHUNK_BYTES), offset }));
    peak = Math.max(peak, ring.statistics.inFlight);
  }
  const moved = await Promise.all(results);
  verify(
    moved.every((bytes) => bytes === CHUNK_BYTES),
    `an operation moved ${moved.find((bytes) => bytes !== CHUNK_BYTES)} bytes instead of ${CHUNK_BYTES}`,
  );
  return peak;
}

const speed = (ms) => `${seconds(ms).padStart(6)}, ${Math.round(FILE_BYTES / MIB / (ms / 1000))} MiB/s`;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Writes a file, brings it to storage, reads it back and compares, all on the ring. */
async function writeAndReadBack(ring, file) {
  const { O_CREAT, O_RDWR } = fs.constants;
  const source = ring.alloc(FILE_BYTES);
  const target = ring.alloc(FILE_BYTES);
  randomFillSync(source.bytes);
  const fd = await ring.ops.openat({ path: file, flags: O_CREAT | O_RDWR, mode: 0o600 });

  const written = await timed(() => allChunks(ring, source, (chunk) => ring.ops.write({ fd, ...chunk })));
  row('write', `${CHUNKS} x 64 KiB, ${written.result} in flight  ${speed(written.ms)}`);
  const synced = await timed(() => ring.ops.fsync({ fd }));
  row('fsync', seconds(synced.ms));
  const enters = ring.statistics.enters;
  const read = await timed(() => allChunks(ring, target, (chunk) => ring.ops.read({ fd, ...chunk })));
  row('read', `${CHUNKS} x 64 KiB, ${read.result} in flight  ${speed(read.ms)}`);
  row('', `in ${ring.statistics.enters - enters} system calls (io_uring_enter)`);
  const { stxSize } = await ring.ops.statx({ path: file });
  verify(stxSize === BigInt(FILE_BYTES), `statx says ${stxSize} bytes; ${FILE_BYTES} were written`);
  row('statx', `${stxSize} bytes`);

  const [sent, received, onDisk] = [source.bytes, target.bytes, fs.readFileSync(file)].map(sha256);
  verify(received === sent, `what the ring read has sha-256 ${received}; ${sent} was written`);
  verify(onDisk === sent, `what node:fs reads has sha-256 ${onDisk}; ${sent} was written`);
  row('sha-256', `${sent.slice(0, 16)}...: as written, as read by the ring, as read by node:fs`);
  return { fd, contents: target.bytes };
}

const shortName = (constant) => constant.replace('IORING_OP_', '');

/** Header against builders, and builders against the running kernel. */
function coverage(ring, { out, bindings, kernel }) {
  say('\n3  ringsmith coverage: header, builders, running kernel');
  const compare = (...side) => {
    const { status, stdout, stderr } = ringsmith('coverage', '--package', out, '--format', 'json', ...side);
    verify(status === 0 || status === 1, `coverage failed: ${stderr}`);
    return { ...JSON.parse(stdout), summary: stderr.split('\n')[0] };
  };
  const header = compare(...kernel);
  verify(header.gaps.length === 0, `the header has opcodes without a builder: ${header.gaps.join(', ')}`);
  row('header', header.summary);
  const builders = Object.values(bindings.operations);
  const working = builders.filter((operation) => ring.supports(operation));
  row('running kernel', `has ${working.length} of those ${builders.length}, asked with ring.supports()`);
  const beyond = compare('--running').rows.filter(
    (entry) => entry.kind === 'opcode' && entry.status === 'missing',
  );
  if (beyond.length === 0) return row('', 'and none that the header lacks');
  const names = beyond.map(({ name }) => shortName(name));
  row('', `and ${beyond.length} more that the installed header does not know yet:`);
  for (let index = 0; index < names.length; index += 6)
    row('', `  ${names.slice(index, index + 6).join(' ')}`);
  row('', "ringsmith's own package, made from the newest header, has them typed");
}

/** Reads random blocks for a while, many at a time, checking each. Resolves to reads per second. */
async function readRate(contents, buffers, read, bytesReadOf) {
  const blocks = FILE_BYTES / BLOCK_BYTES;
  const until = performance.now() + READ_MS;
  let count = 0;
  const reader = async ({ buffer, bytes }) => {
    while (performance.now() < until) {
      const offset = ((Math.imul(count++, 0x9e3779b1) >>> 0) % blocks) * BLOCK_BYTES;
      const length = bytesReadOf(await read(buffer, offset));
      verify(length === BLOCK_BYTES, `a read returned ${length} bytes instead of ${BLOCK_BYTES}`);
      verify(bytes.readInt32LE(0) === contents.readInt32LE(offset), `wrong data read at offset ${offset}`);
    }
  };
  const { ms } = await timed(() => Promise.all(buffers.map(reader)));
  return count / (ms / 1000);
}

/** Awaited reads on the ring beside those of fs.promises: same file, same blocks, same number in flight. */
async function compareReads(ring, { fd, contents }, file) {
  say(`\n4  random 4 KiB reads, awaited, ${READERS} in flight`);
  const handle = await fs.promises.open(file);
  const ringBuffers = Array.from({ length: READERS }, () => ring.alloc(BLOCK_BYTES)).map((buffer) => {
    return { buffer, bytes: buffer.bytes };
  });
  const nodeBuffers = Array.from({ length: READERS }, () => Buffer.alloc(BLOCK_BYTES)).map((buffer) => {
    return { buffer, bytes: buffer };
  });
  const onRing = (buffer, offset) => ring.ops.read({ fd, buffer, offset });
  const onHandle = (buffer, offset) => handle.read(buffer, 0, BLOCK_BYTES, offset);
  try {
    const rates = [0, 0];
    // The second round counts: the first one is for the compiler.
    for (let round = 0; round < 2; round += 1) {
      rates[0] = await readRate(contents, ringBuffers, onRing, (bytesRead) => bytesRead);
      rates[1] = await readRate(contents, nodeBuffers, onHandle, ({ bytesRead }) => bytesRead);
    }
    row('ring.ops.read', perSecond(rates[0]));
    row('fs.promises', perSecond(rates[1]));
    row('ratio', `${(rates[0] / rates[1]).toFixed(1)}x`);
  } finally {
    await handle.close();
  }
}

async function demo(folder) {
  const generated = await generateAndImport(folder);
  const file = join(folder, 'data');
  const ring = new generated.bindings.Ring();
  try {
    say(`\n2  a Ring of that package: ${FILE_BYTES / MIB} MiB there and back`);
    const opened = await writeAndReadBack(ring, file);
    coverage(ring, generated);
    await compareReads(ring, opened, file);
    await ring.ops.close({ fd: opened.fd });
  } finally {
    await ring.close();
  }
}

let folder;
try {
  checkMachine();
  folder = fs.mkdtempSync(join(tmpdir(), 'ringsmith-demo-'));
  await demo(folder);
  say('\nall verified: generated, imported, written, read back and compared');
} catch (error) {
  process.stderr.write(`demo failed: ${error instanceof Failure ? error.message : error.stack}\n`);
  process.exitCode = 1;
} finally {
  if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
}
