/**
 * The modules of a generated package: what each declares, and what it imports.
 */

import type { Model } from '../model/model.js';
import { PUBLIC, SEAM } from '../model/seam-symbols.js';
import {
  constantStatements,
  familyEnums,
  layoutStatements,
  nameStatements,
  recordInterfaces,
} from './abi.js';
import { contractStatements } from './contract.js';
import { architectureCheck, MACHINE_NAMES, machineStatements } from './machine.js';
import { operationStatements } from './operations.js';
import { opsClass } from './ops-class.js';
import { preamble } from './preamble.js';
import {
  type ConstructorDeclarationStructure,
  type OptionalKind,
  type Statement,
  StructureKind,
} from './structures.js';

/** What kind of package is made. */
export interface EmitOptions {
  /** How modules at the package's top import the seam: `../runtime/seam.js` in ringsmith itself, else `ringsmith/seam`. */
  readonly seam: string;
  /** A package by itself: with JavaScript, declarations, package.json, and encoders that can be built on their own. */
  readonly standalone: boolean;
}

/** One module before it is printed. */
export interface ModulePlan {
  readonly path: string;
  /** Why it exists: the first comment of the file. */
  readonly opening: string;
  readonly statements: readonly Statement[];
  /** What it may import from its siblings; only what it uses is imported. */
  readonly imports?: readonly {
    readonly from: string;
    readonly names: readonly string[];
    readonly typeOnly?: boolean;
  }[];
  readonly usesSeam?: boolean;
}

/** The texts of declarations without documentation, and without members' names: such a name is no use of what has it too. */
function codeOf(value: unknown, isMember = false): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => codeOf(one, isMember));
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'docs' || (isMember && key === 'name')
      ? []
      : codeOf(inner, key === 'properties' || key === 'members'),
  );
}

