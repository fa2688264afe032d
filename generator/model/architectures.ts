/**
 * One model for two machines: that of x86-64, with what is otherwise on arm64 beside it. Everything is declared once; only
 * values and layouts may differ, and anything else is refused, for no set of files could say it.
 */
import { Problem } from '../problem.js';
import type { Model } from './model.js';

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

function merged(path: string, x64: unknown, arm64: unknown): unknown {
  if (!isObject(x64) || !isObject(arm64)) {
    if (x64 === arm64) return x64;
    throw differs(path, x64, arm64);
  }
  if (Array.isArray(x64) && Array.isArray(arm64)) {
    if (x64.length !== arm64.length) throw differs(path, x64, arm64);
    return x64.map((one, index) => merged(`${path}.${index}`, one, arm64[index]));
  }
  const names = new Set([...Object.keys(x64), ...Object.keys(arm64)]);
  const entries = [...names].flatMap((name): [string, unknown][] => {
    const inner = path === '' ? name : `${path}.${name}`;
    const own = [name, x64[name]] as [string, unknown];
    if (FOLLOWING.test(inner)) return name in x64 ? [own] : [];
    if (text(x64[name]) === text(arm64[name])) return name in x64 ? [own] : [];
    const beside = VARYING.find(([varying]) => varying.test(inner))?.[1];
    return beside === undefined
      ? [[name, merged(inner, x64[name], arm64[name])]]
      : [own, [beside, arm64[name]]];
  });
  return Object.fromEntries(entries);
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
