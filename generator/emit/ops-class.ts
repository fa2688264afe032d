/**
 * Emits `ops.ts`: the operations as methods of a ring.
 */
import type { Model, OperationModel } from '../model/model.js';
import { members } from './argument-types.js';
import { tsdoc } from './files.js';
import { fieldsTypeName, operationDocs, resultType } from './operations.js';
import {
  type ClassDeclarationStructure,
  type MethodDeclarationStructure,
  type OptionalKind,
  StructureKind,
} from './structures.js';

/** Whether the operation can be called without arguments. */
function isBare(operation: OperationModel): boolean {
  if (operation.typed === undefined) return (operation.fields?.required ?? []).length === 0;
  const selectable = operation.typed.args.some((arg) => arg.kind === 'bytes' && arg.selectable);
  return !selectable && members(operation, 'args').every((member) => member.optional);
}

function method(operation: OperationModel): OptionalKind<MethodDeclarationStructure> {
  const { typed, name } = operation;
  const argsType = typed === undefined ? fieldsTypeName(operation, 'args') : `${name.pascal}Args`;
  const result = typed === undefined ? 'number' : resultType(typed.result);
  const { extra } = operation;
  const resultDoc =
    typed === undefined ? '`cqe->res`.' : 'doc' in typed.result ? typed.result.doc : undefined;
  return {
    name: name.camel,
    ...(extra ? { typeParameters: [{ name: 'Extra', constraint: 'boolean', default: 'false' }] } : {}),
    parameters: [
      { name: 'args', type: `operations.${argsType}`, ...(isBare(operation) ? { initializer: '{}' } : {}) },
      { name: 'options', hasQuestionToken: true, type: extra ? 'ExtraOptions<Extra>' : 'OperationOptions' },
    ],
    returnType: `Promise<${extra ? `Completed<${result}, Extra>` : result}>`,
    statements: `return this.#starter.start(operations.${name.identifier}, args, arguments.length > 2 ? extraArgument(arguments[2]) : options);`,
    docs: [
      `\n${tsdoc([operationDocs(operation), resultDoc === undefined ? undefined : `@returns ${resultDoc}`])}`,
    ],
  };
}

export function opsClass(model: Model): ClassDeclarationStructure {
  return {
    kind: StructureKind.Class,
    isExported: true,
    name: 'Ops',
    docs: [
      'Every operation of the kernel this package was generated for. Each resolves on its terminal completion.',
    ],
    properties: [{ name: '#starter', isReadonly: true, type: 'Starter' }],
    ctors: [{ parameters: [{ name: 'starter', type: 'Starter' }], statements: 'this.#starter = starter;' }],
    methods: model.operations.map((operation) => method(operation)),
  };
}
