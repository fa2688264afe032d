/** A step that could not be done: what happened, what it means, what to do, and where its output went. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './paths.mjs';

const TAIL_LINES = 40;

export class Failure extends Error {
  /** @param {{what: string, consequence: string, remedy: string, log?: string}} details */
  constructor(details) {
    super(details.what);
    this.details = details;
  }
}

export function printFailure({ details }) {
  const tail = details.log ? tailOf(details.log) : '';
  const where = details.log ? `\n  all output: ${relative(ROOT, details.log)}` : '';
  process.stderr.write(
    `\n${tail}prepare: error: ${details.what}\n  consequence: ${details.consequence}\n  remedy: ${details.remedy}${where}\n`,
  );
}

function tailOf(log) {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return lines
    .slice(-TAIL_LINES)
    .map((line) => `  | ${line}\n`)
    .join('');
}
