/** The kernel's own account of itself, whichever of kernel and package knows the longer record. */
import { describe, expect, test } from 'vitest';
import { IO_URING_QUERY_OPCODES, IORING_OP_NOP } from '../../generated/abi/constants.js';
import { ioUringQueryOpcodeLayout } from '../../generated/abi/layouts.js';
import { readRecord } from '../../runtime/arguments/records.js';
import { askKernel } from '../../runtime/query.js';
import { openRing } from '../support/rings.js';

describe('query', () => {
  test('tells what the probe and the operations tell', (context) => {
    const ring = openRing();
    const answer = ring.query('opcodes');
    if (answer === undefined) return context.skip('the kernel has no IORING_REGISTER_QUERY');
    const { argument } = ring.register('IORING_REGISTER_PROBE', {}, { count: 256 });
    expect(answer.nrRequestOpcodes).toBe(argument.lastOp + 1);
    expect(ring.supports({ opcode: IORING_OP_NOP })).toBe(true);
    // What a kernel does not know of yet is no error.
    for (const name of ['zcrx', 'scq', 'zcrxEvent'] as const) {
      const other = ring.query(name);
      expect(other === undefined || typeof other === 'object').toBe(true);
    }
  });

  test('gives as much as is asked for and known, and nothing beyond', (context) => {
    const whole = askKernel(IO_URING_QUERY_OPCODES, ioUringQueryOpcodeLayout.byteLength);
    if (whole === undefined) return context.skip('the kernel has no IORING_REGISTER_QUERY');
    const known = Buffer.from(whole.bytes);
    for (const size of [4, 8, 20, known.byteLength - 8]) {
      const part = askKernel(IO_URING_QUERY_OPCODES, size);
      expect(Buffer.from(part!.bytes)).toEqual(known.subarray(0, size));
      expect(part!.size).toBeLessThanOrEqual(Math.max(size, known.byteLength));
    }
    const longer = askKernel(IO_URING_QUERY_OPCODES, 1024)!;
    expect(Buffer.from(longer.bytes.subarray(0, known.byteLength))).toEqual(known);
    expect(longer.bytes.subarray(known.byteLength).every((byte) => byte === 0)).toBe(true);
    expect(longer.size).toBeLessThanOrEqual(known.byteLength);
    expect(readRecord(ioUringQueryOpcodeLayout, longer.bytes)).toEqual(
      readRecord(ioUringQueryOpcodeLayout, known),
    );
  });

  test('is undefined for what no kernel knows', () => {
    expect(askKernel(0xffff, 16)).toBeUndefined();
  });
});
