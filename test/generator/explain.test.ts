/** `ringsmith explain`: a contract on one page, and whether the kernel would refuse given values, by which rule. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliResult, ringsmith, temporaryFolder } from '../support/cli.js';
import { FIXTURE_CONTRACT } from '../support/contract-fixture.js';

function explain(...words: readonly string[]): CliResult {
  const file = join(temporaryFolder(), 'contract.json');
  writeFileSync(file, JSON.stringify(FIXTURE_CONTRACT));
  return ringsmith(['explain', '--contract', file, ...words]);
}

describe('an operation', () => {
  test('is one page', () => {
    const { code, stdout } = explain('STATX');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^IORING_OP_STATX \(21\), by the contract of Linux \d+\.\d+\n/);
    expect(stdout).toMatch(/\n {2}sqe->len +mask +unsigned int\n/);
    expect(stdout).toMatch(/\n {2}sqe->addr +path +char \* \(in, path\)\n/);
    expect(stdout).toMatch(/\nmust be 0\n {2}sqe->buf_index, sqe->splice_fd_in\n/);
    expect(stdout).toMatch(
      /\n {2}EBADF {2}sqe->flags must not have IOSQE_FIXED_FILE \(io_uring\/statx.c:29\)\n/,
    );
    expect(stdout).toMatch(/man statx\(2\)/);
  });

  test('shows conditions, attributes and more than one completion', () => {
    const { stdout } = explain('recv');
    expect(stdout).toMatch(/\n {2}sqe->fd +the file\n/);
    expect(stdout).toMatch(/sqe->optlen +mshot_len +unsigned int +where `flags & IORING_RECV_MULTISHOT`\n/);
    expect(stdout).toMatch(/\nmore than one completion\n {2}where `flags & IORING_RECV_MULTISHOT`\n/);
    expect(stdout).toMatch(/\nattributes\n {2}needs_file, buffer_select, pollin\n/);
  });

  test.each(['STATX', 'statx', 'Statx', 'IORING_OP_STATX', 'ioring-op-statx', '21'])('%s', (word) => {
    expect(explain(word).stdout).toMatch(/^IORING_OP_STATX /);
  });

  test('as JSON', () => {
    const report = JSON.parse(explain('fsync', '--json').stdout);
    expect(report).toMatchObject({ opcode: 'IORING_OP_FSYNC', number: 3, man: 'fsync(2)' });
    expect(report.contract.rules).toHaveLength(6);
  });
});

describe('values', () => {
  test.each([
    [['fsync', 'fd=3', 'buf_index=3'], 'EINVAL: sqe->buf_index must be 0; it is 3'],
    [
      ['fsync', 'fsync_flags=0x9'],
      'EINVAL: `flags` (sqe->fsync_flags) may only have IORING_FSYNC_DATASYNC; bit 0x8',
    ],
    [['fsync', 'sqe->off=-1'], 'EINVAL: sqe->off must be >= 0; it is -1'],
    [['fsync', 'setup=IORING_SETUP_IOPOLL'], 'EINVAL: refused when `ctx->flags & IORING_SETUP_IOPOLL`'],
    [['statx', 'path=4096', 'flags=IOSQE_FIXED_FILE'], 'EBADF: sqe->flags must not have IOSQE_FIXED_FILE'],
    [['recv', 'ioprio=IORING_RECV_MULTISHOT'], 'EINVAL: sqe->flags must have IOSQE_BUFFER_SELECT'],
    [['fsync', 'flags=IOSQE_ASYNC|0x80'], 'EINVAL: sqe->flags may only have IOSQE_FIXED_FILE'],
  ])('%j are refused', (words, reason) => {
    const { code, stdout } = explain(...words);
    expect(stdout).toContain(`refuses this:\n  ${reason}`);
    expect(code).toBe(1);
  });

  test.each([
    [['fsync', 'fd=3', 'flags=IORING_FSYNC_DATASYNC'], '`flags` (sqe->fsync_flags) = 1'],
    [['fsync', 'fsyncFlags=1', 'flags=16'], 'sqe->flags = 16'],
    [['statx', 'mask=STATX_BASIC_STATS', 'dfd=-100'], '`dfd` (sqe->fd) = -100'],
    [
      ['recv', 'ioprio=IORING_RECV_MULTISHOT', 'flags=IOSQE_BUFFER_SELECT', 'setup=IORING_SETUP_CQE32'],
      'setup = 2048',
    ],
  ])('%j are not', (words, understood) => {
    const { code, stdout } = explain(...words);
    expect(stdout).toContain(understood);
    expect(stdout).toMatch(/no rule of Linux \S+ is known to refuse this/);
    expect(stdout).not.toMatch(/refuses nothing/);
    expect(code).toBe(0);
  });

  test('what depends on more than the entry is said, and is no refusal', () => {
    const { code, stdout } = explain('fsync', 'fd=3');
    expect(stdout).toMatch(
      /may be refused, where it depends on more:\n {2}EINVAL: refused when `!file->f_op->fsync`/,
    );
    expect(code).toBe(0);
  });

  test('the first rule is the answer, the others are named too', () => {
    const { stdout } = explain('fsync', 'off=-1', 'buf_index=1');
    expect(stdout).toMatch(/refuses this:\n {2}EINVAL: sqe->buf_index .*\nand would.*\n {2}EINVAL: sqe->off/);
  });

  test('as JSON', () => {
    const { code, stdout } = explain('fsync', 'buf_index=1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      given: { buf_index: '1' },
      refused: true,
      verdict: 'refused',
      error: 'EINVAL',
      rules: [{ certain: true, rule: { kind: 'zero' } }, { certain: false }],
    });
    expect(code).toBe(1);
  });
});

describe('where nothing is known, that is what is said', () => {
  test.each([
    ['statx', 'user_data=1'],
    ['recv', 'user_data=1', 'len=0'],
  ])('%s %s', (...words) => {
    const { code, stdout } = explain(...words);
    expect(stdout).toMatch(/no rule of Linux \S+ is known to refuse this/);
    expect(stdout).not.toMatch(/refuses nothing|takes this|accept/);
    expect(code).toBe(0);
  });

  test('as JSON too', () => {
    const report = JSON.parse(explain('statx', 'user_data=1', '--json').stdout) as object;
    expect(report).toMatchObject({ refused: false });
    expect(['no rule is known to refuse this', 'may be refused']).toContain(
      (report as { verdict: string }).verdict,
    );
  });
});

describe('bad usage', () => {
  test.each([
    [['statz'], 'did you mean STATX'],
    [['200'], 'give a name such as'],
    [['statx', 'maks=1'], 'did you mean mask'],
    [['statx', 'mask=STATX_BASIC_STATZ'], 'did you mean STATX_BASIC_STATS'],
    [['statx', 'mask'], 'not field=value'],
    [['statx', 'mask='], 'a value is missing'],
    [['statx', 'mask=1.5'], 'neither a number nor a constant'],
    [['statx', 'mask=0x100000000'], 'does not fit 32 bits'],
    [['statx', 'off=1', 'buffer=2'], 'has the same place'],
    [['statx', 'setup=1', 'setup=2'], 'has the same place'],
    [['statx', '--kernel', '0.1'], 'error:'],
  ])('%j', (words, remedy) => {
    const { code, stdout, stderr } = explain(...words);
    expect(stderr).toContain(remedy);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test.each([
    ['not JSON', '{'],
    ['no contract', '{"schema": 2}'],
  ])('a contract file with %s', (_, text) => {
    const file = join(temporaryFolder(), 'contract.json');
    writeFileSync(file, text);
    const { code, stdout, stderr } = ringsmith(['explain', 'statx', '--contract', file]);
    expect(stderr).toMatch(
      /contract.json: error: .*\[CONTRACT_UNREADABLE\]\n {2}consequence: .*\n {2}remedy: /,
    );
    expect([code, stdout]).toEqual([2, '']);
  });

  test('a contract file that is not there', () => {
    const file = join(temporaryFolder(), 'contract.json');
    const { code, stdout, stderr } = ringsmith(['explain', 'statx', '--contract', file]);
    expect(stderr).toMatch(/contract.json: error: .*\[CONTRACT_MISSING\]\n {2}consequence: .*\n {2}remedy: /);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('a kernel without a contract of its own', () => {
  test('is explained by the nearest newer one, which is named', () => {
    const { code, stdout } = ringsmith(['explain', 'statx', '--kernel', '5.10']);
    expect(stdout).toContain('IORING_OP_STATX (21), by the contract of Linux 6.1');
    expect(code).toBe(0);
  });
});