/** Identifiers in the code of declarations, but for those in comments and in quotes. */
function identifiersOf(statements: readonly Statement[]): Set<string> {
  const code = codeOf(statements)
    .join(' ')
    .replace(/\/\*.*?\*\//gs, '')
    .replaceAll(/'\w+'/g, "''");
  return new Set(code.match(/[A-Za-z_$][\w$]*/g));
}

/** Only what the module uses is imported: unused imports would be errors of the check. */
function importLines(plan: ModulePlan, seam: string): string[] {
  if (plan.imports === undefined && plan.usesSeam !== true) return [];
  const used = identifiersOf(plan.statements);
  const line = (names: readonly string[], from: string, typeOnly: boolean): string[] => {
    const wanted = names.filter((name) => used.has(name));
    return wanted.length === 0
      ? []
      : [`import ${typeOnly ? 'type ' : ''}{ ${wanted.join(', ')} } from '${from}';`];
  };
  const own = (plan.imports ?? []).flatMap((source) =>
    line(source.names, source.from, source.typeOnly === true),
  );
  if (plan.usesSeam !== true) return own;
  const depth = plan.path.split('/').length - 1;
  const from = seam.startsWith('.') ? '../'.repeat(depth) + seam : seam;
  return [...own, ...line(SEAM.values, from, false), ...line(SEAM.types, from, true)];
}

/** Preamble, opening comment, imports, declarations: everything of the file, to be printed and parsed once. */
export function wholeModule(model: Model, plan: ModulePlan, seam: string): Statement[] {
  const opening = `${preamble(model)}\n/**\n * ${plan.opening}\n */`;
  const imports = importLines(plan, seam);
  return [[opening, ...imports].join('\n'), ...plan.statements];
}

/** The rings. A package outside of ringsmith brings its own native builders, for rings that run through them. */
function ringStatements(standalone: boolean): Statement[] {
  const own = (): OptionalKind<ConstructorDeclarationStructure>[] => [
    {
      parameters: [{ name: 'options', type: 'RingOptions', initializer: '{}' }],
      statements: 'super(options, encoders);',
    },
  ];
  const ring: Statement = {
    kind: StructureKind.Class,
    isExported: true,
    name: 'Ring',
    extends: 'RingCore',
    docs: ["An io_uring ring on this thread's event loop. `ring.ops` has the operations, one per opcode."],
    properties: [{ name: 'ops', isReadonly: true, initializer: 'new Ops(this)', docs: ['The operations.'] }],
    ...(standalone ? { ctors: own() } : {}),
  };
  if (!standalone) return ["import { Ops } from './ops.js';", ring];
  const syncRing: Statement = {
    kind: StructureKind.Class,
    isExported: true,
    name: 'SyncRing',
    extends: 'SyncRingCore',
    docs: ['A ring without promises: reserve, submit, wait, drain.'],
    ctors: own(),
  };
  // Without Node's types, which the package does not need, `import.meta` has no members.
  const encoders = 'const encoders = () => packageEncoders((import.meta as unknown as { url: string }).url);';
  return ["import { Ops } from './ops.js';", encoders, ring, syncRing];
}

export function modulePlans(model: Model, options: EmitOptions): ModulePlan[] {
  const { seam } = options;
  // A standalone package has a SyncRing of its own.
  const values = PUBLIC.values.filter((name) => !(options.standalone && name === 'SyncRing'));
  const enums = familyEnums(model);
  const records = recordInterfaces(model);
  const enumNames = enums.map((declaration) => declaration.name);
  const recordNames = records.map((declaration) => declaration.name);
  const machine = { from: './machine.js', names: MACHINE_NAMES };
  return [
    {
      path: 'abi/machine.ts',
      opening: 'Which machine this is.',
      statements: machineStatements(model),
    },
    {
      path: 'abi/constants.ts',
      opening: 'Every constant of the kernel headers, under its own name.',
      statements: constantStatements(model),
      imports: [machine, { from: './flags.js', names: enumNames, typeOnly: true }],
    },
    {
      path: 'abi/flags.ts',
      opening: 'Enums and flag families of the kernel headers.',
      statements: enums,
      imports: [machine],
    },
    {
      path: 'abi/layouts.ts',
      opening: 'Records of the kernel headers: their contents as types, and where each member lies.',
      statements: [...records, ...layoutStatements(model)],
      imports: [machine],
      usesSeam: true,
    },
    {
      path: 'abi/index.ts',
      opening: 'The kernel ABI as constants, enums and layouts.',
      statements: [
        "import { arch } from './machine.js';",
        `\n${architectureCheck(model)}`,
        "export * from './constants.js';",
        "export * from './flags.js';",
        "export * from './layouts.js';",
      ],
    },
    // For the runtime, which is ringsmith's own.
    ...(options.standalone
      ? []
      : [
          {
            path: 'abi/names.ts',
            opening: 'Constants and enums by their names.',
            statements: nameStatements(model),
            imports: [machine],
          },
        ]),
    ...(model.contract === undefined
      ? []
      : [
          {
            path: 'contract.ts',
            opening: "What the kernel's own source refuses, by operation.",
            statements: contractStatements(model),
            imports: [{ from: './abi/machine.js', names: MACHINE_NAMES }],
            usesSeam: true,
          },
        ]),
    {
      path: 'operations.ts',
      opening: 'One Operation per opcode: how its SQE is filled and what its completion means.',
      statements: operationStatements(model),
      imports: [
        { from: './abi/machine.js', names: MACHINE_NAMES },
        { from: './abi/flags.js', names: enumNames, typeOnly: true },
        { from: './abi/layouts.js', names: recordNames, typeOnly: true },
        { from: './abi/layouts.js', names: model.records.map((record) => `${record.name.camel}Layout`) },
      ],
      usesSeam: true,
    },
    {
      path: 'ops.ts',
      opening: 'The operations as methods.',
      statements: ["import * as operations from './operations.js';", opsClass(model)],
      imports: [{ from: './abi/layouts.js', names: recordNames, typeOnly: true }],
      usesSeam: true,
    },
    {
      path: 'ring.ts',
      opening: 'Rings with every operation of this kernel.',
      statements: ringStatements(options.standalone),
      usesSeam: true,
    },
    {
      path: 'index.ts',
      opening: 'The package: a ring, its operations, and the types they use.',
      statements: [
        "export { Ops } from './ops.js';",
        options.standalone
          ? "export { Ring, SyncRing } from './ring.js';"
          : "export { Ring } from './ring.js';",
        "export * as operations from './operations.js';",
        "export type * from './operations.js';",
        `export { ${values.join(', ')} } from '${seam}';`,
        `export type { ${PUBLIC.types.join(', ')} } from '${seam}';`,
      ],
    },
  ];
}
