/**
 * Does the running kernel refuse what a contract says it refuses, with that error, and nothing else? For every opcode a
 * conforming entry is submitted, then the same with one rule broken.
 *
 * Also a program: `node kernel-agreement.js contract.json [contract.json]` prints the result as JSON. With one contract
 * it is the running kernel's own; with two, those of its neighbours.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { KernelContract } from '../../generator/contract/contract.js';
import type { Rule } from '../../runtime/contract/rules.js';
import { native } from '../../runtime/port/native.js';
import { Breaker, type Case, type State, undecidable } from './agreement/breaking.js';
import { type Conforming, conformingEntries } from './agreement/conforming.js';
import { changed, entry, type Fields } from './agreement/entry.js';
import { Objects } from './agreement/objects.js';
import { type Outcome, RawRing } from './agreement/raw-ring.js';
import type { Agreement, Disagreement, LeftOut } from './agreement/report.js';
import { ruleName, type SharedRules, sharedRules } from './agreement/shared-rules.js';

/**
 * Runs a submission in a ring of its own, since rings remember: a flag that was used once forbids another for good.
 * @returns undefined when the kernel has no ring with these flags
 */
function run(setupFlags: number, objects: Objects, entries: readonly Uint32Array[]): Outcome | undefined {
  let ring: RawRing;
  try {
    ring = new RawRing(setupFlags);
  } catch {
    return undefined;
  }
  try {
    ring.registerFiles(objects.descriptors);
    ring.registerBuffer(objects.page);
    ring.registerPersonality();
    return ring.run(entries);
  } finally {
    ring.close();
  }
}

/** Undefined for the few that Node has no name for. */
const errnoOf = (name: string): number | undefined =>
  (constants.errno as Readonly<Record<string, number>>)[name];

/** Second names, which the kernel's source does not use. */
const ALIASES = new Set(['ENOTSUP', 'EWOULDBLOCK']);

function outcomeText(outcome: Outcome): string {
  if (outcome === 'waits' || outcome >= 0) return `accepted (${outcome})`;
  const named = Object.entries(constants.errno).find(
    ([name, errno]) => errno === -outcome && !ALIASES.has(name),
  );
  return named?.[0] ?? String(outcome);
}

function stateText({ settings, setupFlags }: State): string {
  const fields = settings.map(({ field, value }) => `${field}=0x${BigInt.asUintN(64, value).toString(16)}`);
  return (
    [...fields, ...(setupFlags === 0 ? [] : [`setup=0x${setupFlags.toString(16)}`])].join(' ') || 'nothing'
  );
}

class OperationMeasure {
  readonly #operation: SharedRules;
  readonly #conforming: Conforming;
  readonly #objects: Objects;
  readonly #breaker: Breaker;
  readonly disagreements: Disagreement[] = [];
  readonly leftOut: LeftOut[] = [];
  rules = 0;
  tried = 0;
  agreed = 0;

