/**
 * A mistake on the benchmark's command line is told with its remedy before anything is measured, and exits with 2; a
 * place that cannot be written to, with 1.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, sharedFolder } from '../support/bench.js';

const folder = sharedFolder();
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('the command line of the benchmark', () => {
  test.each([
    [['nosuch', 'nop'], 'no workload nosuch; there are copy, echo,'],
    [['--rounds', '0'], '--rounds takes a positive number; got 0'],
    [['--nosuch'], "Unknown option '--nosuch'"],
    [['nop', '--readme'], '--readme is for a whole run'],
    [['--into', folder], '--into says where --readme writes'],
    [['--readme', '--into', join(folder, 'nowhere')], 'has no README.md; nothing was run'],
    [['--from', join(folder, 'nowhere')], 'ENOENT'],
    [['--from', file('old.json', '{ "schema": 1 }')], 'it has schema 1'],
    [['nop', '--from', file('any.json', '{}')], '--from takes what was measured'],
  ])('refuses %j', (args, message) => {
    const { code, stdout, stderr } = bench(args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('usage: npm run bench');
    expect([code, stdout]).toEqual([2, '']);
  });

  test('looks for its place in a README before it measures', () => {
    file('README.md', '# without marks\n');
    const { code, stdout, stderr } = bench(['nop', '--readme', '--into', folder]);
    expect(stderr).toContain('lacks the marks');
    expect([code, stdout]).toEqual([1, '']);
  });

  test('explains itself', () => {
    expect(bench(['--help'])).toMatchObject({ code: 0, stderr: '' });
  });
});
