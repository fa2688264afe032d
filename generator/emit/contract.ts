/**
 * Emits `contract.ts`: the kernel's rules for each operation, parsed when they are asked for. `explain` and errors read
 * them; a program in which nothing fails never does. They are JSON in text, because an engine that loads the module skips
 * text, but reads through every object literal.
 */

import type { Rule } from '../contract/contract.js';
import type { Model, OperationModel } from '../model/model.js';
import { textLiteral } from './files.js';
import { chosenText } from './machine.js';

/** Compact, as data is: one rule a line. */
const rows = (items: readonly unknown[], indent: string): string =>
  items.length === 0
    ? '[]'
    : `[\n${items.map((item) => `${indent}  ${JSON.stringify(item)}`).join(',\n')}\n${indent}]`;

function rulesFunction(operation: OperationModel): string {
  const { name, constant, rules = [], arm64Rules, fieldNames = [] } = operation;
  const text = (own: readonly Rule[]): string =>
    textLiteral(`{\n  "rules": ${rows(own, '  ')},\n  "fields": ${rows(fieldNames, '  ')}\n}`);
  const chosen = chosenText(text(rules), arm64Rules === undefined ? undefined : text(arm64Rules));
  return [
    `\n/** Rules of ${constant}. */`,
    `export const ${name.identifier} = (): OperationRules => rulesFrom(${chosen});`,
  ].join('\n');
}

export function contractStatements(model: Model): string[] {
  if (model.contract === undefined) return [];
  const { common, arm64Common } = model.contract;
  const texts = [common, arm64Common].map((own) =>
    own === undefined ? undefined : textLiteral(rows(own, '')),
  );
  return [
    `const from = ${JSON.stringify(model.contract.from)};`,
    `\n/** What holds for every operation. */\nconst common = ${chosenText(texts[0]!, texts[1])};`,
    [
      '\nfunction rulesFrom(text: string): OperationRules {',
      "  const { rules, fields } = JSON.parse(text) as Omit<OperationRules, 'from'>;",
      "  return { rules: [...(JSON.parse(common) as OperationRules['rules']), ...rules], fields, from };",
      '}',
    ].join('\n'),
    ...model.operations.filter((operation) => operation.rules !== undefined).map(rulesFunction),
  ];
}
