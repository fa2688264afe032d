/**
 * Flags of another family than an argument's: a number does not tell what it was made of, but bits that no constant of the
 * family has came from elsewhere, or from a newer kernel.
 */
import { constantsByName, membersOf } from '../../generated/abi/names.js';
import { type Check, flags } from './options.js';

type FamilyName = Parameters<typeof membersOf>[0];

/** Where the bits are looked for, those that programs mix up most in front. */
const ELSEWHERE: readonly FamilyName[] = [
  'IosqeFlags',
  'OpenFlags',
  'MessageFlags',
  'PollEvents',
  'RecvsendFlags',
  'AcceptFlags',
  'ReadWriteFlags',
  'AccessFlags',
  'FsyncFlags',
  'TimeoutFlags',
  'AsyncCancelFlags',
  'SocketType',
  'SpliceFlags',
  'WaitOptions',
  'StatxMask',
  'RenameFlags',
  'FallocateMode',
  'EpollEvents',
  'SetupFlags',
  'Futex2Flags',
];

/** As many guesses as a message has room for. */
const MOST_GUESSES = 3;
/** As many constants as it names of the family that belongs there. */
const MOST_EXAMPLES = 6;

const hex = (bits: number | bigint): string =>
  `0x${(typeof bits === 'bigint' ? bits : bits >>> 0).toString(16)}`;

/** What stands before the keys of an enum in the names of the header: what does so for most of them. */
function prefixOf(members: Readonly<Record<string, number>>): string {
  const counts = new Map<string, number>();
  for (const [name, value] of Object.entries(constantsByName())) {
    const key = Object.keys(members).find((one) => members[one] === value && name.endsWith(one));
    if (key === undefined) continue;
    const prefix = name.slice(0, -key.length);
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? '';
}

/** Constants of a family as the header calls them. */
function constantsOf(family: FamilyName): [name: string, value: number][] {
  const members = membersOf(family) ?? {};
  const constants = constantsByName();
  const prefix = prefixOf(members);
  return Object.entries(members).map(([key, value]) => [
    constants[prefix + key] === value ? prefix + key : `${family}.${key}`,
    value,
  ]);
}

/** Constants of other families that are these bits. */
function guesses(bits: number, not: readonly string[]): string[] {
  return ELSEWHERE.filter((family) => !not.includes(family)).flatMap((family) => {
    const found = constantsOf(family).find(([, value]) => value >>> 0 === bits >>> 0);
    return found === undefined ? [] : [`${found[0]} of ${family}`];
  });
}

/** @param values those that are meant, where not all are */
function examples(family: string, values?: ReadonlySet<number>): string {
  const names = constantsOf(family as FamilyName)
    .filter(([, value]) => values?.has(value >>> 0) ?? true)
    .map(([name]) => name);
  if (names.length === 0) return '';
  return ` (${names.slice(0, MOST_EXAMPLES).join(', ')}${names.length > MOST_EXAMPLES ? ', …' : ''})`;
}

function refuse(value: number, known: number, what: string, family: string): never {
  const families = family.split(' or ');
  const bits = (value & ~known) >>> 0;
  // What was given as a whole says more than the bits of it that are too many.
  const whole = guesses(value, families);
  const likely = (whole.length > 0 ? whole : guesses(bits, families)).slice(0, MOST_GUESSES);
  const origin =
    likely.length === 0 ? '' : `; ${whole.length > 0 ? value : hex(bits)} is ${likely.join(' or ')}`;
  refuseBits(what, families, bits, value, origin);
}

function refuseBits(
  what: string,
  families: readonly string[],
  bits: number | bigint,
  value: number | bigint,
  origin = '',
): never {
  const known = families.map((one) => `${one}${examples(one)}`).join(' or ');
  const problem = `${what} takes ${known}, none of which has the bits ${hex(bits)} of ${value}${origin}. Bits that only a newer kernel knows go through submitRaw`;
  throw Object.assign(new RangeError(problem), { code: 'ERR_OUT_OF_RANGE' });
}

/** Flags in a member of a record, refused like those of an argument. */
export function withinFamily(value: bigint, known: { bits: bigint; family: string }, what: string): void {
  const strange = value & ~known.bits;
  if (strange === 0n) return;
  if (strange < 2n ** 32n) inFamily(Number(value), Number(known.bits), what, known.family);
  refuseBits(what, [known.family], strange, value);
}

/**
 * An argument's value, refused where it has bits that its family does not have; what is no integer is for others to refuse.
 * Called by generated code.
 * @param known all bits of the family's constants
 * @param family its name, or several with ` or ` between them
 */
export function inFamily<T>(value: T, known: number, what: string, family: string): T {
  if (typeof value === 'number' && (value & ~known) !== 0 && Number.isSafeInteger(value))
    refuse(value, known, what, family);
  if (typeof value === 'bigint') inFamily(Number(value), known, what, family);
  return value;
}

const valuesOf = new Map<string, ReadonlySet<number>>();

function refuseChoice(
  value: unknown,
  mask: number,
  values: ReadonlySet<number>,
  what: string,
  family: string,
): never {
  const part = mask >>> 0 === 0xffffffff ? '' : ` in the bits ${hex(mask)}`;
  const wanted =
    values.size === 1 && values.has(0)
      ? `no value of ${family}`
      : `one value of ${family}${examples(family, values)}`;
  const problem = `${what} must have ${wanted}${part}; got ${String(value)}. What only a newer kernel knows goes through submitRaw`;
  throw Object.assign(new RangeError(problem), { code: 'ERR_OUT_OF_RANGE' });
}

/**
 * An argument's value, refused where it is none of an enumeration's; what is no integer is for others to refuse.
 * Called by generated code.
 * @param mask the bits that hold it
 * @param values those that there are, separated by blanks
 */
export function chosen<T>(value: T, mask: number, values: string, what: string, family: string): T {
  let known = valuesOf.get(values);
  if (known === undefined) {
    known = new Set(values.split(' ').map(Number));
    valuesOf.set(values, known);
  }
  const word = typeof value === 'bigint' ? Number(value) : value;
  if (Number.isSafeInteger(word) && !known.has(((word as number) & mask) >>> 0))
    refuseChoice(value, mask, known, what, family);
  return value;
}

/**
 * One of the values of a family among options.
 * @param mask the bits that hold it, where others beside them are flags
 */
export function oneOfFamily(family: FamilyName, mask = -1): Check {
  let values: string | undefined;
  const bits = flagsOf(flags, family);
  return (value, what) => {
    bits(value, what);
    values ??= Object.values(membersOf(family))
      .filter((one) => (one & ~mask) === 0)
      .join(' ');
    chosen(value, mask, values, what, family);
  };
}

/** Flags among options, of some families. */
export function flagsOf(check: Check, ...families: readonly FamilyName[]): Check {
  let known: number | undefined;
  return (value, what) => {
    check(value, what);
    known ??= families.flatMap((one) => Object.values(membersOf(one))).reduce((all, bits) => all | bits, 0);
    inFamily(value, known, what, families.join(' or '));
  };
}
