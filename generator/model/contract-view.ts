/**
 * One operation's contract as the model asks for it: by the header's fields, whatever name the kernel reads a place by.
 */
import type { FieldContract, OperationContract } from '../contract/contract.js';
import type { SqeFieldModel } from './model.js';

/** A field that the operation reads. */
export interface ReadField {
  readonly field: SqeFieldModel;
  /** What is said of it: more than once where it means different things under different conditions. */
  readonly contracts: readonly FieldContract[];
  /** It is read whatever else the SQE holds. */
  readonly always: boolean;
}

export const samePlace = (a: SqeFieldModel, b: SqeFieldModel): boolean =>
  a.bitOffset === b.bitOffset && a.bits === b.bits;

export const overlap = (a: SqeFieldModel, b: SqeFieldModel): boolean =>
  a.bitOffset < b.bitOffset + b.bits && b.bitOffset < a.bitOffset + a.bits;

const within = (inner: SqeFieldModel, outer: SqeFieldModel): boolean =>
  outer.bitOffset <= inner.bitOffset && inner.bitOffset + inner.bits <= outer.bitOffset + outer.bits;

export class ContractView {
  readonly contract: OperationContract;
  /** In the order the kernel reads them. */
  readonly read: readonly ReadField[];
  /** Fields that must hold one value, e.g. TIMEOUT's `len`: 1. */
  readonly fixed: readonly { readonly field: SqeFieldModel; readonly value: number }[];
  readonly #zero: readonly SqeFieldModel[];

  readonly #hasGroups: boolean;

  /** @param selectBit whether the header has the flag by which a program lets the kernel choose a buffer */
  constructor(contract: OperationContract, fields: ReadonlyMap<string, SqeFieldModel>, selectBit = true) {
    this.contract = contract;
    this.#hasGroups = selectBit && fields.has('buf_group');
    // What the header does not have, the operation cannot be given.
    const known = (names: readonly string[]): SqeFieldModel[] =>
      names.flatMap((name) => fields.get(name) ?? []);
    const rules = contract.rules.filter((rule) => rule.when.length === 0);
    const equal = rules.flatMap((rule) =>
      rule.kind === 'compare' && rule.operator === '=='
        ? [{ field: rule.field, value: Number(rule.value) }]
        : [],
    );
    this.fixed = equal
      .filter(({ value }) => value !== 0)
      .flatMap(({ field, value }) => known([field]).map((one) => ({ field: one, value })));
    this.#zero = [
      ...rules.flatMap((rule) => (rule.kind === 'zero' ? known(rule.fields) : [])),
      ...rules.flatMap((rule) =>
        rule.kind === 'mask' && rule.within === undefined && rule.allowed === '0' ? known([rule.field]) : [],
      ),
      ...equal.filter(({ value }) => value === 0).flatMap(({ field }) => known([field])),
    ];
    this.read = this.#readFields(fields);
  }

  #readFields(fields: ReadonlyMap<string, SqeFieldModel>): ReadField[] {
    const byName = new Map<string, FieldContract[]>();
    for (const one of this.contract.fields) {
      const others = byName.get(one.field);
      if (others === undefined) byName.set(one.field, [one]);
      else others.push(one);
    }
    return [...byName].flatMap(([name, contracts]) => {
      const field = fields.get(name);
      if (field === undefined || this.isZero(field)) return [];
      return [{ field, contracts, always: contracts.some((one) => one.when.length === 0) }];
    });
  }

  has(attribute: string): boolean {
    // Before Linux 5.7 there were no groups, whatever a newer kernel's contract says.
    if (attribute === 'buffer_select' && !this.#hasGroups) return false;
    return (this.contract.attributes[attribute] ?? 0) !== 0;
  }

  /** The kernel refuses anything but 0 there. */
  isZero(field: SqeFieldModel): boolean {
    return this.#zero.some((zero) => within(field, zero));
  }

  fixedValue(field: SqeFieldModel): number | undefined {
    return this.fixed.find((one) => samePlace(one.field, field))?.value;
  }

  readOf(field: SqeFieldModel): ReadField | undefined {
    return this.read.find((one) => samePlace(one.field, field));
  }

  /** Whether a program can say anything there. */
  isRead(field: SqeFieldModel): boolean {
    if (this.readOf(field) !== undefined || this.fixedValue(field) !== undefined) return true;
    if (field.cName === 'fd') return this.has('needs_file');
    return field.cName === 'buf_group' && this.has('buffer_select');
  }

  /** `IOSQE_*` bits that it needs, or refuses, whatever else the SQE holds. */
  flags(which: 'requires' | 'forbids'): string[] {
    return this.contract.rules.flatMap((rule) =>
      rule.kind === 'flags' && rule.when.length === 0 ? rule[which] : [],
    );
  }
}
