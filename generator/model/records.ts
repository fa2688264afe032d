/**
 * Records: their members at byte offsets for TypeScript, and as C declares them for the native side.
 */
import type { FieldFact, HeaderFacts, RecordFact, TypeFact } from '../parse/index.js';
import { Problem } from '../problem.js';
import { CMembers } from './c-members.js';
import { place } from './constants.js';
import type { IntegerTypeName, RecordFieldModel, RecordModel } from './model.js';
import { distinctNames, Name } from './name.js';
import { leafFields } from './sqe.js';
import { takenByTypes } from './taken.js';

function unmapped(facts: HeaderFacts, field: FieldFact): never {
  const [file = '', line = '0'] = place(facts, field.location).split(':');
  throw new Problem({
    code: 'MODEL_UNMAPPED_TYPE',
    what: `field ${field.name} has a type that ringsmith does not map: ${field.type.spelling}`,
    where: { file, line: Number(line) },
    consequence: 'its record cannot be laid out; nothing was written',
    remedy: 'report it with the header; a mapping belongs into generator/model/records.ts',
  });
}

const integerName = (bits: number, signed: boolean): IntegerTypeName =>
  `${signed ? 's' : 'u'}${bits}` as IntegerTypeName;

/** The type of one value, arrays taken apart by the caller; undefined for what has no mapping. */
function valueType(type: TypeFact): IntegerTypeName | { record: string } | undefined {
  switch (type.kind) {
    case 'int':
      // Plain `char` has a sign on some machines: what it is used for is bytes.
      return integerName(type.bits, type.signed && !/^(const )?char$/.test(type.spelling));
    case 'enum':
      return integerName(type.bits, type.signed);
    case 'pointer':
      return integerName(type.bits, false);
    case 'record':
      return { record: type.name };
    case 'array':
      return undefined;
  }
}

function field(facts: HeaderFacts, fact: FieldFact): RecordFieldModel {
  const isArray = fact.type.kind === 'array';
  // An array of arrays is laid out as their elements in a row.
  let element = fact.type;
  let count = 1;
  for (; element.kind === 'array'; element = element.element)
    count *= element.length === 'flexible' ? 0 : element.length;
  const type = valueType(element) ?? unmapped(facts, fact);
  const record = typeof type === 'object' ? type.record : undefined;
  // A record of a header that is not read has no layout.
  if (record !== undefined && !facts.records.some((one) => one.name === record)) unmapped(facts, fact);
  return {
    cName: fact.name,
    name: Name.of(fact.name),
    byteOffset: Math.floor(fact.offsetBits / 8),
    type,
    ...(isArray ? { count } : {}),
    ...(fact.bitFieldWidth === undefined
      ? {}
      : { bitField: { offset: fact.offsetBits, width: fact.bitFieldWidth } }),
    ...(fact.doc === undefined ? {} : { doc: fact.doc }),
    from: place(facts, fact.location),
  };
}

/** Records that others contain come before them, as C wants it. */
function inDependencyOrder(records: readonly RecordFact[]): RecordFact[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  const ordered = new Set<RecordFact>();
  const visit = (record: RecordFact): void => {
    if (ordered.has(record)) return;
    for (const leaf of leafFields(record.members)) {
      let type: TypeFact = leaf.type;
      while (type.kind === 'array') type = type.element;
      const inner = type.kind === 'record' ? byName.get(type.name) : undefined;
      if (inner !== undefined && inner !== record) visit(inner);
    }
    ordered.add(record);
  };
  for (const record of records) visit(record);
  return [...ordered];
}

/** What each record is called. A record that the language or the runtime has a type for ends in `Record`. */
export function recordNames(facts: HeaderFacts): Map<string, Name> {
  const taken = takenByTypes(facts);
  const records = inDependencyOrder(facts.records);
  const spelled = (name: Name): string[] => [name.pascal, `${name.camel}Layout`];
  const wanted = records.map((record) => {
    const name = Name.of(record.name);
    return spelled(name).some((spelling) => taken.has(spelling)) ? name.suffixed('record') : name;
  });
  const names = distinctNames(wanted, taken, spelled);
  return new Map(records.map((record, index) => [record.name, names[index]!]));
}

/** Members under names of their own: `a_b` and `aB` are two in C. */
function fieldsOf(facts: HeaderFacts, record: RecordFact): RecordFieldModel[] {
  const fields = leafFields(record.members).map((leaf) => field(facts, leaf));
  const names = distinctNames(
    fields.map((one) => one.name),
    new Set(),
    (name) => [name.camel],
  );
  return fields.map((one, index) => ({ ...one, name: names[index]! }));
}

export function buildRecords(facts: HeaderFacts): RecordModel[] {
  const names = recordNames(facts);
  const declared = new CMembers(facts);
  return inDependencyOrder(facts.records).map((record) => ({
    cName: record.name,
    name: names.get(record.name)!,
    kind: record.kind,
    typedef: record.typedef === true,
    bytes: record.sizeBits / 8,
    align: record.alignBits / 8,
    fields: fieldsOf(facts, record),
    cBody: declared.of(record),
    ...(record.doc === undefined ? {} : { doc: record.doc }),
    from: place(facts, record.location),
  }));
}
