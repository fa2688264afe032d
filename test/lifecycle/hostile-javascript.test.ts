/**
 * No JavaScript can corrupt memory through a ring: whatever is dropped, transferred, cloned, posted or resized while
 * the kernel works on it, on Node 20, 22, 24 and 26. The same program without the protection does corrupt it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type ChildResult, runChild } from '../support/children.js';
import { hostileProgram, WAYS } from '../support/hostile-program.js';
import { nodeOf } from '../support/node-versions.js';
import { ENCODERS, temporaryFolder } from '../support/rings.js';

const FLAGS = ['--expose-gc', '--no-warnings'];
/** A version of Node may have to be fetched first. */
const TIMEOUT_MS = 300_000;
/** Operations of the program with protection: twelve of each of its nine kinds. */
const OPERATIONS = 12 * 9;

interface Outcome {
  readonly intact: boolean;
  readonly faithful: boolean;
  readonly refused: number;
  readonly done: number;
  readonly failed: readonly string[];
}

function outcomeOf({ code, signal, stdout, stderr }: ChildResult): Outcome {
  if (code !== 0)
    throw new Error(`the program ended with code ${code}, signal ${signal}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout) as Outcome;
}

/** Whether the program found what should not be, or was ended by what came of it. */
function isCorrupt(result: ChildResult): boolean {
  if (result.signal !== null)
    return ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGTRAP'].includes(result.signal);
  const { intact, faithful } = outcomeOf(result);
  return !intact || !faithful;
}

describe.each([20, 22, 24, 26])('hostile JavaScript, Node %i', { timeout: TIMEOUT_MS }, (major) => {
  test.for(ENCODERS)('corrupts nothing, %s encoder', async (encoder, context) => {
    const node = await nodeOf(major);
    if ('lack' in node) return context.skip(node.lack);
    for (const way of WAYS) {
      const result = await runChild(hostileProgram({ encoder, way }), { node: node.path, flags: FLAGS });
      const { failed, ...outcome } = outcomeOf(result);
      expect({ way, ...outcome }).toMatchObject({ way, intact: true, faithful: true, refused: 1 });
      expect(outcome.done + failed.length).toBe(OPERATIONS);
      // What fails does so because its bytes are gone, and says so.
      for (const code of failed) expect(['ERR_INVALID_STATE', 'ERR_INVALID_ARG_VALUE']).toContain(code);
      if (way === 'drop') expect(failed).toEqual([]);
    }
  });

  test('corrupts memory where the kernel is handed ordinary ArrayBuffers', async (context) => {
    const node = await nodeOf(major);
    if ('lack' in node) return context.skip(node.lack);
    const addressOf = join(temporaryFolder(), 'address_of.node');
    const source = fileURLToPath(new URL('../support/address_of.c', import.meta.url));
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', addressOf, source]);
    for (const way of WAYS) {
      const program = hostileProgram({ encoder: 'mapped', way, addressOf });
      const result = await runChild(program, { node: node.path, flags: FLAGS });
      expect({ way, corrupt: isCorrupt(result) }).toEqual({ way, corrupt: true });
    }
  });
});
