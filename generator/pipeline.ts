/**
 * The whole architecture, from facts to files. Pure: reads no header and writes nothing; the stages before it (clang,
 * parse) produce the facts, the stage after it (the writer) puts the files somewhere.
 */
import { createHash } from 'node:crypto';
import type { KernelContract } from './contract/contract.js';
import type { GeneratedFile } from './emit/files.js';
import { type EmitOptions, emitPackage } from './emit/package.js';
import { buildModel } from './model/build.js';
import type { Model } from './model/model.js';
import type { HeaderFacts } from './parse/index.js';
import { Problem } from './problem.js';
import { operations } from './semantics/operations.js';

/** A contract, and whose it is. */
export interface InputContract {
  readonly contract: KernelContract;
  /** For people: the kernel it is of, e.g. `Linux 7.2`. */
  readonly from: string;
  /** It was read from the source of the very kernel that the facts are of, and not from a neighbour's. */
  readonly own: boolean;
}

/** Facts, and what people should know of where they came from. */
export interface KernelInput {
  readonly facts: HeaderFacts;
  /** What they are on arm64, when the package is to be for both machines; `facts` are then those of x86-64. */
  readonly arm64?: HeaderFacts;
  /** Why it is for one machine only, for people. */
  readonly alone?: string;
  /** e.g. `Linux 7.3`, or a header's name. */
  readonly label: string;
  /** e.g. `package linux-libc-dev 7.3.4-1`. */
  readonly source: string;
  /** e.g. `7.3` or `6.12.95`; absent when nothing says which kernel it is. */
  readonly kernel?: string;
  readonly contract?: InputContract;
}

/** What the snapshots know: which opcodes exist at all, and since when. */
export interface History {
  readonly knownOpcodes: ReadonlySet<string>;
  /** e.g. `6.7`, or `7.2 or earlier`. */
  since(constant: string): string | undefined;
  /** Whether facts are as new as the newest snapshot. */
  isNewest(facts: HeaderFacts): boolean;
}

/** Of all that comes from the kernel. */
function hashOf({ facts, arm64, contract }: KernelInput): string {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  if (arm64 !== undefined) hash.update(JSON.stringify(arm64));
  if (contract !== undefined) hash.update(JSON.stringify(contract.contract));
  return hash.digest('hex');
}

/** Of an opcode that no known kernel has: the kernel that has it is the first that is known to. */
function newerSince(
  { kernel }: KernelInput,
  { knownOpcodes }: History,
  constant: string,
): string | undefined {
  if (kernel === undefined || !/^IORING_OP_/.test(constant) || knownOpcodes.has(constant)) return undefined;
  return `${/^v?(\d+\.\d+)/.exec(kernel)?.[1] ?? kernel} or earlier`;
}

/** @param strict refuse what does not fit the semantics, instead of leaving it out: for ringsmith's own kernel alone */
export function modelOf(input: KernelInput, history: History, strict = false): Model {
  if (strict || input.arm64 === undefined) return modelFor(input, history, strict);
  try {
    return modelFor(input, history, strict);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== 'MACHINES_DIFFER') throw problem;
    // A header that says itself what another says for each machine: it is taken for the one it was read for.
    const { arm64: _, ...alone } = input;
    return modelFor(alone, history, strict);
  }
}

/** Why a model is for one machine only, for people; undefined when it is for both. */
export const aloneReason = (input: KernelInput, model: Model): string | undefined =>
  input.alone ??
  (input.arm64 !== undefined && model.architectures.length === 1
    ? 'its records or constants cannot be told apart from those of another machine'
    : undefined);

function modelFor(input: KernelInput, history: History, strict: boolean): Model {
  return buildModel({
    facts: input.facts,
    ...(input.arm64 === undefined ? {} : { arm64: input.arm64 }),
    rows: operations,
    label: input.label,
    source: input.source,
    sourceHash: hashOf(input),
    knownOpcodes: history.knownOpcodes,
    strict,
    since: (constant) => history.since(constant) ?? newerSince(input, history, constant),
    ...(input.contract === undefined ? {} : { contract: input.contract }),
  });
}

export function generateFiles(input: KernelInput, history: History, options: EmitOptions): GeneratedFile[] {
  return emitPackage(modelOf(input, history), options);
}
