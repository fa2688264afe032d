/**
 * What an operation's fields and the values of flags are called in TypeScript, for those who explain what they wrote.
 */

import { loadHistory } from '../kernels/history.js';
import { buildFamilies } from '../model/families.js';
import type { HeaderFacts } from '../parse/index.js';
import { modelOf } from '../pipeline.js';
import { plainName } from './names.js';
import type { ContractInput } from './subject.js';

/** Fields of the SQE by the plain names of the operation's arguments; `sqeFlags` is every operation's. */
export function argumentFields(opcode: string, input: ContractInput): ReadonlyMap<string, string> {
  const { facts, contract, from } = input;
  const model = modelOf(
    { facts, label: from, source: from, contract: { contract, from, own: true } },
    loadHistory(),
  );
  const stores = model.operations.find(({ constant }) => constant === opcode)?.typed?.stores ?? [];
  const named = stores.flatMap(({ field, value }): [string, string][] =>
    value.kind === 'integer' || value.kind === 'address' || value.kind === 'group'
      ? [[plainName(value.argument), field.cName]]
      : [],
  );
  return new Map([['sqeflags', 'flags'], ...named]);
}

/** `FsyncFlags.DATASYNC`, and `DATASYNC` where only one value is called so. */
export function memberValues(facts: HeaderFacts): ReadonlyMap<string, bigint> {
  const values = new Map<string, bigint>();
  const ambiguous = new Set<string>();
  for (const { name, members } of buildFamilies(facts)) {
    for (const { key, value } of members) {
      values.set(`${name.pascal}.${key}`, value);
      if ((values.get(key) ?? value) !== value) ambiguous.add(key);
      values.set(key, value);
    }
  }
  for (const key of ambiguous) values.delete(key);
  return values;
}
