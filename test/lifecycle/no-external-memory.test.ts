/**
 * A JavaScript runtime that allows no external ArrayBuffers gets rings all the same, without being asked for: the addon,
 * copied with that one function of Node-API answered by a library that refuses as such runtimes do, reads, writes,
 * receives into provided buffers and tells what it got; asking for mapped memory there is an error with a remedy.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT, temporaryFolder } from '../support/cli.js';
import { hasProgram } from '../support/programs.js';

const run = promisify(execFile);
const REFUSED = 'napi_create_external_arraybuffer';
/** As long, so that it takes the other's place among the names that the addon looks up when it is loaded. */
const ANSWERED = 'nope_create_external_arraybuffer';

/** A package like this one whose addon asks the library for external memory. */
async function refusingPackage(): Promise<{ readonly module: string; readonly library: string }> {
  const folder = temporaryFolder();
  for (const part of ['package.json', 'dist'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const addon = readFileSync(join(ROOT, 'build', 'Release', 'ringsmith.node'));
  const at = addon.indexOf(`${REFUSED}\0`);
  expect(at).toBeGreaterThan(0);
  addon.write(ANSWERED, at, 'latin1');
  mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
  writeFileSync(join(folder, 'build', 'Release', 'ringsmith.node'), addon);
  const [source, library] = [join(folder, 'refuse.c'), join(folder, 'refuse.so')];
  // napi_no_external_buffers_allowed
  writeFileSync(source, `int ${ANSWERED}(void) { return 22; }\n`);
  await run('gcc', ['-shared', '-fPIC', '-o', library, source]);
  return { module: pathToFileURL(join(folder, 'dist', 'generated', 'index.js')).href, library };
}

const program = (module: string): string => `
  import { Ring, SyncRing, operations } from ${JSON.stringify(module)};
  import { openSync } from 'node:fs';
  const ring = new Ring();
  const sync = new SyncRing({ entries: 8 });
  const said = { ring: ring.features.mapped, sync: sync.features.mapped, memory: ring.alloc(16).mapped };
  const fd = openSync(process.argv[1], 'w+');
  const buffer = ring.alloc(16);
  buffer.bytes.write('copied there');
  said.written = await ring.ops.write({ fd, buffer, offset: 0 });
  const back = ring.alloc(16);
  said.read = [await ring.ops.read({ fd, buffer: back, offset: 0 }), back.bytes.toString('latin1', 0, 12)];
  said.size = Number((await ring.ops.statx({ path: process.argv[1] })).stxSize);
  const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
  const client = await ring.connect(listener.localAddress);
  await client.send(Buffer.from('over the wire'));
  const server = await listener.accept();
  const buffers = ring.bufferRing({ entries: 4, bufferBytes: 64 });
  for await (const chunk of ring.multishot.recv({ fd: server, buffers })) {
    said.received = chunk.copy().toString();
    break;
  }
  const own = sync.alloc(16);
  sync.push(operations.read, { fd, buffer: own, offset: 0 });
  sync.wait(1);
  sync.drain(({ res }) => { own.fromKernel(res); said.drained = own.bytes.toString('latin1', 0, res).slice(0, 12); });
  try {
    new Ring({ encoder: 'mapped' });
  } catch (error) {
    said.refused = error.message;
  }
  await ring.close();
  sync.close();
  console.log(JSON.stringify(said));`;

test('rings work where a runtime allows no external memory', async (context) => {
  if (!hasProgram('gcc'))
    context.skip('the machine has no gcc (Debian package gcc) to build the refusing library with');
  const { module, library } = await refusingPackage();
  const file = join(temporaryFolder(), 'file');
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program(module), file], {
    env: { ...process.env, LD_PRELOAD: library },
  });
  expect(JSON.parse(stdout)).toEqual({
    ...{ ring: false, sync: false, memory: false },
    ...{
      written: 16,
      read: [16, 'copied there'],
      size: 16,
      received: 'over the wire',
      drained: 'copied there',
    },
    refused: expect.stringMatching(/encoder/),
  });
});
