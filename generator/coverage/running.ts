/**
 * What the running kernel has, as items: asked by IORING_REGISTER_QUERY, else IORING_REGISTER_PROBE; named from the
 * newest snapshot. What it has beyond the names that are known stays a number, and is a gap.
 */
import { askKernel } from '../machine.js';
import type { HeaderFacts } from '../parse/index.js';
import { headerItems, type Item, type ItemKind } from './items.js';

const BITS = 64n;

/** Names by value among the constants with a prefix; the first of equal ones wins. */
function namesOf(items: readonly Item[], prefix: RegExp): Map<bigint, Item> {
  const names = new Map<bigint, Item>();
  for (const item of items) {
    if (item.excluded === undefined && prefix.test(item.name) && !names.has(item.value))
      names.set(item.value, item);
  }
  return names;
}

function numbered(kind: ItemKind, what: string, values: readonly bigint[], names: Map<bigint, Item>): Item[] {
  return values.map((value) => names.get(value) ?? { kind, name: `${what} ${value}`, value, location: '' });
}

/** Single bits of a mask. */
function bitsOf(mask: bigint): bigint[] {
  return Array.from({ length: Number(BITS) }, (_, bit) => 1n << BigInt(bit)).filter(
    (bit) => (mask & bit) !== 0n,
  );
}

const range = (count: number): bigint[] => Array.from({ length: count }, (_, value) => BigInt(value));

/** @param known facts of the newest known kernel, for names */
export function runningItems(known: HeaderFacts): Item[] {
  const items = headerItems(known);
  const { opcodes, query } = askKernel();
  const requests = numbered('opcode', 'opcode', opcodes.map(BigInt), namesOf(items, /^IORING_OP_/));
  if (query === undefined) return requests;
  const registers = namesOf(items, /^IORING_(UN)?REGISTER_/);
  // The enum starts at 0 and has no holes; the flags that share its prefix lie beyond any count.
  return [
    ...requests,
    ...numbered('register opcode', 'register opcode', range(query.nrRegisterOpcodes), registers),
    ...numbered('flag', 'feature flag', bitsOf(query.featureFlags), namesOf(items, /^IORING_FEAT_/)),
    ...numbered('flag', 'setup flag', bitsOf(query.ringSetupFlags), namesOf(items, /^IORING_SETUP_/)),
    ...numbered('flag', 'enter flag', bitsOf(query.enterFlags), namesOf(items, /^IORING_ENTER_/)),
    ...numbered('flag', 'SQE flag', bitsOf(query.sqeFlags), namesOf(items, /^IOSQE_(?!.*_BIT$)/)),
  ];
}
