/**
 * Proves the table of first releases: every opcode, register opcode and flag of io_uring is in it; no snapshot of an
 * older kernel has a name, but for those that its stable releases took over; every snapshot of that release or a later
 * one has it; and what is generated, explained and refused says what the table says.
 */
import { describe, expect, it } from 'vitest';
import { firstKernel, namesWithFirstKernel, TAKEN_OVER } from '../../generator/kernels/first-kernels.js';
import { loadHistory, loadIndex, sinceText } from '../../generator/kernels/history.js';
import { loadSnapshot, snapshotVersions } from '../../generator/kernels/snapshot.js';
import { compareKernels } from '../../generator/kernels/versions.js';
import type { HeaderFacts } from '../../generator/parse/index.js';
import { modelOf } from '../../generator/pipeline.js';
import { ringsmith } from '../support/cli.js';

const DATED =
  /^(IORING_OP_|IORING_(UN)?REGISTER_|IORING_SETUP_|IORING_FEAT_|IORING_ENTER_|IOSQE_|IORING_CQE_F_|IORING_(RECV|SEND|ACCEPT|POLL|TIMEOUT|ASYNC_CANCEL|MSG_RING|NOP)_)/;

function ownNames(facts: HeaderFacts): { enumerators: Set<string>; all: Set<string> } {
  const own = new Set(
    facts.files.flatMap(({ include }, file) => (/(^|\/)io_uring(\.h$|\/)/.test(include) ? [file] : [])),
  );
  const isOwn = ({ location }: { location: { file: number } }): boolean => own.has(location.file);
  const enumerators = facts.enums.filter(isOwn).flatMap(({ members }) => members.map(({ name }) => name));
  const macros = facts.macros.filter(isOwn).map(({ name }) => name);
  return { enumerators: new Set(enumerators), all: new Set([...enumerators, ...macros]) };
}

describe.each(snapshotVersions())('the snapshot of %s', (version) => {
  const { facts, source } = loadSnapshot(version);
  const { all } = ownNames(facts);

  it('has no name that came later, but for what its stable releases took over', () => {
    const early = [...all].filter((name) => compareKernels(firstKernel(name) ?? version, version) > 0);
    const named = new Set(TAKEN_OVER[version]);
    expect(early.filter((name) => !named.has(name))).toEqual([]);
    expect([...named].filter((name) => !early.includes(name))).toEqual([]);
  });

  it('has every name that came before', () => {
    const missing = namesWithFirstKernel().filter(
      (name) => compareKernels(firstKernel(name)!, version) <= 0 && !all.has(name),
    );
    // An image has no macros: those of its neighbours that it could not be asked for are not there.
    if (source.between === undefined) expect(missing).toEqual([]);
    else expect(missing.length).toBeLessThan(12);
  });

  it('has no opcode, register opcode or flag that the table does not have', () => {
    expect([...all].filter((name) => DATED.test(name) && firstKernel(name) === undefined)).toEqual([]);
  });
});

describe('since', () => {
  it('is the release that brought a name, whatever snapshots there are', () => {
    const { since } = loadHistory();
    const told = { MKDIRAT: '5.15', MSG_RING: '5.18', FUTEX_WAITV: '6.7', EPOLL_WAIT: '6.15', NOP: '5.1' };
    for (const [name, release] of Object.entries(told)) expect(since(`IORING_OP_${name}`)).toBe(release);
    expect(since('IORING_REGISTER_PBUF_RING')).toBe('5.19');
    expect(since('IORING_SETUP_SINGLE_ISSUER')).toBe('6.0');
    expect(since('IORING_FEAT_LINKED_FILE')).toBe('5.18');
  });

  it('is an upper bound where only the snapshots tell', () => {
    expect(sinceText(loadIndex(), 'ZCRX_CTRL_ADD_AREA')).toBe('7.3 or earlier');
    expect(sinceText(loadIndex(), 'IORING_NO_SUCH_NAME')).toBeUndefined();
  });

  it('of an opcode newer than everything known is the kernel that has it, as an upper bound', () => {
    const { facts } = loadSnapshot('7.3');
    const history = loadHistory();
    const unknown = { ...history, knownOpcodes: new Set<string>(), since: () => undefined };
    const model = modelOf({ facts, label: 'Linux 7.4', source: 'a test', kernel: '7.4.1' }, unknown);
    expect(model.operations.find(({ constant }) => constant === 'IORING_OP_NOP')?.since).toBe(
      '7.4 or earlier',
    );
  });

  it('is the same in explain and in the coverage report', () => {
    expect(ringsmith(['explain', 'MKDIRAT']).stdout).toContain('since Linux 5.15;');
    expect(JSON.parse(ringsmith(['explain', 'MKDIRAT', '--json']).stdout).since).toBe('5.15');
    const { rows } = JSON.parse(ringsmith(['coverage', '--format', 'json']).stdout) as {
      rows: { name: string; since?: string }[];
    };
    expect(rows.find(({ name }) => name === 'IORING_OP_FUTEX_WAIT')?.since).toBe('6.7');
    expect(rows.find(({ name }) => name === 'IORING_SETUP_NO_MMAP')?.since).toBe('6.5');
  });
});
