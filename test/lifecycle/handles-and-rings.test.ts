/**
 * Proves that handles and rings end in any order: a handle outlives its ring and can still be closed, while a ring closes
 * and after; a handle that is dropped is closed with a warning as Node's FileHandle is; and workers leave nothing behind.
 */
import { fstatSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as constants from '../../generated/abi/constants.js';
import { Ring } from '../../generated/index.js';
import { resultOfChild, runChild } from '../support/children.js';
import { ENCODERS, openRing } from '../support/rings.js';

const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe.each(ENCODERS)('handles and rings, %s encoder', (encoder) => {
  test('a handle outlives its ring: other rings use it, and it is closed without', async () => {
    const second = openRing({ encoder });
    const before = descriptors();
    const ring = new Ring({ encoder });
    const file = await ring.open('/dev/zero');
    await ring.close();
    expect(fstatSync(file.fd).isCharacterDevice()).toBe(true);
    await expect(file.read(Buffer.alloc(4))).rejects.toMatchObject({ code: 'ERR_RING_CLOSED' });
    await expect(second.ops.read({ fd: file, buffer: Buffer.alloc(4) })).resolves.toBe(4);
    await file.close();
    expect(descriptors()).toBe(before);
  });

  test('handles that are closed while their ring closes are closed once', async () => {
    const before = descriptors();
    for (let round = 0; round < 20; round += 1) {
      const ring = new Ring({ encoder });
      const [reading, writing] = await ring.ops.pipe();
      const pipes = [ring.adopt(reading), ring.adopt(writing)];
      const files = await Promise.all(Array.from({ length: 8 }, () => ring.open('/dev/zero')));
      const received = expect(pipes[0]!.read(Buffer.alloc(1))).rejects.toMatchObject({ code: 'ECANCELED' });
      await ring.ops.nop();
      const early = files.slice(0, 4).map((file) => file.close());
      const closing = ring.close();
      const late = [...files.slice(4), ...pipes].map((handle) => handle.close());
      await Promise.all([...early, closing, ...late, received]);
      expect(ring.statistics.openHandles).toBe(0);
    }
    expect(descriptors()).toBe(before);
  });

  test('a ring that may not close anything leaves it to the thread', async () => {
    const ring = openRing({ encoder, disabled: true });
    ring.restrict({ opcodes: [constants.IORING_OP_OPENAT] });
    ring.enable();
    const before = descriptors();
    const file = await ring.open('/dev/zero');
    await file.close();
    expect(descriptors()).toBe(before);
  });

  test('a handle that is dropped is closed, counted and warned of; one that is in use is not', async () => {
    const program = `
      const ring = new Ring({ encoder: '${encoder}' });
      const [reading, writing] = await ring.ops.pipe();
      const before = descriptors();
      const warnings = [];
      process.on('warning', (warning) => warnings.push(warning.message));
      const fds = [];
      for (let i = 0; i < 10; i++) fds.push((await ring.open('/dev/zero')).fd);
      const open = await ring.open('/dev/zero');
      const used = ring.adopt(reading).read(Buffer.alloc(4));
      while (ring.statistics.lostHandles < 10) { gc(); await sleep(5); }
      await ring.ops.nop();
      while (descriptors() > before + 1) await sleep(5);
      for (let round = 0; round < 5; round++) { gc(); await sleep(2); }
      const early = ring.statistics.lostHandles;
      await ring.ops.write({ fd: writing, buffer: Buffer.from('late') });
      const read = await used;
      while (ring.statistics.lostHandles < 11) { gc(); await sleep(5); }
      fs.fstatSync(open.fd);
      await open.close();
      const { openHandles, lostHandles } = ring.statistics;
      await ring.close();
      const told = (fd) => warnings.some((text) => text.startsWith('Closing file descriptor ' + fd + ' on garbage collection'));
      console.log(JSON.stringify({ read, early, openHandles, lostHandles, told: [...fds, reading].every(told), count: warnings.length }));
    `;
    const flags = ['--expose-gc', '--no-warnings'];
    await expect(resultOfChild(program, { flags })).resolves.toEqual({
      read: 4,
      early: 10,
      openHandles: 0,
      lostHandles: 11,
      told: true,
      count: 11,
    });
  });

  test('a dropped handle is closed after its ring as well', async () => {
    const program = `
      const ring = new Ring({ encoder: '${encoder}' });
      await ring.ops.nop();
      const before = descriptors();
      for (let i = 0; i < 10; i++) await ring.open('/dev/zero');
      await ring.close();
      while (ring.statistics.lostHandles < 10) { gc(); await sleep(5); }
      console.log(before - descriptors());
    `;
    // The ring itself is one of them.
    await expect(
      resultOfChild(program, { flags: ['--expose-gc', '--no-warnings'] }),
    ).resolves.toBeGreaterThan(0);
    const loud = await runChild(program, { flags: ['--expose-gc'] });
    expect(loud.stderr).toMatch(/Warning: Closing file descriptor \d+ on garbage collection/);
  });

  test('a worker that ends, however it does, takes its handles along', async () => {
    const source = `
      import { Ring } from '\${packageUrl}';
      import { parentPort, workerData } from 'node:worker_threads';
      const ring = new Ring({ encoder: '${encoder}' });
      const files = await Promise.all(Array.from({ length: 20 }, () => ring.open('/dev/zero')));
      await files[0].close();
      const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
      listener.accept().catch(() => undefined);
      await ring.ops.nop();
      const closed = new Ring();
      files.push(await closed.open('/dev/zero'));
      await closed.close();
      parentPort.postMessage('ready');
      if (workerData === 'exit') process.exit();
      if (workerData === 'end') await ring.close();
    `;
    const program = `
      await new Ring().close();
      const results = {};
      for (const how of ['terminate', 'exit', 'end', 'terminate', 'exit', 'end']) {
        const before = descriptors();
        const url = new URL('data:text/javascript,' + encodeURIComponent(\`${source}\`));
        const worker = new Worker(url, { workerData: how });
        const over = new Promise((resolve) => worker.once('exit', resolve));
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
        if (how === 'terminate') await worker.terminate();
        await over;
        results[how] = descriptors() - before;
      }
      console.log(JSON.stringify(results));
    `.replaceAll('\\`', '`');
    await expect(resultOfChild(program)).resolves.toEqual({ terminate: 0, exit: 0, end: 0 });
  });
});
