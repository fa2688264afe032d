/**
 * Differences between the constants of two headers: opcodes, register opcodes, flags, and every other named value.
 */
import { buildConstants, isBound } from '../model/constants.js';
import { buildFamilies } from '../model/families.js';
import type { ConstantModel } from '../model/model.js';
import type { HeaderFacts } from '../parse/index.js';
import type { Change } from './change.js';

function categoryOf(name: string): string {
  if (name.startsWith('IORING_OP_')) return 'opcode';
  if (/^IORING_(UN)?REGISTER_/.test(name)) return 'register opcode';
  return 'constant';
}

const shown = (value: ConstantModel['value']): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);

/** The family each constant belongs to, so that a rename is only looked for among its own kind. */
function familyOf(facts: HeaderFacts): Map<string, string> {
  return new Map(
    buildFamilies(facts).flatMap((family) =>
      family.members.map((member) => [member.constant, family.name.pascal]),
    ),
  );
}

/** A constant that is gone and a new one of the same family and value are one that was renamed. */
function findRename(
  gone: ConstantModel,
  added: readonly ConstantModel[],
  before: Map<string, string>,
  after: Map<string, string>,
): ConstantModel | undefined {
  const family = before.get(gone.name);
  return added.find(
    (constant) =>
      constant.value === gone.value && family !== undefined && after.get(constant.name) === family,
  );
}

export function compareConstants(before: HeaderFacts, after: HeaderFacts): Change[] {
  const old = new Map(buildConstants(before).map((constant) => [constant.name, constant]));
  const current = new Map(buildConstants(after).map((constant) => [constant.name, constant]));
  const added = [...current.values()].filter((constant) => !old.has(constant.name));
  const families = { before: familyOf(before), after: familyOf(after) };
  const renamed = new Set<string>();
  const changes: Change[] = [];
  for (const constant of old.values()) {
    const base = { subject: constant.name, category: categoryOf(constant.name) };
    const now = current.get(constant.name);
    if (now === undefined) {
      const successor = findRename(constant, added, families.before, families.after);
      if (successor !== undefined) renamed.add(successor.name);
      changes.push(
        successor === undefined
          ? {
              ...base,
              severity: 'breaking',
              kind: 'removed',
              detail: `was ${shown(constant.value)}`,
              location: constant.from,
            }
          : {
              ...base,
              severity: 'breaking',
              kind: 'renamed',
              detail: `now ${successor.name} (${shown(constant.value)})`,
              location: successor.from,
            },
      );
    } else if (now.value !== constant.value) {
      const severity = isBound(constant.name) ? 'note' : 'breaking';
      changes.push({
        ...base,
        severity,
        kind: 'value',
        detail: `${shown(constant.value)} -> ${shown(now.value)}`,
        location: now.from,
      });
    }
  }
  for (const constant of added) {
    if (renamed.has(constant.name)) continue;
    changes.push({
      severity: 'addition',
      kind: 'added',
      subject: constant.name,
      category: categoryOf(constant.name),
      detail: shown(constant.value),
      location: constant.from,
    });
  }
  return changes;
}
