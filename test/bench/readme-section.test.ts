/**
 * A run leaves its figures in a README between two marks, and in bench/results: the rest of the README stays, what an
 * earlier run left goes, and the same measurements give the same files. A target stands beside what C reached.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bench, sharedFolder } from '../support/bench.js';

const folder = sharedFolder();
const json = join(folder, 'measured.json');
const results = join(folder, 'bench/results');
const before = '# above\n<!-- bench: written by npm run bench -- --readme -->\nold\n';
const after = '<!-- bench: end -->\nbelow\n';

interface Contender {
  readonly name: string;
  readonly perSecond: { readonly values: readonly number[] };
}

interface Measured {
  readonly workloads: readonly {
    readonly cases: readonly { readonly contenders: readonly Contender[] }[];
    readonly targets: readonly {
      readonly measured: number;
      readonly limit?: number;
      readonly share?: number;
    }[];
  }[];
}

function filesOf(): Record<string, string> {
  const names = readdirSync(results).sort();
  const texts = names.map((name): [string, string] => [name, readFileSync(join(results, name), 'utf8')]);
  return { ...Object.fromEntries(texts), readme: readFileSync(join(folder, 'README.md'), 'utf8') };
}

beforeAll(() => {
  writeFileSync(join(folder, 'README.md'), before + after);
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'no-more.svg'), '');
  const args = [
    'multiget',
    'scale-workers',
    '--quick',
    '--rounds',
    '1',
    '--json',
    json,
    '--readme',
    '--into',
    folder,
  ];
  expect(bench(args)).toMatchObject({ code: 0, stderr: '' });
});

describe('what a run leaves', () => {
  test('is a section of the README, plots and figures', () => {
    const files = filesOf();
    expect(Object.keys(files)).toEqual(['multiget.svg', 'results.json', 'scale-workers.svg', 'readme']);
    expect(files['readme']).toMatch(/^# above\n<!-- bench: written [\s\S]*<!-- bench: end -->\nbelow\n$/);
    expect(files['readme']).not.toContain('old');
    expect(files['readme']).toContain('| [multiget](bench/results/multiget.svg)<br>batches of 32 | awaited ');
    expect(files['multiget.svg']).toMatch(/^<svg [\s\S]*ringsmith, sync level[\s\S]*<\/svg>$/);
    expect(files['scale-workers.svg']).toContain('worker threads');
    expect(JSON.parse(files['results.json'] ?? '')).toMatchObject({ workloads: [{ name: 'multiget' }, {}] });
  });

  test('is the same when it is made of the same measurements', () => {
    const first = filesOf();
    const { code } = bench(['--from', json, '--readme', '--into', folder]);
    expect(code).toBe(0);
    expect(filesOf()).toEqual(first);
  });

  test('says what C reached of a target', (context) => {
    const [multiget] = (JSON.parse(readFileSync(json, 'utf8')) as Measured).workloads;
    const rate = (name: string): number | undefined =>
      multiget?.cases[0]?.contenders.find((contender) => contender.name === name)?.perSecond.values[0];
    const [c, peer, ours] = ['C, liburing', 'filehandle.read', 'ringsmith, awaited'].map(rate);
    if (c === undefined) return context.skip('gcc or liburing is missing');
    const target = multiget?.targets[0];
    expect(target?.measured).toBeCloseTo(ours! / peer!, 9);
    expect(target?.limit).toBeCloseTo(c / peer!, 9);
    expect(target?.share).toBeCloseTo(ours! / c, 9);
  });
});
