/**
 * A header of all that a kernel knows, such as bpftool makes from its BTF: ten thousand records, of which io_uring's and
 * those of the vocabulary are wanted.
 */
import type { HeaderFacts } from '../parse/index.js';
import type { VocabularyHeader } from './vocabulary.js';
import { KERNEL_VOCABULARY } from './vocabulary.js';

/** The largest io_uring.h has a hundred. */
const MOST_RECORDS = 2000;
const OWN_NAMES =
  /^(io_uring_|IO_?U?RING_|IOSQE_|IOU_|IO_WQ_|io_[sc]qring_offsets$|zcrx_|ZCRX_|__kernel_timespec$)/;

/** The vocabulary to keep of these facts: of a whole kernel's by name, because one file has it all. */
export function vocabularyFor(facts: HeaderFacts): readonly VocabularyHeader[] {
  if (facts.records.length <= MOST_RECORDS) return KERNEL_VOCABULARY;
  const named = KERNEL_VOCABULARY.flatMap(({ keep }) => (keep === 'everything' ? [] : keep));
  return [...KERNEL_VOCABULARY, { include: facts.files[0]!.include, keep: [OWN_NAMES, ...named] }];
}
