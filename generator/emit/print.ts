/**
 * Prints declarations, character for character as ts-morph prints them; a test holds it to that. ts-morph itself would
 * cost every run of the generator more than everything else together: it loads a whole TypeScript compiler, and parses
 * what it has just printed.
 */
import { indented } from './files.js';
import type {
  ClassDeclarationStructure,
  ConstructorDeclarationStructure,
  EnumDeclarationStructure,
  FunctionDeclarationStructure,
  InterfaceDeclarationStructure,
  MethodDeclarationStructure,
  ParameterDeclarationStructure,
  PropertyDeclarationStructure,
  Statement,
  StatementStructures,
  VariableStatementStructure,
} from './structures.js';

const INDENT = '  ';

function docBlock(text: string): string {
  if (!text.includes('\n')) return `/** ${text} */\n`;
  const lines = text.replace(/^\n/, '').split(/\r?\n/);
  return `/**\n${lines.map((line) => (line === '' ? ' *' : ` * ${line}`)).join('\n')}\n */\n`;
}

const docs = (of: { readonly docs?: readonly string[] }): string => (of.docs ?? []).map(docBlock).join('');

/** Documentation and keywords, which stand before every declaration. */
const head = (of: { readonly docs?: readonly string[]; readonly isExported?: boolean }): string =>
  `${docs(of)}${of.isExported === true ? 'export ' : ''}`;

const block = (opening: string, body: string): string =>
  body === '' ? `${opening} {\n}` : `${opening} {\n${indented(body, INDENT)}\n}`;

const initialized = (initializer: string | undefined): string =>
  initializer === undefined ? '' : ` = ${initializer}`;

function parameter(of: ParameterDeclarationStructure): string {
  return `${of.name}${of.hasQuestionToken === true ? '?' : ''}: ${of.type}${initialized(of.initializer)}`;
}

function property(of: PropertyDeclarationStructure): string {
  const name = `${of.isReadonly === true ? 'readonly ' : ''}${of.name}${of.hasQuestionToken === true ? '?' : ''}`;
  return `${docs(of)}${name}${of.type === undefined ? '' : `: ${of.type}`}${initialized(of.initializer)};`;
}

const parameters = (of: ConstructorDeclarationStructure): string => of.parameters.map(parameter).join(', ');

const constructorText = (of: ConstructorDeclarationStructure): string =>
  block(`constructor(${parameters(of)})`, of.statements);

function signature(of: MethodDeclarationStructure): string {
  const types = (of.typeParameters ?? []).map(
    (one) => `${one.name} extends ${one.constraint} = ${one.default}`,
  );
  return `${of.name}${types.length === 0 ? '' : `<${types.join(', ')}>`}(${parameters(of)}): ${of.returnType}`;
}

const method = (of: MethodDeclarationStructure): string =>
  block(`${docs(of)}${signature(of)}`, of.statements);

const functionText = (of: FunctionDeclarationStructure): string =>
  block(`${head(of)}function ${signature(of)}`, of.statements);

function classText(of: ClassDeclarationStructure): string {
  const properties = (of.properties ?? []).map(property).join('\n');
  const others = [...(of.ctors ?? []).map(constructorText), ...(of.methods ?? []).map(method)];
  const members = [properties, ...others].filter((text) => text !== '').join('\n\n');
  return block(
    `${head(of)}class ${of.name}${of.extends === undefined ? '' : ` extends ${of.extends}`}`,
    members,
  );
}

function interfaceText(of: InterfaceDeclarationStructure): string {
  const bases = of.extends === undefined ? '' : ` extends ${of.extends.join(', ')}`;
  return block(`${head(of)}interface ${of.name}${bases}`, of.properties.map(property).join('\n'));
}

function enumText(of: EnumDeclarationStructure): string {
  const members = of.members.map(
    (member) => `${docs(member)}${member.name} = ${member.initializer ?? member.value}`,
  );
  return block(`${head(of)}enum ${of.name}`, members.join(',\n'));
}

function variableText(of: VariableStatementStructure): string {
  const list = of.declarations.map(
    ({ name, type, initializer }) => `${name}${type === undefined ? '' : `: ${type}`} = ${initializer}`,
  );
  return `${head(of)}${of.declarationKind} ${list.join(', ')};`;
}

function declarationText(of: StatementStructures): string {
  switch (of.kind) {
    case 'class':
      return classText(of);
    case 'enum':
      return enumText(of);
    case 'function':
      return functionText(of);
    case 'interface':
      return interfaceText(of);
    case 'variable':
      return variableText(of);
  }
}

/** Whether a blank line goes before a statement: before all with a body, and after whatever ends in one. */
function standsApart(statement: Statement, previous: string): boolean {
  if (previous.trimEnd().endsWith('}')) return true;
  return typeof statement !== 'string' && statement.kind !== 'variable';
}

/** A module's text. */
export function printModule(statements: readonly Statement[]): string {
  let previous = '';
  const parts = statements.map((statement, index) => {
    const text = typeof statement === 'string' ? statement : declarationText(statement);
    const gap = index === 0 ? '' : standsApart(statement, previous) ? '\n\n' : '\n';
    previous = text;
    return gap + text;
  });
  return `${parts.join('')}\n`;
}
