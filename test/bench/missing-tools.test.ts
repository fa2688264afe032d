/**
 * What a machine lacks leaves contenders out, with the reason and the remedy, and nothing else: without a C compiler the
 * JavaScript contenders run, and without strace its target is not measured.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bench, sharedFolder } from '../support/bench.js';

const empty = join(sharedFolder(), 'empty');
mkdirSync(empty);

interface Measured {
  readonly workloads: readonly {
    readonly cases: readonly {
      readonly contenders: readonly { readonly name: string }[];
      readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
    }[];
    readonly targets: readonly { readonly outcome: string; readonly needs?: string }[];
  }[];
}

test('without tools the rest is measured, and stdout is JSON alone', () => {
  const { code, stdout, stderr } = bench(['nop', '--quick', '--rounds', '1', '--json', '-'], { PATH: empty });
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('left out: C, liburing: gcc or liburing.h is missing'),
  ]);
  expect(stderr).toContain('install gcc, libc6-dev, liburing-dev');
  const [nop] = (JSON.parse(stdout) as Measured).workloads;
  expect(nop?.cases[0]?.contenders.map(({ name }) => name)).toEqual(['ringsmith, sync level']);
  expect(nop?.targets).toEqual([
    expect.objectContaining({ outcome: 'not measured', needs: expect.anything() }),
  ]);
});

test('without strace no system calls are claimed', () => {
  const { code, stdout } = bench(['sqpoll', '--quick', '--rounds', '1'], { PATH: empty });
  expect(code).toBe(0);
  expect(stdout).not.toContain('enters among them');
  expect(stdout.match(/not measured, it needs strace/g)).toHaveLength(2);
});
