/** Machines that ringsmith can generate for: those whose integers begin with their lowest byte. */
import type { HeaderFacts } from '../parse/index.js';
import { Problem } from '../problem.js';

/** @throws Problem for a big-endian machine: builders and records write and read little-endian bytes */
export function refuseBigEndian({ target }: HeaderFacts): void {
  if (target.bigEndian !== true) return;
  throw new Problem({
    code: 'TARGET_BIG_ENDIAN',
    what: `${target.triple} is a big-endian machine, and builders and records are written in little-endian byte order`,
    consequence: 'its kernel would misread every submission; nothing was written',
    remedy: 'choose a little-endian machine with --target, e.g. x86_64-linux-gnu or aarch64-linux-gnu',
  });
}
