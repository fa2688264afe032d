/**
 * Finds submissions that break one rule of a contract and no other. The evaluator judges; this only proposes: values that
 * the rules themselves mention, their neighbours, and single bits.
 */
import { fieldValue, type SqeLayout, type Submission } from '../../../runtime/contract/evaluate.js';
import { breaks, sqeFlag } from '../../../runtime/contract/offence.js';
import type { Expression, Rule } from '../../../runtime/contract/rules.js';
import { fieldsIn } from '../../../runtime/contract/sentence.js';
import { changed, LAYOUT, type Setting } from './entry.js';

/** A state of the world: an entry, and the flags of the ring it goes to. */
export interface State {
  readonly settings: readonly Setting[];
  readonly setupFlags: number;
}

/** A submission that breaks one rule, and the same without what breaks it. */
export interface Case {
  readonly broken: State;
  readonly control: State;
}

/** As many proposals as one rule gets; the simple ones come first. */
const MOST_PROPOSALS = 4000;
/** As many fields are changed together so that a rule's conditions hold. */
const MOST_FIELDS = 3;
/** The ring's flags, where they are what a rule is broken with. */
const SETUP = 'setup';
/** As many other rules are kept by further settings, where a rule's conditions break them. */
const MOST_REPAIRS = 2;
/** Beyond all IORING_SETUP_* flags. */
const SETUP_LIMIT = 1n << 24n;
/** Ways to offend a comparison or another test that are enough; bits and fields are broken one by one. */
const ENOUGH = 2;

const layout: SqeLayout = LAYOUT;

function constantsIn(expression: Expression): bigint[] {
  switch (expression.kind) {
    case 'constant':
      return [BigInt(expression.value)];
    case 'unary':
      return constantsIn(expression.of);
    case 'binary':
      return [...constantsIn(expression.left), ...constantsIn(expression.right)];
    default:
      return [];
  }
}

function readsSetup(expression: Expression): boolean {
  if (expression.kind === 'unary') return readsSetup(expression.of);
  if (expression.kind === 'binary') return readsSetup(expression.left) || readsSetup(expression.right);
  return expression.kind === 'setup';
}

function bitsOf(value: bigint): bigint[] {
  return Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit)).filter((bit) => (value & bit) !== 0n);
}

const unique = (values: readonly bigint[]): bigint[] => [...new Set(values)];

/** More bits than these are not tried in pairs. */
const MOST_PAIRED = 8;

/** Two bits together, for conditions that look at one field twice. */
function pairs(bits: readonly bigint[]): bigint[] {
  if (bits.length > MOST_PAIRED) return [];
  return bits.flatMap((bit, index) => bits.slice(index + 1).map((other) => bit | other));
}

/** Values worth trying where an expression looks: its constants, their bits and neighbours. */
function valuesNear(constants: readonly bigint[]): bigint[] {
  const near = constants.flatMap((value) => [
    ...bitsOf(BigInt.asUintN(64, value)),
    value,
    value + 1n,
    value - 1n,
  ]);
  const bits = unique(constants.filter((value) => value > 0n).flatMap(bitsOf));
  return unique([0n, 1n, ...near, ...pairs(bits)]);
}

const bitsIn = (field: string): number => layout.get(field)?.bits ?? 0;
const allBits = (field: string): bigint => (1n << BigInt(bitsIn(field))) - 1n;

