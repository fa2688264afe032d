/**
 * Which contracts speak for the running kernel: its own, or else those of its neighbours, which it lies between.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join, resolve } from 'node:path';
import type { KernelContract } from '../../../generator/contract/contract.js';

const FOLDER = resolve(import.meta.dirname, '../../../generated/kernels');
const FILE = /^(\d+\.\d+)\.contract\.json$/;

/** Orders `6.9` before `6.12`. */
const order = (series: string): number => {
  const [major = 0, minor = 0] = series.split('.').map(Number);
  return major * 1000 + minor;
};

export interface KnownContract {
  /** e.g. `6.12`. */
  readonly series: string;
  readonly contract: KernelContract;
}

/** Series that have a contract, oldest first. */
function contractSeries(): string[] {
  return (existsSync(FOLDER) ? readdirSync(FOLDER) : [])
    .flatMap((file) => FILE.exec(file)?.[1] ?? [])
    .sort((a, b) => order(a) - order(b));
}

export const contractFile = (series: string): string => join(FOLDER, `${series}.contract.json`);

/** One or two; none when there are contracts of kernels on one side only. The release is not asked what it can do. */
export function contractsForRunning(): KnownContract[] {
  const running = order(/^\d+\.\d+/.exec(release())?.[0] ?? '0.0');
  const known = contractSeries();
  const load = (series: string): KnownContract => ({
    series,
    contract: JSON.parse(readFileSync(contractFile(series), 'utf8')) as KernelContract,
  });
  const own = known.find((series) => order(series) === running);
  if (own !== undefined) return [load(own)];
  const older = known.filter((series) => order(series) < running).at(-1);
  const newer = known.find((series) => order(series) > running);
  return older === undefined || newer === undefined ? [] : [load(older), load(newer)];
}
