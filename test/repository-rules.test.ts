/** Repository rules: import direction, dead modules, preambles, size and the rest; and that each rule objects when broken. */

import { describe, expect, test } from 'vitest';
import { readRepository } from './support/repository.js';
import { RULES } from './support/repository-rules.js';

const repository = readRepository();

describe.each(RULES)('$name', ({ check, caught }) => {
  test('holds', () => {
    expect(check(repository).join('\n')).toBe('');
  });

  test.each(
    caught.map((files, index) => ({ files, title: `${index + 1}: ${Object.keys(files).join(', ')}` })),
  )('objects to example $title', ({ files }) => {
    const violations = check(Object.entries(files).map(([path, text]) => ({ path, text })));
    expect(violations).not.toEqual([]);
  });
});
