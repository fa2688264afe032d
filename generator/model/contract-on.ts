/**
 * A contract of one machine as it is on another: it was read with one machine's values, and where it names constants that
 * are others there, or counts how many records of another size fit, it says so with the other's.
 */
import type { KernelContract } from '../contract/contract.js';
import type { HeaderFacts } from '../parse/index.js';
import { integerConstants } from './constants.js';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
type JsonObject = { readonly [name: string]: Json };

/** The most of something whose bytes an int counts: `INT_MAX / sizeof(struct epoll_event)`. */
const INT_MAX = 2 ** 31 - 1;

interface Difference {
  /** By name. */
  readonly constants: ReadonlyMap<string, readonly [from: bigint, to: bigint]>;
  /** How many records fit, as decimals. */
  readonly bounds: ReadonlyMap<string, string>;
}

function difference(from: HeaderFacts, to: HeaderFacts): Difference {
  const other = integerConstants(to);
  const constants = [...integerConstants(from)].flatMap(([name, value]) => {
    const there = other.get(name);
    return there === undefined || there === value ? [] : [[name, [value, there] as const] as const];
  });
  const sizes = new Map(to.records.map(({ name, sizeBits }) => [name, sizeBits / 8]));
  const most = (bytes: number): string => String(Math.floor(INT_MAX / bytes));
  const bounds = from.records.flatMap(({ name, sizeBits }) => {
    const there = sizes.get(name);
    return there === undefined || there * 8 === sizeBits ? [] : [[most(sizeBits / 8), most(there)] as const];
  });
  return { constants: new Map(constants), bounds: new Map(bounds) };
}

/** A value that is made of constants, some of which are others there. */
function valueOn(value: string, names: readonly string[], { constants, bounds }: Difference): string {
  const varying = names.flatMap((name) => (constants.has(name) ? [constants.get(name)!] : []));
  if (varying.length === 0) return names.length === 0 ? (bounds.get(value) ?? value) : value;
  const rest = varying.reduce((bits, [here]) => bits & ~here, BigInt(value));
  return String(varying.reduce((bits, [, there]) => bits | there, rest));
}

/** Properties that hold a value, and where its names stand beside it. */
const VALUES = ['value', 'allowed', 'within'];

const isValue = (key: string, value: Json): value is string =>
  typeof value === 'string' && VALUES.includes(key) && /^\d+$/.test(value);

function valueThere(node: JsonObject, key: string, value: string, to: Difference): string {
  const list = (name: string): string[] => (Array.isArray(node[name]) ? (node[name] as string[]) : []);
  const allowed = typeof node['name'] === 'string' ? [node['name']] : list('names');
  return valueOn(value, key === 'within' ? [...allowed, ...list('forbidden')] : allowed, to);
}

/** What is no other there stays the same object: most of a contract does, and is then compared at a glance. */
function on(json: Json, to: Difference): Json {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) {
    const there = json.map((one: Json) => on(one, to));
    return there.every((one, index) => one === json[index]) ? json : there;
  }
  const node = json as JsonObject;
  let there: Record<string, Json> | undefined;
  for (const key of Object.keys(node)) {
    const value = node[key]!;
    const other = isValue(key, value) ? valueThere(node, key, value, to) : on(value, to);
    if (other !== value) there = { ...(there ?? node), [key]: other };
  }
  return there ?? node;
}

/**
 * @param from facts of the machine that the contract was read for
 * @param to facts of the other
 */
export const contractOn = (contract: KernelContract, from: HeaderFacts, to: HeaderFacts): KernelContract =>
  on(contract as unknown as Json, difference(from, to)) as unknown as KernelContract;
