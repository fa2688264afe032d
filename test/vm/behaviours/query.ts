/**
 * What a kernel says of itself (IORING_REGISTER_QUERY) and what its header defines are the same: every set-up, enter,
 * SQE and feature flag, and how many opcodes of each kind there are. A wrong snapshot would show here.
 */
import { expect } from 'vitest';
import { loadSnapshot } from '../../../generator/kernels/snapshot.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

/** The first that can be asked, the first after it whose header is known, and the newest two. */
const KERNELS = ['6.18', '6.19', '7.2', '7.3'];

const SCRIPT = `
import { queryKernel } from './internals/runtime/query.js';
console.log(JSON.stringify(queryKernel('opcodes'), (_, value) => (typeof value === 'bigint' ? String(value) : value)));
`;

/** What the kernel should answer, from the macros and enumerators of its header. */
function expected(kernel: string): object {
  const { enums, macros } = loadSnapshot(kernel).facts;
  const enumerators = new Map(
    enums.flatMap(({ members }) => members).map(({ name, value }) => [name, Number(value)]),
  );
  const mask = (prefix: RegExp): string => {
    const bits = macros.flatMap(({ name, value }) =>
      prefix.test(name) && value.kind === 'int' ? [BigInt(value.value)] : [],
    );
    return String(bits.reduce((all, bit) => all | bit, 0n));
  };
  return {
    nrRequestOpcodes: enumerators.get('IORING_OP_LAST'),
    nrRegisterOpcodes: enumerators.get('IORING_REGISTER_LAST'),
    nrQueryOpcodes: enumerators.get('__IO_URING_QUERY_MAX'),
    featureFlags: mask(/^IORING_FEAT_/),
    ringSetupFlags: mask(/^IORING_SETUP_/),
    enterFlags: mask(/^IORING_ENTER_/),
    sqeFlags: mask(/^IOSQE_/),
  };
}

export const query: Behaviour = {
  title: 'says what its header says',
  kernels: KERNELS,
  script: () => ({ script: SCRIPT }),
  check: (kernel, result) => expect(parsed(kernel, result)).toMatchObject(expected(kernel)),
};