  constructor(operation: SharedRules, conforming: Conforming, objects: Objects) {
    this.#operation = operation;
    this.#conforming = conforming;
    this.#objects = objects;
    const base = conforming.fields();
    this.#breaker = new Breaker(
      this.#words(base, []),
      [...operation.rules, ...operation.others],
      conforming.setup,
    );
    conforming.after?.(-1, base);
  }

  #words(fields: Fields, settings: State['settings']): Uint32Array {
    return changed(entry({ ...fields, opcode: this.#operation.number }), settings);
  }

  #submit(state: State): Outcome | undefined {
    const fields = this.#conforming.fields();
    const before = this.#conforming.before;
    const entries = [...(before === undefined ? [] : [entry(before)]), this.#words(fields, state.settings)];
    const outcome = run(state.setupFlags, this.#objects, entries);
    const takesSlot = state.settings.some(({ field }) => field === 'file_index' || field === 'splice_fd_in');
    if (!takesSlot) this.#conforming.after?.(typeof outcome === 'number' ? outcome : 0, fields);
    return outcome;
  }

  run(): void {
    const nothing: State = { settings: [], setupFlags: this.#conforming.setup ?? 0 };
    for (const rule of this.#breaker.broken(nothing)) {
      this.#disagree(rule, nothing, 'a rule that the conforming entry keeps', 'broken by it');
    }
    const outcome = this.#submit(nothing);
    const errors = new Set(this.#operation.rules.map((rule) => errnoOf(rule.error)));
    errors.delete(errnoOf(this.#conforming.mayAnswer?.error ?? ''));
    if (typeof outcome === 'number' && errors.has(-outcome)) {
      this.disagreements.push({
        rule: `${this.#operation.opcode.replace('IORING_OP_', '')}: conforming`,
        at: '',
        with: 'nothing',
        expected: 'no error that a rule has',
        actual: outcomeText(outcome),
      });
    }
    for (const rule of this.#operation.rules) this.#measure(rule);
    for (const rule of this.#operation.others) this.#leave(rule, 'not in every contract');
  }

  #measure(rule: Rule): void {
    const unknown = errnoOf(rule.error) === undefined ? rule.error : undecidable(rule);
    if (unknown !== undefined) {
      this.#leave(rule, `depends on \`${unknown}\``);
      return;
    }
    const cases = this.#breaker.cases(rule);
    if (cases.length === 0) {
      this.#leave(rule, 'no submission was found that breaks it alone');
      return;
    }
    const measured = cases.filter((one) => this.#tries(rule, one));
    if (measured.length > 0) this.rules += 1;
  }

  #tries(rule: Rule, { broken, control }: Case): boolean {
    const expected = -errnoOf(rule.error)!;
    // What makes the rule's conditions true may be refused by itself, and then says nothing of the rule.
    const without = this.#submit(control);
    if (without === undefined || without === expected) {
      const why = without === undefined ? 'no ring here has' : `${rule.error} comes already with`;
      this.#leave(rule, `${why} ${stateText(control)}`);
      return false;
    }
    const outcome = this.#submit(broken);
    if (outcome === undefined) return false;
    this.tried += 1;
    if (outcome === expected) this.agreed += 1;
    else this.#disagree(rule, broken, rule.error, outcomeText(outcome));
    return true;
  }

  #disagree(rule: Rule, state: State, expected: string, actual: string): void {
    const name = ruleName(this.#operation.opcode, rule);
    this.disagreements.push({ rule: name, at: rule.at, with: stateText(state), expected, actual });
  }

  #leave(rule: Rule, reason: string): void {
    this.leftOut.push({ rule: ruleName(this.#operation.opcode, rule), reason });
  }
}

function supportedOpcodes(ring: RawRing): ReadonlySet<number> {
  const probed = native().probeOpcodes(ring.fd);
  if (typeof probed === 'number') throw new Error(`the kernel cannot be probed: ${probed}`);
  return new Set(Array.from(probed.keys()).filter((opcode) => probed[opcode] === 1));
}

/** @param contracts the running kernel's own, or its older and its newer neighbour's */
export async function measureAgreement(contracts: readonly KernelContract[]): Promise<Agreement> {
  const objects = await Objects.create();
  const otherRing = new RawRing(0);
  try {
    const supported = supportedOpcodes(otherRing);
    const entries = conformingEntries(objects, otherRing.fd);
    const operations = sharedRules(contracts).filter(({ number }) => supported.has(number));
    const without: LeftOut[] = [];
    const measures = operations.flatMap((operation) => {
      const conforming = entries[operation.opcode.replace('IORING_OP_', '')];
      if (conforming !== undefined) return [new OperationMeasure(operation, conforming, objects)];
      without.push({ rule: operation.opcode, reason: 'no harmless entry is known that conforms' });
      return [];
    });
    for (const measure of measures) measure.run();
    const total = (of: (measure: OperationMeasure) => number): number =>
      measures.reduce((sum, measure) => sum + of(measure), 0);
    return {
      opcodes: measures.length,
      rules: total((measure) => measure.rules),
      tried: total((measure) => measure.tried),
      agreed: total((measure) => measure.agreed),
      disagreements: measures.flatMap((measure) => measure.disagreements),
      leftOut: [...without, ...measures.flatMap((measure) => measure.leftOut)],
    };
  } finally {
    otherRing.close();
    objects.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const contracts = process.argv
    .slice(2)
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as KernelContract);
  process.stdout.write(`${JSON.stringify(await measureAgreement(contracts), null, 2)}\n`);
}
