/**
 * Proves of the built package that its entry points share what they have in common, so that a class of one is the class
 * of all; that importing it loads a handful of files; and that stack traces can point to the sources.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/cli.js';

const DIST = join(ROOT, 'dist');

const output = (script: string, ...options: string[]): string =>
  execFileSync(process.execPath, [...options, '--input-type=module', '--eval', script], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();

/** A file and everything it imports of the package before it runs. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:im|ex)port .*?"(\.[^"]+)";$/gm)) {
    loadedBy(resolve(dirname(file), path!), seen);
  }
  return seen;
}

const loaded = (entry: string): string[] =>
  [...loadedBy(join(DIST, entry))].map((file) => relative(DIST, file)).sort();

it('has every class once', () => {
  const script = `
    import * as ringsmith from 'ringsmith';
    import * as seam from 'ringsmith/seam';
    import * as abi from 'ringsmith/abi';
    const shared = Object.keys(ringsmith).filter((name) => name in seam);
    const other = shared.filter((name) => ringsmith[name] !== seam[name]);
    const ring = new ringsmith.Ring();
    const buffer = ring.alloc(8);
    console.log(shared.length > 10, other.length, ring instanceof seam.RingCore, buffer instanceof seam.RingBuffer,
      abi.Opcode.NOP === abi.IORING_OP_NOP);
    await ring.close();`;
  expect(output(script)).toBe('true 0 true true true');
  const defining = readdirSync(join(DIST, 'chunks'))
    .filter((name) => name.endsWith('.js'))
    .filter((name) =>
      /\bclass RingBuffer\b|\bRingBuffer = class\b/.test(readFileSync(join(DIST, 'chunks', name), 'utf8')),
    );
  expect(defining).toEqual(['runtime.js']);
});

it('loads a handful of files', () => {
  const runtime = ['chunks/constants.js', 'chunks/layouts.js', 'chunks/runtime.js'];
  expect(loaded('generated/index.js')).toEqual([...runtime, 'generated/index.js']);
  expect(loaded('runtime/seam.js')).toEqual([...runtime, 'runtime/seam.js']);
  expect(loaded('generated/abi/index.js')).not.toContain('chunks/runtime.js');
});

it('shows its sources in stack traces', () => {
  const script = `
    import { Ring } from 'ringsmith';
    const ring = new Ring();
    console.log(await ring.ops.read({ fd: 0, buffer: 3 }).catch((error) => error.stack));
    await ring.close();`;
  const stack = output(script, '--enable-source-maps');
  expect(stack).toMatch(/runtime\/arguments\/memory-pins\.ts:\d+:\d+/);
  expect(stack).toMatch(/generated\/ops\.ts:\d+:\d+/);
  expect(stack).not.toContain('chunks/');
});
