/**
 * Proves that TypeScript takes the published types in a strict project that looks into every declaration, whichever way it
 * resolves modules, with the oldest TypeScript that is supported and with the newest.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cli.js';
import { npmTool } from '../support/npm-tools.js';
import { needPackages, PACKAGES } from '../support/release/packages.js';
import { ROOT } from '../support/repository.js';

const CASES = ['5.7', '5', '7'].flatMap((version) => [
  { version, module: 'nodenext', moduleResolution: 'nodenext' },
  { version, module: 'esnext', moduleResolution: 'bundler' },
]);

const PROGRAM = `
import { type File, operations, Ring, type RingBuffer, RingError, SyncRing } from 'ringsmith';
import { IORING_OP_NOP, O_CREAT, O_RDWR, Opcode } from 'ringsmith/abi';

export async function main(): Promise<number> {
  await using ring = new Ring({ entries: 64 });
  const file: File = await ring.open('notes.txt', { flags: O_RDWR | O_CREAT, mode: 0o600 });
  const buffer: RingBuffer = ring.alloc(64);
  try {
    const bytes: number = await file.read(buffer, { position: 0, timeout: 100 });
    const { stxSize } = await ring.ops.statx({ path: 'notes.txt' });
    const size: bigint = stxSize;
    return bytes + Number(size) + IORING_OP_NOP + Opcode.NOP;
  } catch (error) {
    if (error instanceof RingError) console.log(error.code, error.contract?.rules);
    throw error;
  } finally {
    await file.close();
  }
}

export function synchronous(): void {
  using ring = new SyncRing({ entries: 8 });
  ring.push(operations.nop, { userData: 7 });
  ring.wait(1);
  ring.drain((completion) => console.log(completion.userData, completion.res));
}

// @ts-expect-error an argument that there is not
export const wrong = (ring: Ring, buffer: RingBuffer) => ring.ops.read({ fd: 0, bufer: buffer });
`;

needPackages();

function project(settings: object): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  cpSync(join(PACKAGES, 'ringsmith'), join(modules, 'ringsmith'), { recursive: true });
  mkdirSync(join(modules, '@types'));
  symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  writeFileSync(join(folder, 'package.json'), '{"name":"project","type":"module"}');
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  const options = {
    ...settings,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['program.ts'] }),
  );
  return folder;
}

describe.each(CASES)('TypeScript $version with $moduleResolution', ({ version, ...settings }) => {
  it('has no objection', { timeout: 240_000 }, async ({ skip }) => {
    const tool = await npmTool('typescript', version, { program: 'tsc' });
    skip('lack' in tool, 'lack' in tool ? tool.lack : '');
    if ('lack' in tool) return;
    const { stdout, stderr, status } = spawnSync(process.execPath, [tool.script], {
      cwd: project(settings),
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });
});
