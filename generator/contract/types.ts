/** libclang's types → the few properties of a C type that the interpretation asks for. */
import type { Type } from '../clang/index.js';
import type { CType } from './ast.js';

const INTEGERS: Readonly<Record<string, { readonly signed: boolean }>> = {
  Bool: { signed: false },
  Char_U: { signed: false },
  UChar: { signed: false },
  UShort: { signed: false },
  UInt: { signed: false },
  ULong: { signed: false },
  ULongLong: { signed: false },
  UInt128: { signed: false },
  Char_S: { signed: true },
  SChar: { signed: true },
  Short: { signed: true },
  Int: { signed: true },
  Long: { signed: true },
  LongLong: { signed: true },
  Int128: { signed: true },
};

/** `const struct iovec` → `struct iovec`: what a pointer points to, as people write it. */
export function unqualified(spelling: string): string {
  return spelling
    .replace(/\b(const|volatile|restrict|__restrict|_Atomic)\b/g, ' ')
    .replace(/__attribute__\(\(.*?\)\)/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ (?=\*)/g, ' ')
    .trim();
}

/** Types of one unit repeat by the ten thousand, and each is one object. */
export class TypeReader {
  private readonly known = new Map<Type, CType>();

  read(type: Type): CType {
    let found = this.known.get(type);
    if (found === undefined) {
      found = readType(type, this);
      this.known.set(type, found);
    }
    return found;
  }
}

function readType(type: Type, reader: TypeReader): CType {
  const { canonical } = type;
  const spelling = /typeof/.test(type.spelling) ? canonical.spelling : type.spelling;
  switch (canonical.kind) {
    case 'Pointer': {
      const pointee = type.pointee ?? canonical.pointee;
      const named = pointee?.spelling ?? 'void';
      const text = /typeof/.test(named) ? (canonical.pointee?.spelling ?? named) : named;
      return { kind: 'pointer', spelling, pointee: unqualified(text), toConst: /\bconst\b/.test(text) };
    }
    case 'ConstantArray':
    case 'IncompleteArray':
    case 'VariableArray': {
      const element = type.arrayElement ?? canonical.arrayElement;
      if (element === undefined) return { kind: 'other', spelling };
      return { kind: 'array', spelling, element: reader.read(element) };
    }
    case 'Record':
      return { kind: 'record', spelling: unqualified(canonical.spelling) };
    case 'Enum': {
      const integer = canonical.declaration?.enumIntegerType;
      if (integer === undefined) return { kind: 'other', spelling };
      const read = reader.read(integer);
      return read.kind === 'integer' ? { ...read, spelling: unqualified(spelling) } : read;
    }
  }
  const integer = INTEGERS[canonical.kind];
  if (integer === undefined) return { kind: 'other', spelling };
  return {
    kind: 'integer',
    spelling: unqualified(spelling),
    bits: canonical.kind === 'Bool' ? 1 : canonical.size * 8,
    signed: integer.signed,
    isBool: canonical.kind === 'Bool',
  };
}

/** The record that a value of the type is, or points to, e.g. `struct io_kiocb`. */
export function recordOf(type: Type): string {
  let { canonical } = type;
  if (canonical.kind === 'Pointer') canonical = canonical.pointee?.canonical ?? canonical;
  return unqualified(canonical.spelling);
}
