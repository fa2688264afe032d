/**
 * Differences between two kernels' contracts: what each opcode newly reads, accepts or refuses.
 */
import type { FieldContract, KernelContract, OperationContract } from '../contract/contract.js';
import { restrictionTo, restrictRule } from '../kernels/restrict-contract.js';
import type { HeaderFacts } from '../parse/index.js';
import type { Change } from './change.js';
import { placeKey, type SqeHeader, sqeHeader } from './expression-key.js';
import { compareRefusals } from './refusals.js';
import { refusalsOf } from './rules.js';

/** A kernel's contract, and the header that says where the fields lie. */
export interface ContractSide {
  readonly facts: HeaderFacts;
  readonly contract: KernelContract;
}

const typeText = (field: FieldContract): string | undefined =>
  field.pointer === undefined ? field.type : `${field.pointer.pointee} *`;

/** What an operation reads from one place: once, or under several conditions by several names. */
interface Reading {
  readonly field: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
}

function readingsOf(operation: OperationContract, header: SqeHeader): Map<string, Reading> {
  const groups = new Map<string, FieldContract[]>();
  for (const field of operation.fields) {
    const key = placeKey(header, field.field);
    groups.set(key, [...(groups.get(key) ?? []), field]);
  }
  const distinct = (texts: readonly (string | undefined)[]): string[] =>
    [...new Set(texts.flatMap((text) => text ?? []))].sort();
  return new Map(
    [...groups].map(([key, fields]) => [
      key,
      {
        field: fields[0]!.field,
        names: distinct(fields.map((field) => field.name)),
        types: distinct(fields.map(typeText)),
      },
    ]),
  );
}

const readingText = ({ names, types }: Reading): string =>
  [names.join(' or '), types.join(' or ')].filter((part) => part !== '').join(': ') || 'as it is';

function compareReading(was: Reading, now: Reading, base: Omit<Change, 'kind' | 'detail'>): Change[] {
  const differs = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') !== b.join('\n');
  const kind = differs(was.names, now.names) ? 'renamed' : differs(was.types, now.types) ? 'type' : undefined;
  if (kind === undefined) return [];
  return [{ ...base, kind, detail: `the kernel's ${readingText(was)} -> ${readingText(now)}` }];
}

function compareFields(
  before: OperationContract,
  after: OperationContract,
  headers: { readonly before: SqeHeader; readonly after: SqeHeader },
): Change[] {
  const old = readingsOf(before, headers.before);
  const current = readingsOf(after, headers.after);
  const base = (field: string) =>
    ({ severity: 'note', subject: `${after.opcode} sqe->${field}`, category: 'contract' }) as const;
  const gone = [...old].flatMap(([key, was]): Change[] => {
    if (current.has(key)) return [];
    const detail = `no longer read, was ${readingText(was)}`;
    return [{ ...base(was.field), kind: 'unread', detail, location: before.at }];
  });
  const rest = [...current].flatMap(([key, now]): Change[] => {
    const was = old.get(key);
    if (was !== undefined) return compareReading(was, now, { ...base(now.field), location: after.at });
    const detail = `now read, ${readingText(now)}`;
    return [{ ...base(now.field), severity: 'addition', kind: 'read', detail, location: after.at }];
  });
  return [...gone, ...rest];
}

function compareMultishot(before: OperationContract, after: OperationContract): Change[] {
  const [was, is] = [before.multishot.length > 0, after.multishot.length > 0];
  if (was === is) return [];
  return [
    {
      severity: is ? 'addition' : 'breaking',
      kind: is ? 'allowed' : 'refused',
      subject: after.opcode,
      category: 'contract',
      detail: is ? 'now multishot' : 'no longer multishot',
      location: after.at,
    },
  ];
}

/** What differs for every operation alike is told once. */
function hoist(each: readonly (readonly [opcode: string, changes: readonly Change[]])[]): Change[] {
  const general = (opcode: string, change: Change): Change => ({
    ...change,
    subject: change.subject.replace(opcode, 'every operation'),
  });
  const all = each.flatMap(([opcode, changes]) =>
    changes.map((change) => ({ change, key: JSON.stringify(general(opcode, change)) })),
  );
  const isShared = (key: string): boolean =>
    each.length > 1 && all.filter((other) => other.key === key).length === each.length;
  const shared = new Set(all.map(({ key }) => key).filter(isShared));
  return [
    ...[...shared].map((key) => JSON.parse(key) as Change),
    ...all.filter(({ key }) => !shared.has(key)).map(({ change }) => change),
  ];
}

/** Operations that only one of the kernels has are differences of their headers. */
export function compareContracts(before: ContractSide, after: ContractSide): Change[] {
  const headers = { before: sqeHeader(before.facts), after: sqeHeader(after.facts) };
  // What the newer kernel asks of its own new flags and fields is part of their being new.
  const toOlder = restrictionTo(before.facts, after.facts);
  const old = new Map(before.contract.operations.map((operation) => [operation.opcode, operation]));
  const each = after.contract.operations.flatMap((now) => {
    const was = old.get(now.opcode);
    if (was === undefined) return [];
    // What holds for all belongs to each: kernels move checks from one place to the other.
    const rules = {
      before: [...before.contract.common, ...was.rules],
      after: [...after.contract.common, ...now.rules],
    };
    const changes = [
      ...compareFields(was, now, headers),
      ...compareRefusals(
        now.opcode,
        refusalsOf(rules.before, headers.before),
        refusalsOf(rules.after, headers.after),
        refusalsOf(
          rules.after.flatMap((rule) => restrictRule(rule, toOlder)),
          headers.after,
        ),
      ),
      ...compareMultishot(was, now),
    ];
    return [[now.opcode, changes] as const];
  });
  return hoist(each);
}
