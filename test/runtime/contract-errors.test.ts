/** An operation that the kernel refuses says which rule of the contract it broke: the submission as it was, or nothing. */
import { closeSync, openSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { operations, type RingError } from '../../generated/index.js';
import type { OperationRules } from '../../runtime/contract/rules.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import { FIXTURE_CONTRACT } from '../support/contract-fixture.js';
import { ENCODERS, openRing, openSyncRing, temporaryFolder } from '../support/rings.js';

/** Where fsync and statx have their flags. */
const FLAGS_WORD = 7;

interface Given {
  readonly flags?: number;
  readonly sqeFlags?: number;
}

/** An operation that knows its contract, and how often it was asked for it. */
function withContract<T extends AnyOperation>(operation: T, from = 'Linux 99.1'): T & { asked: number } {
  const found = FIXTURE_CONTRACT.operations.find(({ opcode }) => opcode === operation.constant)!;
  const rules: OperationRules = {
    rules: [...FIXTURE_CONTRACT.common, ...found.rules],
    fields: found.fields,
    from,
  };
  const known = {
    ...operation,
    // Bits that builders refuse, so that the kernel does.
    raw: true as const,
    encode: (words: Uint32Array, at: number, { flags = 0, sqeFlags = 0, ...rest }: Given) => {
      const held = operation.encode(words, at, rest);
      words[at] = words[at]! | (sqeFlags << 8);
      words[at + FLAGS_WORD] = flags;
      return held;
    },
    asked: 0,
    contract: () => {
      known.asked += 1;
      return rules;
    },
  };
  return known;
}

const caught = (promise: Promise<unknown>): Promise<RingError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: RingError) => error,
  );

function temporaryFile(): number {
  const fd = openSync(join(temporaryFolder(), 'file'), 'w+');
  onTestFinished(() => closeSync(fd));
  return fd;
}

