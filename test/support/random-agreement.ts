/**
 * How many of the kernel's refusals does its contract explain? Random entries are submitted, each to a ring of its own;
 * of those that the kernel refuses, the ones for which the contract has a rule are counted, and of those that it takes,
 * the ones that the contract says it refuses.
 *
 * Also a program: `node random-agreement.js SEED COUNT contract.json` prints the result as JSON. It is to be run with a limit
 * on the size of files (see random-agreement-run.ts), since entries may make files as large as they like.
 */
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import * as abi from '../../generated/abi/constants.js';
import type { KernelContract } from '../../generator/contract/contract.js';
import { brokenRules } from '../../runtime/contract/check.js';
import type { OperationRules } from '../../runtime/contract/rules.js';
import { RingBuffer } from '../../runtime/memory/memory.js';
import { conformingEntries } from './agreement/conforming.js';
import { entry, LAYOUT } from './agreement/entry.js';
import { Objects } from './agreement/objects.js';
import { Random } from './agreement/random.js';
import { type Outcome, RawRing } from './agreement/raw-ring.js';
import { type Attempt, attempt, type World } from './agreement/wrong-fields.js';

/** What a kernel says of an entry that it does not want, whatever the objects are. */
const REFUSALS = ['EINVAL', 'EPERM', 'EOPNOTSUPP'] as const;
/** Objects are made anew after so many entries: some are closed, shut down or overwritten by then. */
const ROUND = 500;
const AREA_BYTES = 4 << 20;
/** What has not answered by then waits for something. */
const PATIENCE_MS = 3;
/** The same for an entry that is to be refused, on a busy machine. */
const LONG_PATIENCE_MS = 1000;

export interface RandomAgreement {
  submitted: number;
  refused: number;
  /** Refusals with a rule that is broken for certain, and with one that may be. */
  certain: number;
  possible: number;
  /** Entries that were taken, and that a rule refuses for certain. */
  readonly falseAlarms: string[];
  /** Entries with another error than the rule that they break has: something else came first. */
  otherwise: number;
  /** `OPCODE field[+field] ERROR` → refusals without a rule. */
  readonly misses: Record<string, number>;
  /** Opcode → entries, refusals. */
  readonly opcodes: Record<string, [number, number]>;
}

const NUMBERS: Readonly<Record<string, unknown>> = abi;
const errnoOf = (name: string): number => (constants.errno as Readonly<Record<string, number>>)[name] ?? 0;

const nothing = (): RandomAgreement => ({
  submitted: 0,
  refused: 0,
  certain: 0,
  possible: 0,
  falseAlarms: [],
  otherwise: 0,
  misses: {},
  opcodes: {},
});

