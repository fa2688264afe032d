/**
 * Which of the contracts that ringsmith knows answers for a kernel.
 */
import type { FactLocation, HeaderFacts } from '../parse/index.js';
import type { InputContract } from '../pipeline.js';
import { contractVersions, loadContract } from './contracts.js';
import { headerNames, loadIndex } from './history.js';
import { withLibc } from './libc.js';
import { restrictContract } from './restrict-contract.js';
import { loadSnapshot } from './snapshot.js';
import { compareKernels, seriesOf } from './versions.js';

const OWN_HEADERS = /(^|\/)io_uring(\.h$|\/)/;

/** The series a header is of as far as its names tell: that of the newest name in io_uring's own headers. */
function headerSeries(facts: HeaderFacts): string {
  const { kernels, since } = loadIndex();
  const own = new Set(facts.files.flatMap(({ include }, file) => (OWN_HEADERS.test(include) ? [file] : [])));
  const isOwn = ({ location }: { readonly location: FactLocation }): boolean => own.has(location.file);
  const { enums, macros, records } = facts;
  const found = headerNames({
    ...facts,
    enums: enums.filter(isOwn),
    macros: macros.filter(isOwn),
    records: records.filter(isOwn),
  }).flatMap((name) => (Object.hasOwn(since, name) ? [since[name]!] : []));
  return found.sort(compareKernels).at(-1) ?? kernels[0]!.kernel;
}

/**
 * The contract for a kernel: its own, else that of the nearest newer kernel which has one, else the newest there is.
 * What the kernel's header does not have is left out.
 * @param kernel when absent, what the header has tells how new it is
 */
export function contractFor(facts: HeaderFacts, kernel?: string): InputContract | undefined {
  const known = contractVersions();
  const series = kernel === undefined ? headerSeries(facts) : seriesOf(kernel);
  const chosen = known.find((version) => compareKernels(version, series) >= 0) ?? known.at(-1);
  const contract = chosen === undefined ? undefined : loadContract(chosen);
  if (chosen === undefined || contract === undefined) return undefined;
  const own = withLibc(loadSnapshot(chosen).facts);
  return {
    contract: restrictContract(contract, own, facts),
    from: `Linux ${chosen}`,
    own: kernel !== undefined && chosen === series,
  };
}
