/**
 * `ringsmith doctor`: can this machine run a ring, and can it generate? Each finding comes with its remedy.
 */
import { loadClang } from '../clang/index.js';
import { type DoctorOptions, diagnosis, doctor, type Finding } from '../machine.js';
import { Problem } from '../problem.js';

function clang(): Finding {
  const subject = 'libclang (for generating from a header)';
  try {
    const found = loadClang();
    return { subject, status: 'ok', detail: `${found.version}` };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      subject,
      status: 'info',
      detail: 'not found: only kernels with a snapshot can be generated for',
      remedy: error.remedy,
    };
  }
}

/** @returns the exit code: 1 when no ring can run here */
export const doctorCommand = (options: DoctorOptions): number => doctor([...diagnosis(), clang()], options);
