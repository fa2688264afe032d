/** Processes that end with operations in flight: promptly, with the code that the program or the signal asks for. */
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

const PROMPT_MS = 5_000;

describe.each(ENCODERS)('with operations in flight, %s encoder', (encoder) => {
  const busy = `
    const ring = new Ring({ encoder: ${JSON.stringify(encoder)} });
    const { near } = await socketPair();
    const file = fs.openSync(process.execPath);
    for (let i = 0; i < 64; i++) {
      ring.ops.recv({ fd: near, buffer: ring.alloc(4096) });
      ring.ops.timeout({ after: 3600000 });
      ring.ops.read({ fd: file, buffer: ring.alloc(65536), offset: i * 65536 });
    }
    await ring.ops.nop();`;

  test('process.exit() exits', async () => {
    const { code, signal, stderr, ms } = await runChild(`${busy} process.exit(7);`);
    expect({ code, signal, stderr }).toEqual({ code: 7, signal: null, stderr: '' });
    expect(ms).toBeLessThan(PROMPT_MS);
  });

  test('an uncaught exception ends it with code 1', async () => {
    const { code, signal, stderr, ms } = await runChild(
      `${busy} setImmediate(() => { throw new Error('mine'); });`,
    );
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('Error: mine');
    expect(ms).toBeLessThan(PROMPT_MS);
  });

  test('an unhandled rejection of an operation ends it with code 1', async () => {
    const { code, stderr } = await runChild(`${busy} ring.ops.close({ fd: 999999 });`);
    expect(code).toBe(1);
    expect(stderr).toContain("code: 'EBADF'");
    expect(stderr).toContain("op: 'IORING_OP_CLOSE'");
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('%s ends it', async (signalWhenReady) => {
    const { code, signal, ms } = await runChild(`${busy} console.log('ready');`, { signalWhenReady });
    expect({ code, signal }).toEqual({ code: null, signal: signalWhenReady });
    expect(ms).toBeLessThan(PROMPT_MS);
  });

  test('a handler of SIGTERM may close the ring and leave', async () => {
    const program = `${busy}
      process.on('SIGTERM', async () => { await ring.close(); process.exitCode = 3; process.exit(); });
      process.on('unhandledRejection', () => {});
      console.log('ready');`;
    const { code, signal, stderr, ms } = await runChild(program, { signalWhenReady: 'SIGTERM' });
    expect({ code, signal, stderr }).toEqual({ code: 3, signal: null, stderr: '' });
    expect(ms).toBeLessThan(PROMPT_MS);
  });
});