/** Single fields set so that the rule may be offended. */
function probes(rule: Rule): Setting[] {
  switch (rule.kind) {
    case 'zero':
      return rule.fields.map((field) => ({ field, value: 1n }));
    case 'nonzero':
      return [{ field: rule.field, value: 0n }];
    case 'mask': {
      const within =
        rule.within === undefined ? allBits(rule.field) : BigInt.asUintN(64, BigInt(rule.within));
      const stray = allBits(rule.field) & within & ~BigInt.asUintN(64, BigInt(rule.allowed));
      return bitsOf(stray).map((value) => ({ field: rule.field, value }));
    }
    case 'compare': {
      const value = BigInt(rule.value);
      return [value, value + 1n, value - 1n, 0n, 1n, -1n].map((one) => ({ field: rule.field, value: one }));
    }
    case 'oneOf': {
      const choices = rule.values.map((choice) => BigInt(choice.value));
      return unique(choices.flatMap((value) => [value + 1n, value - 1n])).map((value) => ({
        field: rule.field,
        value,
      }));
    }
    case 'flags':
      return [
        ...rule.requires.map(() => ({ field: 'flags', value: 0n })),
        ...rule.forbids.map((name) => ({ field: 'flags', value: sqeFlag(name) ?? 0n })),
      ];
    case 'reject': {
      const fields = [...fieldsIn(rule.if), ...(readsSetup(rule.if) ? [SETUP] : [])];
      return fields.flatMap((field) => valuesNear(constantsIn(rule.if)).map((value) => ({ field, value })));
    }
  }
}

const isSetup = (value: bigint): boolean => value >= 0n && value < SETUP_LIMIT;

const isPossible = ({ field, value }: Setting): boolean =>
  field === SETUP ? isSetup(value) : layout.has(field);

/** Flag words keep what they have: a bit is added to the word that is there. */
const isAdded = (rule: Rule): boolean =>
  rule.kind === 'mask' || (rule.kind === 'flags' && rule.forbids.length > 0);

/** A setting that keeps the rule, where the conforming entry may not: it is then broken by taking it back. */
function keeping(rule: Rule): Setting[] {
  switch (rule.kind) {
    case 'nonzero':
      return [{ field: rule.field, value: 1n }];
    case 'compare':
      return [{ field: rule.field, value: BigInt(rule.value) }];
    case 'oneOf':
      return rule.values.map((choice) => ({ field: rule.field, value: BigInt(choice.value) }));
    case 'flags':
      return rule.requires.map((name) => ({ field: 'flags', value: sqeFlag(name) ?? 0n }));
    case 'zero':
      return rule.fields.map((field) => ({ field, value: 0n }));
    case 'mask':
      return [{ field: rule.field, value: BigInt(rule.allowed) }];
    case 'reject':
      return [];
  }
}

/** Everything that is tried so that the rule stands and is kept, the smallest change first. */
function* assignments(rule: Rule, base: Submission): Generator<State> {
  const conditions = rule.when.map((condition) => condition.if);
  if (rule.kind === 'reject') conditions.push(rule.if);
  const kept = keeping(rule);
  const values = unique([...valuesNear(conditions.flatMap(constantsIn)), ...kept.map(({ value }) => value)]);
  const read = conditions.flatMap(fieldsIn).filter((field) => layout.has(field));
  const fields = [...new Set([...kept.map(({ field }) => field), ...read])];
  const setup = base.setupFlags ?? 0;
  const setups = conditions.some(readsSetup)
    ? [...new Set([setup, ...values.filter(isSetup).map((value) => Number(value) | setup)])]
    : [setup];
  // Flags that the conforming entry needs are kept beside others that are tried, and tried without.
  const needed = fieldValue(base, 'flags') ?? 0n;
  const flags = unique([...values.map((value) => value | needed), ...values]);
  const combine = function* (chosen: readonly Setting[], from: number, size: number): Generator<Setting[]> {
    if (size === 0) {
      yield [...chosen];
      return;
    }
    for (let index = from; index < fields.length; index += 1) {
      const field = fields[index]!;
      for (const value of field === 'flags' ? flags : values)
        yield* combine([...chosen, { field, value }], index + 1, size - 1);
    }
  };
  for (let size = 0; size <= Math.min(fields.length, MOST_FIELDS); size += 1) {
    for (const setupFlags of setups) {
      for (const settings of combine([], 0, size)) yield { settings, setupFlags };
    }
  }
}

