/**
 * Proves for every kernel with a snapshot: the package type-checks, has each opcode, its native stubs compile on this
 * machine as it is, and both builders of every opcode produce the same bytes.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { emitPackage } from '../../generator/emit/package.js';
import { writeFiles } from '../../generator/emit/writer.js';
import { loadHistory } from '../../generator/kernels/history.js';
import { withLibc } from '../../generator/kernels/libc.js';
import { loadSnapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { modelOf } from '../../generator/pipeline.js';
import type { AnyOperation } from '../../runtime/operations/operation.js';
import type { NativeEncoders } from '../../runtime/port/native.js';
import { ROOT, temporaryFolder } from '../support/cli.js';
import { firstDisagreement } from '../support/encoder-agreement.js';
import { keptContract } from '../support/newest-model.js';

const ROUNDS = 100;
const run = promisify(execFile);

/** Opcodes of each kernel, counted in its header by hand once. */
const OPCODES: Readonly<Record<string, number>> = {
  '5.10': 37,
  '6.1': 49,
  '6.12': 58,
  '6.16': 63,
  '6.17': 63,
  '6.18': 63,
  '6.19': 65,
  '7.0': 65,
  '7.1': 65,
  '7.2': 65,
  '7.3': 65,
};

/** Compiles the package's stubs with the compiler that is here, without optimisation, and loads them. */
async function buildStubs(folder: string): Promise<NativeEncoders> {
  const addon = join(folder, 'stubs.node');
  const include = [
    join(folder, 'native'),
    join(ROOT, 'runtime', 'native'),
    join(ROOT, 'node_modules', 'node-addon-api'),
    join(process.execPath, '..', '..', 'include', 'node'),
  ].map((path) => `-I${path}`);
  const settings = [
    '-std=c++17',
    '-O0',
    '-fPIC',
    '-shared',
    '-fno-exceptions',
    '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
    '-DNAPI_VERSION=8',
  ];
  const sources = ['encoders.cc', 'stubs.cc'].map((file) => join(folder, 'native', file));
  await run('c++', [...settings, ...include, ...sources, '-o', addon]);
  return createRequire(import.meta.url)(addon) as NativeEncoders;
}

describe('the package of', () => {
  it.each(snapshotVersions())('Linux %s', { timeout: 180_000 }, async (version) => {
    const facts = withLibc(loadSnapshot(version).facts);
    const input = { facts, label: `Linux ${version}`, source: 'snapshot', ...keptContract(version) };
    const model = modelOf(input, loadHistory());
    const folder = join(temporaryFolder(), 'package');
    writeFiles(folder, model.label, emitPackage(model, { seam: 'ringsmith/seam', standalone: true }));
    expect(model.operations.length).toBe(OPCODES[version]);
    const encoders = await buildStubs(folder);
    const operations = (await import(pathToFileURL(join(folder, 'operations.ts')).href)) as Record<
      string,
      AnyOperation
    >;
    const built = Object.values(operations);
    expect(built.length).toBe(model.operations.length);
    for (const operation of built) {
      expect(firstDisagreement(model, operation, encoders, ROUNDS), operation.constant).toBeUndefined();
    }
  });
});

describe('128-byte operations', () => {
  it('fill 128 bytes on the kernels that have them', () => {
    const facts = loadSnapshot('7.3').facts;
    const model = modelOf({ facts, label: 'Linux 7.3', source: 'snapshot' }, loadHistory());
    const large = model.operations.filter((operation) => operation.sqeBytes === 128);
    expect(large.map((operation) => operation.constant)).toEqual([
      'IORING_OP_NOP128',
      'IORING_OP_URING_CMD128',
    ]);
  });
});
