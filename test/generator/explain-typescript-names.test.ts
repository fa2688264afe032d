/**
 * Proves that `explain` takes what a program wrote: arguments by their TypeScript names, in any spelling, and values by
 * the members of enums; and that a bare `flags` is the operation's own.
 */
import { expect, it } from 'vitest';
import { ringsmith } from '../support/cli.js';

it.each([
  [['fsync', 'flags=2'], '(sqe->fsync_flags) = 2', 1],
  [['FSYNC', 'fsync_flags=2'], '(sqe->fsync_flags) = 2', 1],
  [['fsync', 'flags=DATASYNC'], '(sqe->fsync_flags) = 1', 0],
  [['fsync', 'sqeFlags=16'], 'sqe->flags = 16', 0],
  [['fsync', 'flags=16', 'fsyncFlags=1'], 'sqe->flags = 16', 0],
  [['fsync', 'flags=IOSQE_ASYNC'], 'sqe->flags = 16', 0],
  [['nop', 'flags=IOSQE_ASYNC'], 'sqe->flags = 16', 0],
  [['renameat', 'oldPath=1', 'newDirfd=3'], '(sqe->addr) = 1', 0],
  [['renameat', 'flags=RenameFlags.NOREPLACE'], '(sqe->rename_flags) = 1', 0],
])('%j', (words, text, code) => {
  const result = ringsmith(['explain', ...words]);
  expect(result.stdout, result.stderr).toContain(text);
  expect(result.code).toBe(code);
});

it('a name that is none is refused with what was likely meant', () => {
  expect(ringsmith(['explain', 'renameat', 'oldPaht=1'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/did you mean old-?path/i),
  });
});