/** A condition of the rule that no submission decides, in the source's words. */
export function undecidable(rule: Rule): string | undefined {
  const tests = [...rule.when, ...(rule.kind === 'reject' ? [rule] : [])];
  return tests.find((test) => fieldsIn(test.if).length === 0 && !readsSetup(test.if))?.text;
}

export class Breaker {
  readonly #base: Uint32Array;
  readonly #all: readonly Rule[];
  readonly #setup: number;

  /**
   * @param base a conforming entry
   * @param all every rule that the kernel may have: nothing but the one in question may be broken
   * @param setup flags of the ring it conforms in
   */
  constructor(base: Uint32Array, all: readonly Rule[], setup = 0) {
    this.#base = base;
    this.#all = all;
    this.#setup = setup;
  }

  #submission(state: State): Submission {
    return { words: changed(this.#base, state.settings), layout, setupFlags: state.setupFlags };
  }

  /** Rules that a state is known to break. */
  broken(state: State): Rule[] {
    const submission = this.#submission(state);
    return this.#all.filter((rule) => breaks(rule, submission) === true);
  }

  #probed(rule: Rule, control: State, probe: Setting): State {
    if (probe.field === SETUP) return { ...control, setupFlags: Number(probe.value) | this.#setup };
    if (!isAdded(rule)) return { ...control, settings: [...control.settings, probe] };
    const now = fieldValue(this.#submission(control), probe.field) ?? 0n;
    return { ...control, settings: [...control.settings, { field: probe.field, value: now | probe.value }] };
  }

  /** Cases that break the rule: alone where that is possible, else as the first of those that are broken. */
  cases(rule: Rule): Case[] {
    const wanted = new Set(probes(rule).filter(isPossible));
    const found = new Map<Setting, Case>();
    const shared = new Map<Setting, Case>();
    let proposals = 0;
    for (const assignment of assignments(rule, this.#submission({ settings: [], setupFlags: this.#setup }))) {
      if (found.size === wanted.size || proposals > MOST_PROPOSALS) break;
      const control = this.#repaired(assignment);
      if (control === undefined) continue;
      for (const probe of wanted) {
        proposals += 1;
        if (found.has(probe)) continue;
        const broken = this.#probed(rule, control, probe);
        const others = this.#brokenBeside(rule, broken);
        if (others?.length === 0) found.set(probe, { broken, control });
        else if (others !== undefined && this.#comesFirst(rule, others))
          shared.set(probe, { broken, control });
      }
    }
    const all = [...wanted].flatMap((probe) => found.get(probe) ?? shared.get(probe) ?? []);
    const oneByOne = rule.kind === 'mask' || rule.kind === 'zero' || rule.kind === 'flags';
    return oneByOne ? all : all.slice(0, ENOUGH);
  }

  /** What is needed beyond the rule's own conditions so that no rule is broken; undefined when that is not found. */
  #repaired(state: State): State | undefined {
    let repaired = state;
    for (let step = 0; step <= MOST_REPAIRS; step += 1) {
      const [broken] = this.broken(repaired);
      if (broken === undefined) return repaired;
      const setting = keeping(broken)[0];
      if (setting === undefined || repaired.settings.some(({ field }) => field === setting.field))
        return undefined;
      repaired = { ...repaired, settings: [...repaired.settings, setting] };
    }
    return undefined;
  }

  /**
   * What else a state breaks; undefined when it does not break the rule. Rules that ask for the same with the same answer
   * cannot be told apart, and need not be.
   */
  #brokenBeside(rule: Rule, state: State): Rule[] | undefined {
    if (breaks(rule, this.#submission(state)) !== true) return undefined;
    return this.broken(state).filter(
      (other) => other !== rule && (other.error !== rule.error || other.kind !== rule.kind),
    );
  }

  /** Whether the kernel meets the rule before the others. */
  #comesFirst(rule: Rule, others: readonly Rule[]): boolean {
    const at = this.#all.indexOf(rule);
    return others.every((other) => this.#all.indexOf(other) > at);
  }
}