/** One that libuv waits with: it has events of this test's sockets, and is only used while nothing else runs. */
function epollDescriptor(): number | undefined {
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`) === 'anon_inode:[eventpoll]') return Number(name);
    } catch {
      // It was that of the listing.
    }
  }
  return undefined;
}

function submit(
  { words, before, setupFlags }: Attempt,
  objects: Objects,
  patience: number,
): Outcome | undefined {
  let ring: RawRing;
  try {
    ring = new RawRing(setupFlags, patience);
  } catch {
    return undefined;
  }
  try {
    ring.registerFiles(objects.descriptors);
    ring.registerBuffer(objects.page);
    ring.registerPersonality();
    return ring.run([...(before === undefined ? [] : [entry(before)]), words]);
  } finally {
    ring.close();
  }
}

/** Descriptors that an operation made are closed with those that were there kept. */
function closeOthers(kept: ReadonlySet<string>): void {
  for (const name of readdirSync('/proc/self/fd')) {
    if (kept.has(name)) continue;
    try {
      closeSync(Number(name));
    } catch {
      // It was that of the listing.
    }
  }
}

/**
 * Whether nothing tells what became of an entry: some operations (STATX, SYNC_FILE_RANGE) do not mark the request as failed,
 * and IOSQE_CQE_SKIP_SUCCESS then keeps even a refusal from being told.
 */
const isUnseen = (words: Uint32Array, outcome: Outcome): boolean =>
  outcome === 'waits' && (((words[0] ?? 0) >>> 8) & abi.IOSQE_CQE_SKIP_SUCCESS) !== 0;

function count(
  result: RandomAgreement,
  name: string,
  rules: OperationRules,
  tried: Attempt,
  outcome: Outcome,
): void {
  const { words, setupFlags, wrong } = tried;
  const submission = { words, layout: LAYOUT, setupFlags };
  const broken = brokenRules(rules, submission);
  const error = typeof outcome === 'number' && outcome < 0 ? -outcome : 0;
  const opcode = result.opcodes[name] ?? [0, 0];
  result.opcodes[name] = opcode;
  result.submitted += 1;
  opcode[0] += 1;
  const certain = broken.filter((rule) => rule.certain);
  if (
    certain.length > 0 &&
    !isUnseen(words, outcome) &&
    !certain.some(({ rule }) => errnoOf(rule.error) === error)
  ) {
    if (error === 0) {
      result.falseAlarms.push(
        `${name} ${wrong.join('+')} (setup 0x${setupFlags.toString(16)}, ${String(outcome)}): ${certain[0]!.text}`,
      );
    } else result.otherwise += 1;
  }
  const refusal = REFUSALS.find((one) => errnoOf(one) === error);
  if (refusal === undefined) return;
  result.refused += 1;
  opcode[1] += 1;
  const reasons = broken.filter(({ rule }) => errnoOf(rule.error) === error);
  if (reasons[0]?.certain === true) result.certain += 1;
  else if (reasons.length > 0) result.possible += 1;
  else {
    const shown = wrong.length > 4 ? 'many' : [...wrong].sort().join('+');
    const key = `${name} ${shown} ${refusal}`;
    result.misses[key] = (result.misses[key] ?? 0) + 1;
  }
}

/** @param contract the running kernel's own, or its neighbour's */
export async function measureRandomly(
  contract: KernelContract,
  seed: number,
  entries: number,
): Promise<RandomAgreement> {
  const result = nothing();
  const random = new Random(seed);
  const area = RingBuffer.allocate(AREA_BYTES);
  const epoll = epollDescriptor();
  const operations = contract.operations.map(({ opcode, rules, fields }) => ({
    name: opcode.replace('IORING_OP_', ''),
    opcode: Number(NUMBERS[opcode] ?? -1),
    rules: { rules: [...contract.common, ...rules], fields, from: '' },
  }));
  for (let done = 0; done < entries; done += ROUND) {
    const objects = await Objects.create();
    const otherRing = new RawRing(0);
    const world: World = { descriptors: objects.descriptors, epoll, area: area.address };
    const conforming = conformingEntries(objects, otherRing.fd);
    const known = operations.filter(({ name, opcode }) => opcode >= 0 && conforming[name] !== undefined);
    const kept = new Set([...readdirSync('/proc/self/fd')]);
    for (let at = done; at < Math.min(entries, done + ROUND); at += 1) {
      const { name, opcode, rules } = random.pick(known);
      const tried = attempt(random, name, opcode, conforming[name]!, world);
      const submission = { words: tried.words, layout: LAYOUT, setupFlags: tried.setupFlags };
      const isRefused = brokenRules(rules, submission).some(({ certain }) => certain);
      const outcome = submit(tried, objects, isRefused ? LONG_PATIENCE_MS : PATIENCE_MS);
      if (outcome !== undefined) count(result, name, rules, tried, outcome);
      if (at % 50 === 0) closeOthers(kept);
    }
    otherRing.close();
    objects.close();
  }
  return result;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [seed = '1', entries = '1000', file = ''] = process.argv.slice(2);
  const contract = JSON.parse(readFileSync(file, 'utf8')) as KernelContract;
  process.stdout.write(JSON.stringify(await measureRandomly(contract, Number(seed), Number(entries))));
  process.exit(0);
}
