/**
 * The running machine, asked through the runtime: the one place where the generator's command line touches a ring.
 */
import { diagnosis } from '../runtime/doctor/diagnosis.js';
import type { Finding } from '../runtime/doctor/finding.js';
import { type DoctorOptions, doctor } from '../runtime/doctor/report.js';
import { printSeccompProfile } from '../runtime/doctor/seccomp-profile.js';
import { RingError } from '../runtime/errors.js';
import { type NativeAddon, native } from '../runtime/port/native.js';
import { type QueryAnswer, queryKernel } from '../runtime/query.js';
import { SyncRing } from '../runtime/sync-ring.js';
import { Problem } from './problem.js';

export { type DoctorOptions, diagnosis, doctor, type Finding, printSeccompProfile };

/** The runtime's addon. @throws Problem when it is not built */
export function runtimeAddon(): NativeAddon {
  try {
    return native();
  } catch (error) {
    throw new Problem(
      {
        code: 'ADDON_MISSING',
        what: (error as Error).message,
        consequence: 'the running kernel cannot be asked',
        remedy: '`ringsmith doctor` says what is in the way',
      },
      { cause: error },
    );
  }
}

/** Opcode numbers the running kernel supports, by IORING_REGISTER_PROBE. */
function runningOpcodes(): number[] {
  runtimeAddon();
  try {
    using ring = new SyncRing({ entries: 1 });
    const supported = Array.from({ length: 256 }, (_, opcode) => opcode).filter((opcode) =>
      ring.supports({ opcode }),
    );
    if (supported.length < 256) return supported;
  } catch (error) {
    if (!(error instanceof RingError)) throw error;
    throw new Problem(
      {
        code: 'RING_REFUSED',
        what: error.message,
        consequence: 'the running kernel cannot be asked which opcodes it has',
        remedy: '`ringsmith doctor` says what is in the way',
      },
      { cause: error },
    );
  }
  throw new Problem({
    code: 'PROBE_REFUSED',
    what: 'the kernel refuses to be probed for its opcodes (IORING_REGISTER_PROBE)',
    consequence: 'coverage of the running kernel cannot be told',
    remedy: 'compare with a version instead: --kernel V',
  });
}

/** What the running kernel says of itself: supported opcodes, and since 6.18 everything else it counts. */
export function askKernel(): { opcodes: number[]; query: QueryAnswer<'opcodes'> | undefined } {
  return { opcodes: runningOpcodes(), query: queryKernel('opcodes') };
}
