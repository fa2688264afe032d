/**
 * How `util.inspect`, and so `console.log`, shows what the runtime hands out: what a person wants to know of it.
 */
import type { InspectOptions } from 'node:util';

/** The symbol under which Node looks for a method of an object's own. */
export const custom: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** What Node calls such a method with last. */
export type Inspect = (value: unknown, options?: InspectOptions) => string;

/** @param members what is shown; those that are undefined are left out */
export function shown(
  name: string,
  members: Readonly<Record<string, unknown>>,
  options: InspectOptions,
  inspect: Inspect,
): string {
  const known = Object.entries(members).filter(([, value]) => value !== undefined);
  return `${name} ${inspect(Object.fromEntries(known), options)}`;
}
