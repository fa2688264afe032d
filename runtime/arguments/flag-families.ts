/**
 * Flags of another family than an argument's: a number does not tell what it was made of, but bits that no constant of the
 * family has came from elsewhere, or from a newer kernel.
 */
import { constantsByName, membersOf } from '../../generated/abi/names.js';
import type { Check } from './options.js';

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

const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`;

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

function examples(family: string): string {
  const names = constantsOf(family as FamilyName).map(([name]) => name);
  return `${names.slice(0, MOST_EXAMPLES).join(', ')}${names.length > MOST_EXAMPLES ? ', …' : ''}`;
}

function refuse(value: number, known: number, what: string, family: string): never {
  const families = family.split(' or ');
  const bits = (value & ~known) >>> 0;
  // What was given as a whole says more than the bits of it that are too many.
  const whole = guesses(value, families);
  const likely = (whole.length > 0 ? whole : guesses(bits, families)).slice(0, MOST_GUESSES);
  const origin =
    likely.length === 0 ? '' : `; ${whole.length > 0 ? value : hex(bits)} is ${likely.join(' or ')}`;
  const problem = `${what} takes ${families.map((one) => `${one} (${examples(one)})`).join(' or ')}, none of which has the bits ${hex(bits)} of ${value}${origin}. Bits that only a newer kernel knows go through submitRaw`;
  throw Object.assign(new RangeError(problem), { code: 'ERR_OUT_OF_RANGE' });
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
  return value;
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
