/**
 * What a table of the ring is made of: a list, or a size.
 */
import { wrongType } from '../arguments/known-names.js';
import { integer, Shape } from '../arguments/options.js';

/** More than any limit of the kernel. */
const MOST_PLACES = 2 ** 24;
const SIZE = new Shape({ size: integer(1, MOST_PLACES) });

/** Refuses contents that are neither. @param what the method that was given them */
export function checkTable(contents: unknown, what: string): void {
  if (Array.isArray(contents)) return;
  SIZE.required(contents, what);
  if ((contents as { readonly size?: unknown }).size === undefined)
    throw wrongType(`${what}: contents`, 'an array, or { size }', contents);
}
