/**
 * Proves what kernels known from an upstream tree say: their snapshots have what their headers have, whatever no image
 * tells, and what is explained of them is their own answer.
 */
import { describe, expect, it } from 'vitest';
import { loadContract } from '../../generator/kernels/contracts.js';
import { firstKernel, namesWithFirstKernel } from '../../generator/kernels/first-kernels.js';
import { loadSnapshot } from '../../generator/kernels/snapshot.js';
import { compareKernels } from '../../generator/kernels/versions.js';
import { ringsmith } from '../support/cli.js';

describe.each(['6.18', '7.1'])('Linux %s', (kernel) => {
  const { facts, source } = loadSnapshot(kernel);

  it('is from its own header', () => {
    expect(source).toMatchObject({
      package: 'kernel tree',
      version: expect.stringMatching(`^${kernel}\\.\\d+$`),
    });
    expect(source.between).toBeUndefined();
    expect(loadContract(kernel)?.source).toMatchObject({ package: source.package, version: source.version });
  });

  it('has the macros that no kernel can be asked for', () => {
    const names = new Set([
      ...facts.macros.map(({ name }) => name),
      ...facts.enums.flatMap(({ members }) => members.map(({ name }) => name)),
    ]);
    const wanted = [
      'RWF_DONTCACHE',
      'IORING_CQE_F_TSTAMP_HW',
      'IORING_ZCRX_AREA_SHIFT',
      'FALLOC_FL_WRITE_ZEROES',
    ];
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
    const older = namesWithFirstKernel().filter((name) => compareKernels(firstKernel(name)!, kernel) <= 0);
    expect(older.filter((name) => !names.has(name))).toEqual([]);
  });
});

it.each(['addr3=1', '__pad2=1'])(
  'Linux 6.18 takes UNLINKAT with %s, as only later kernels do not',
  (setting) => {
    const own = ringsmith(['explain', '--kernel', '6.18', 'UNLINKAT', setting]);
    expect(own).toMatchObject({ code: 0, stdout: expect.stringContaining('Linux 6.18') });
    expect(ringsmith(['explain', '--kernel', '7.2', 'UNLINKAT', setting]).code).toBe(1);
  },
);