describe.each(ENCODERS)('the promise level, %s encoder', (encoder) => {
  test('EINVAL names the rule, the argument and the place in the source', async () => {
    const ring = openRing({ encoder });
    const fsync = withContract(operations.fsync);
    const error = await caught(ring.start(fsync, { fd: temporaryFile(), flags: 9 }));
    expect(error.message).toBe(
      'EINVAL: invalid argument, fsync: `flags` (sqe->fsync_flags) may only have IORING_FSYNC_DATASYNC; ' +
        'bit 0x8 is also set (io_uring/sync.c:58), by the contract of Linux 99.1',
    );
    expect(error).toMatchObject({ code: 'EINVAL', errno: -22, syscall: 'fsync', op: 'IORING_OP_FSYNC' });
    expect(error.contract).toMatchObject({
      from: 'Linux 99.1',
      certain: true,
      rules: [{ certain: true, rule: { kind: 'mask', field: 'fsync_flags', error: 'EINVAL' } }],
    });
    expect(fsync.asked).toBe(1);
  });

  test('the submission is judged, not what the program made of its arguments since', async () => {
    const ring = openRing({ encoder });
    const args = { fd: temporaryFile(), flags: 8 };
    const failing = caught(ring.start(withContract(operations.fsync), args));
    args.flags = 0;
    expect((await failing).message).toMatch(/bit 0x8 is also set/);
  });

  test('common flags are part of it', async () => {
    const ring = openRing({ encoder });
    const error = await caught(
      ring.start(withContract(operations.fsync), { fd: temporaryFile(), sqeFlags: 0x80 }),
    );
    expect(error.message).toMatch(/sqe->flags may only have IOSQE_FIXED_FILE, .*; bit 0x80 is also set/);
  });

  test('EBADF is explained as well', async () => {
    const ring = openRing({ encoder });
    const error = await caught(ring.start(withContract(operations.statx), { path: '/etc', sqeFlags: 1 }));
    expect(error.message).toMatch(
      /^EBADF: .*, statx '[^']+': sqe->flags must not have IOSQE_FIXED_FILE; it is 1/,
    );
  });

  test('a rule that depends on the file is a possibility', async () => {
    const ring = openRing({ encoder });
    const fd = (await ring.ops.socket({ domain: 1, type: 1 })) as number;
    const error = await caught(ring.start(withContract(operations.fsync), { fd }));
    await ring.ops.close({ fd });
    expect(error.message).toMatch(
      /^EINVAL: .*, fsync: possibly refused when `!file->f_op->fsync` \(fs\/sync/,
    );
    expect(error.contract?.certain).toBe(false);
  });

  test.each([
    ['another error than the rules have', operations.fsync, { fd: 1_000_000 }, 'EBADF'],
    [
      'an error of code that no rule covers',
      operations.statx,
      { path: '/etc', flags: 0x8000_0000 },
      'EINVAL',
    ],
  ])('nothing is said of %s', async (_, operation: AnyOperation, args, code) => {
    const ring = openRing({ encoder });
    const error = await caught(ring.start(withContract(operation), args));
    expect(error.message).toMatch(new RegExp(`^${code}: [a-z ]+, [a-z]+( '[^']+')?$`));
    expect(error.contract).toBe(undefined);
  });

  test('an error that has two names is one error', async () => {
    const ring = openRing({ encoder });
    const rule = {
      kind: 'nonzero',
      field: 'len',
      error: 'EOPNOTSUPP',
      when: [],
      at: 'net/socket.c:1',
    } as const;
    const contract = (): OperationRules => ({ rules: [rule], fields: [], from: 'Linux 99.1' });
    const fd = (await ring.ops.socket({ domain: 1, type: 1 })) as number;
    // A command that sockets do not know.
    const error = await caught(ring.start({ ...operations.uringCmd, contract }, { fd, cmdOp: 0xffff }));
    await ring.ops.close({ fd });
    expect(error.code).toBe('ENOTSUP');
    expect(error.contract?.rules.map((broken) => broken.rule)).toEqual([rule]);
  });

  test('nothing is said of a submission whose place in the queue has been used again', async () => {
    const ring = openRing({ encoder, entries: 1 });
    const failing = caught(ring.start(withContract(operations.fsync), { fd: temporaryFile(), flags: 8 }));
    await Promise.all([ring.ops.nop(), ring.ops.nop()]);
    expect(await failing).toMatchObject({ code: 'EINVAL', message: 'EINVAL: invalid argument, fsync' });
  });

  test('nothing is asked when nothing fails', async () => {
    const ring = openRing({ encoder });
    const fsync = withContract(operations.fsync);
    await ring.start(fsync, { fd: temporaryFile() });
    expect(fsync.asked).toBe(0);
  });

  test('the contract of the running kernel needs no name', async () => {
    const ring = openRing({ encoder });
    const own = withContract(operations.fsync, `Linux ${/^\d+\.\d+/.exec(release())![0]}`);
    const error = await caught(ring.start(own, { fd: temporaryFile(), flags: 8 }));
    expect(error.message).toMatch(/bit 0x8 is also set \(io_uring\/sync.c:58\)$/);
  });
});

describe.each(ENCODERS)('the synchronous level, %s encoder', (encoder) => {
  /** Pushes fsyncs with these flags and user_data, and explains what completes. */
  function explained(
    submissions: readonly (readonly [flags: number, userData: number | bigint])[],
  ): (string | undefined)[] {
    const ring = openSyncRing({ encoder, entries: 4 });
    const fsync = withContract(operations.fsync);
    const fd = temporaryFile();
    for (const [flags, userData] of submissions) ring.push(fsync, { fd, flags, userData });
    ring.wait(submissions.length);
    const texts = new Map<bigint, string | undefined>();
    ring.drain((completion) => {
      texts.set(completion.userDataBits, ring.explain(fsync, completion)?.rules[0]?.text);
    });
    return submissions.map(([, userData]) => texts.get(BigInt(userData)));
  }

  test('a failed completion is explained while it is visited', () => {
    const texts = explained([
      [8, 1],
      [0, 2],
      [4, 2n ** 64n - 1n],
    ]);
    expect(texts).toEqual([
      expect.stringMatching(/bit 0x8 is/),
      undefined,
      expect.stringMatching(/bit 0x4 is/),
    ]);
  });

  test('one user_data for different submissions tells none of them', () => {
    expect(
      explained([
        [8, 1],
        [4, 1],
      ]),
    ).toEqual([undefined, undefined]);
    expect(
      explained([
        [8, 1],
        [8, 1],
      ]),
    ).toEqual(Array(2).fill(expect.stringMatching(/bit 0x8 is/)));
  });
});
