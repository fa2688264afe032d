/**
 * One model for two machines: that of x86-64, with what is otherwise on arm64 beside it. Everything is declared once; only
 * values and layouts may differ, and anything else is refused, for no set of files could say it.
 */
import { Problem } from '../problem.js';
import type { Model } from './model.js';
import { Name } from './name.js';

/** What may differ, and the property beside it that says what it is on arm64. */
const VARYING: readonly (readonly [path: RegExp, beside: string])[] = [
  [/^constants\.\d+\.value$/, 'arm64'],
  [/^families\.\d+\.members\.\d+\.value$/, 'arm64'],
  [/^records\.\d+\.bytes$/, 'arm64'],
  [/^records\.\d+\.fields\.\d+\.byteOffset$/, 'arm64'],
  [/^operations\.\d+\.typed\.args\.\d+\.byteLength$/, 'arm64'],
  [/^operations\.\d+\.typed\.stores\.\d+\.value\.bytes$/, 'arm64'],
  [/^operations\.\d+\.rules$/, 'arm64Rules'],
  [/^contract\.common$/, 'arm64Common'],
];

/** What follows from the rest, or is for people. */
const FOLLOWING = /^(sourceHash|architectures|records\.\d+\.(align|cBody)|operations\.\d+\.docs)$/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one)) ?? 'undefined';

function differs(path: string, x64: unknown, arm64: unknown): Problem {
  return new Problem({
    code: 'MACHINES_DIFFER',
    what: `${path} is ${text(x64).slice(0, 80)} on x86-64 and ${text(arm64).slice(0, 80)} on arm64`,
    consequence: 'one set of files cannot serve both; nothing was written',
    remedy: 'generate for one of them with --target, or teach generator/model/architectures.ts to say it',
  });
}

/** As deep as they go; names by their words, which no property of theirs shows. */
function same(x64: unknown, arm64: unknown): boolean {
  if (x64 === arm64) return true;
  if (!isObject(x64) || !isObject(arm64)) return false;
  if (x64 instanceof Name) return arm64 instanceof Name && x64.snake === arm64.snake;
  const names = Object.keys(x64);
  return (
    names.length === Object.keys(arm64).length &&
    names.every((name) => name in arm64 && same(x64[name], arm64[name]))
  );
}

function mergedProperty(path: string, name: string, x64: unknown, arm64: unknown): Record<string, unknown> {
  if (x64 === undefined && FOLLOWING.test(path)) return {};
  const beside = same(x64, arm64) ? undefined : VARYING.find(([varying]) => varying.test(path))?.[1];
  return beside === undefined
    ? { [name]: merged(path, x64, arm64) }
    : { [name]: x64, ...(arm64 === undefined ? {} : { [beside]: arm64 }) };
}

function merged(path: string, x64: unknown, arm64: unknown): unknown {
  if (same(x64, arm64) || FOLLOWING.test(path)) return x64;
  if (!isObject(x64) || !isObject(arm64) || x64 instanceof Name) throw differs(path, x64, arm64);
  if (Array.isArray(x64) && Array.isArray(arm64)) {
    if (x64.length !== arm64.length) throw differs(path, x64, arm64);
    return x64.map((one, index) => merged(`${path}.${index}`, one, arm64[index]));
  }
  const names = [...new Set([...Object.keys(x64), ...Object.keys(arm64)])];
  const properties = names.map((name) =>
    mergedProperty(path === '' ? name : `${path}.${name}`, name, x64[name], arm64[name]),
  );
  return Object.assign({}, ...properties);
}

/** The ring's own records, which the native side declares once. */
function refuseRingRecords({ records }: Model): void {
  const other = records.find(
    ({ from, bytes, arm64, fields }) =>
      /^linux\/(io_uring|time_types)/.test(from) &&
      (arm64 ?? fields.find((field) => field.arm64 !== undefined)) !== undefined &&
      bytes > 0,
  );
  if (other !== undefined) throw differs(other.cName, other.bytes, other.arm64 ?? 'laid out otherwise');
}

/** @throws Problem when they differ in more than values and layouts */
export function onBoth(x64: Model, arm64: Model): Model {
  const both = { ...(merged('', x64, arm64) as Model), architectures: ['x64', 'arm64'] };
  refuseRingRecords(both);
  return both;
}

const NODE_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  aarch64: 'arm64',
  powerpc64le: 'ppc64',
  loongarch64: 'loong64',
  i386: 'ia32',
  i686: 'ia32',
};

/** What Node calls the machine of a target; its own name where Node has none. */
export function architectureOf(triple: string): string {
  const cpu = triple.split('-')[0] ?? triple;
  return NODE_NAMES[cpu] ?? cpu;
}
