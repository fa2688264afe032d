/**
 * Emits `contract.ts`: the kernel's rules for each operation, made when they are asked for. `explain` and errors read
 * them; a program in which nothing fails never does.
 */
import type { Model, OperationModel } from '../model/model.js';

/** Compact, as data is: one rule a line. */
const rows = (items: readonly unknown[], indent: string): string =>
  items.length === 0
    ? '[]'
    : `[\n${items.map((item) => `${indent}  ${JSON.stringify(item)},\n`).join('')}${indent}]`;

function rulesFunction(operation: OperationModel): string {
  const { name, constant, rules = [], fieldNames = [] } = operation;
  const fields = rows(fieldNames, '  ');
  const own = rules.map((rule) => `    ${JSON.stringify(rule)},\n`).join('');
  return [
    `\n/** Rules of ${constant}. */`,
    `export const ${name.identifier} = (): OperationRules => ({`,
    `  rules: [\n    ...common(),\n${own}  ],`,
    `  fields: ${fields},`,
    '  from,',
    '});',
  ].join('\n');
}

export function contractStatements(model: Model): string[] {
  if (model.contract === undefined) return [];
  return [
    `const from = ${JSON.stringify(model.contract.from)};`,
    `\n/** What holds for every operation. */\nconst common = (): OperationRules['rules'] => ${rows(model.contract.common, '')};`,
    ...model.operations.filter((operation) => operation.rules !== undefined).map(rulesFunction),
  ];
}
