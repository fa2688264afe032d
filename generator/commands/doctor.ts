/**
 * `ringsmith doctor`: can this machine run a ring, and can it generate? Each finding comes with its remedy.
 */
import { loadClang } from '../clang/index.js';
import { type DoctorOptions, diagnosis, doctor, type Finding, printSeccompProfile } from '../machine.js';
import { Problem } from '../problem.js';

function clang(): Finding {
  const about = { code: 'libclang', subject: 'libclang (for generating from a header)' };
  try {
    const found = loadClang();
    return { ...about, status: 'ok', detail: `${found.version}` };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      ...about,
      status: 'info',
      detail: 'not found: only kernels with a snapshot can be generated for',
      remedy: error.remedy,
    };
  }
}

export interface DoctorCommandOptions extends DoctorOptions {
  /** Print a seccomp profile instead: of a file, or (`true`) of this machine's container runtime. */
  readonly seccompProfile?: string | true;
  readonly flat?: boolean;
}

/** @returns the exit code: 1 when no ring can run here */
export function doctorCommand(options: DoctorCommandOptions): number {
  const { seccompProfile, flat } = options;
  if (seccompProfile !== undefined)
    return printSeccompProfile({ file: seccompProfile === true ? undefined : seccompProfile, flat });
  const found = diagnosis();
  return doctor({ ...found, findings: [...found.findings, clang()] }, options);
}
