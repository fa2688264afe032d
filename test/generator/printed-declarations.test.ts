/**
 * Proves that the printer of declarations prints them as ts-morph does, character for character: every module of the
 * package, for ringsmith itself and standing alone, and what those modules do not happen to contain.
 */
import { IndentationText, StructureKind as MorphKind, Project, type StatementStructures } from 'ts-morph';
import { describe, expect, it } from 'vitest';
import { kernelInput } from '../../generator/commands/input.js';
import { type EmitOptions, modulePlans, wholeModule } from '../../generator/emit/modules.js';
import { printModule } from '../../generator/emit/print.js';
import { type Statement, StructureKind } from '../../generator/emit/structures.js';
import { loadHistory } from '../../generator/kernels/history.js';
import { modelOf } from '../../generator/pipeline.js';

const KINDS = {
  class: MorphKind.Class,
  enum: MorphKind.Enum,
  function: MorphKind.Function,
  interface: MorphKind.Interface,
  variable: MorphKind.VariableStatement,
};

function printedByMorph(statements: readonly Statement[]): string {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces },
  });
  // The same structures, but for ts-morph's numbers of the kinds, and its lists that it might change.
  const structures = statements.map((statement) =>
    typeof statement === 'string'
      ? statement
      : (structuredClone({ ...statement, kind: KINDS[statement.kind] }) as unknown as StatementStructures),
  );
  return project.createSourceFile('module.ts', { statements: structures }).getFullText();
}

const PACKAGES: Record<string, EmitOptions> = {
  own: { seam: '../runtime/seam.js', standalone: false },
  standalone: { seam: 'ringsmith/seam', standalone: true },
};

const SPECIAL: Record<string, Statement[]> = {
  'nothing in them': [
    { kind: StructureKind.Interface, name: 'Empty', properties: [] },
    { kind: StructureKind.Class, name: 'Nothing' },
    { kind: StructureKind.Enum, name: 'None', members: [] },
  ],
  'documentation of every shape': [
    {
      kind: StructureKind.VariableStatement,
      declarationKind: 'const',
      docs: ['one line', '\none line, spread', 'two\n\nwith a gap'],
      declarations: [{ name: 'a', initializer: '1' }],
    },
    { kind: StructureKind.Enum, name: 'E', docs: [], members: [{ name: 'A', value: -1, docs: ['first'] }] },
  ],
  'text between and in declarations': [
    'const a = {};',
    'const b = () => {\n  return a;\n}',
    {
      kind: StructureKind.VariableStatement,
      declarationKind: 'const',
      declarations: [{ name: 'c', initializer: '{}' }],
    },
    '\n/** after a blank line */\nconst d = 1;',
    {
      kind: StructureKind.Class,
      name: 'C',
      properties: [{ name: 'x', hasQuestionToken: true, type: 'number' }],
      methods: [{ name: 'm', parameters: [], returnType: 'void', statements: 'if (a) {\n\n  b();\n}\n' }],
    },
    'const e = 2;',
  ],
};

describe('declarations', () => {
  const model = modelOf(kernelInput({}), loadHistory());
  for (const [name, options] of Object.entries(PACKAGES)) {
    it(`of every module are printed as ts-morph prints them: ${name}`, () => {
      const plans = modulePlans(model, options);
      expect(plans.length).toBeGreaterThan(0);
      for (const plan of plans) {
        const statements = wholeModule(model, plan, options.seam);
        expect(printModule(statements), plan.path).toBe(printedByMorph(statements));
      }
    });
  }
  for (const [name, statements] of Object.entries(SPECIAL)) {
    it(`are printed as ts-morph prints them: ${name}`, () => {
      expect(printModule(statements)).toBe(printedByMorph(statements));
    });
  }
});
