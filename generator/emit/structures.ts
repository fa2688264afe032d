/**
 * Declarations of a module as data, in the shape of ts-morph's structures, and only what the generator declares: what
 * the printer beside this file does not print, its types do not have.
 */

export const StructureKind = {
  Class: 'class',
  Enum: 'enum',
  Function: 'function',
  Interface: 'interface',
  VariableStatement: 'variable',
} as const;

/** A structure where its place already says what it is. */
export type OptionalKind<T> = Omit<T, 'kind'>;

interface Documented {
  /** Text of TSDoc blocks; one that starts with a line break is printed over several lines even if it is short. */
  readonly docs?: readonly string[];
}

export interface ParameterDeclarationStructure {
  readonly name: string;
  readonly type: string;
  readonly hasQuestionToken?: boolean;
  readonly initializer?: string;
}

interface TypeParameterDeclarationStructure {
  readonly name: string;
  readonly constraint: string;
  readonly default: string;
}

export interface PropertySignatureStructure extends Documented {
  readonly name: string;
  readonly isReadonly?: boolean;
  readonly hasQuestionToken?: boolean;
  readonly type?: string;
}

export interface PropertyDeclarationStructure extends PropertySignatureStructure {
  readonly initializer?: string;
}

export interface ConstructorDeclarationStructure {
  readonly parameters: readonly ParameterDeclarationStructure[];
  readonly statements: string;
}

export interface MethodDeclarationStructure extends ConstructorDeclarationStructure, Documented {
  readonly name: string;
  readonly typeParameters?: readonly TypeParameterDeclarationStructure[];
  readonly returnType: string;
}

interface Exportable extends Documented {
  readonly isExported?: boolean;
}

export interface FunctionDeclarationStructure extends MethodDeclarationStructure, Exportable {
  readonly kind: typeof StructureKind.Function;
}

export interface ClassDeclarationStructure extends Exportable {
  readonly kind: typeof StructureKind.Class;
  readonly name: string;
  readonly extends?: string;
  readonly properties?: readonly PropertyDeclarationStructure[];
  readonly ctors?: readonly ConstructorDeclarationStructure[];
  readonly methods?: readonly MethodDeclarationStructure[];
}

export interface InterfaceDeclarationStructure extends Exportable {
  readonly kind: typeof StructureKind.Interface;
  readonly name: string;
  readonly extends?: readonly string[];
  readonly properties: readonly PropertySignatureStructure[];
}

export interface EnumDeclarationStructure extends Exportable {
  readonly kind: typeof StructureKind.Enum;
  readonly name: string;
  readonly members: readonly (Documented & {
    readonly name: string;
    readonly value?: number;
    /** In place of a value: an expression. */
    readonly initializer?: string;
  })[];
}

export interface VariableStatementStructure extends Exportable {
  readonly kind: typeof StructureKind.VariableStatement;
  readonly declarationKind: 'const';
  readonly declarations: readonly {
    readonly name: string;
    readonly type?: string;
    readonly initializer: string;
  }[];
}

export type StatementStructures =
  | ClassDeclarationStructure
  | EnumDeclarationStructure
  | FunctionDeclarationStructure
  | InterfaceDeclarationStructure
  | VariableStatementStructure;

/** A declaration, or text that is printed as it is. */
export type Statement = StatementStructures | string;
