/**
 * Proves that an output folder is replaced as a whole: killed at any moment, a run leaves the old tree or the new one;
 * runs side by side do not disturb each other; and what is not the generator's survives.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAIN, ringsmith, temporaryFolder } from '../support/cli.js';

const KILLS = 8;
const generate = (out: string, kernel: string): string[] => ['generate', '--kernel', kernel, '--out', out];

/** Whether the folder is exactly what that kernel generates. */
const isTreeOf = (out: string, kernel: string): boolean =>
  ringsmith([...generate(out, kernel), '--check']).code === 0;

describe('a run that is killed', () => {
  it('leaves the old tree or the new one, and nothing beside it after the next run', {
    timeout: 240_000,
  }, async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'package');
    expect(ringsmith(generate(out, '6.12')).code).toBe(0);
    const started = performance.now();
    expect(ringsmith(generate(out, '7.3')).code).toBe(0);
    const whole = performance.now() - started;
    let current = '7.3';
    for (let kill = 0; kill < KILLS; kill += 1) {
      const next = current === '7.3' ? '6.12' : '7.3';
      const child = spawn(process.execPath, [MAIN, ...generate(out, next)], { stdio: 'ignore' });
      // Listened to from the start: a quick run may end before it is killed.
      const ended = new Promise((resolve) => child.on('close', resolve));
      // Most of the moments lie in the last part, where the tree is written.
      await sleep(whole * (0.65 + 0.05 * kill));
      child.kill('SIGKILL');
      await ended;
      const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as { label: string };
      const now = manifest.label.replace('Linux ', '');
      expect([current, next]).toContain(now);
      expect(isTreeOf(out, now), `after kill ${kill}: a whole tree of ${now}`).toBe(true);
      current = now;
    }
    const other = current === '7.3' ? '6.12' : '7.3';
    expect(ringsmith(generate(out, other)).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['package']);
  });
});

describe('runs side by side', () => {
  it('into one folder and into several end with whole trees', async () => {
    const folder = temporaryFolder();
    const runs = [
      ['shared', '6.12'],
      ['shared', '7.3'],
      ['own', '7.3'],
    ].map(
      ([name, kernel]) =>
        new Promise<number | null>((resolve) => {
          const child = spawn(process.execPath, [MAIN, ...generate(join(folder, name!), kernel!)], {
            stdio: 'ignore',
          });
          child.on('close', resolve);
        }),
    );
    const codes = await Promise.all(runs);
    expect(codes).toEqual([0, 0, 0]);
    expect(isTreeOf(join(folder, 'own'), '7.3')).toBe(true);
    expect(isTreeOf(join(folder, 'shared'), '7.3') || isTreeOf(join(folder, 'shared'), '6.12')).toBe(true);
  });
});

describe("what is not the generator's", () => {
  it('survives: node_modules, builds, and files a user put beside', () => {
    const out = join(temporaryFolder(), 'package');
    expect(ringsmith(generate(out, '6.12')).code).toBe(0);
    mkdirSync(join(out, 'node_modules', 'x'), { recursive: true });
    writeFileSync(join(out, 'node_modules', 'x', 'index.js'), 'x');
    symlinkSync('x', join(out, 'node_modules', 'link'));
    writeFileSync(join(out, 'NOTES.md'), 'mine');
    expect(ringsmith(generate(out, '7.3')).code).toBe(0);
    expect(readFileSync(join(out, 'node_modules', 'link', 'index.js'), 'utf8')).toBe('x');
    expect(readFileSync(join(out, 'NOTES.md'), 'utf8')).toBe('mine');
  });

  it('a folder that cannot be written is a Problem, and stays as it was', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    const result = ringsmith(generate(join(file, 'package'), '7.3'));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('[OUT_NOT_WRITABLE]');
    expect(existsSync(file)).toBe(true);
  });
});
