/**
 * `ringsmith coverage`: does a generated package have everything that a kernel has?
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Coverage, compareCoverage, type KernelOpcode } from '../coverage/compare.js';
import { COVERAGE_FORMATS, coverageSummary } from '../coverage/formats.js';
import { readPackage } from '../coverage/package-exports.js';
import { runningOpcodes } from '../machine.js';
import { opcodeFacts } from '../model/operations.js';
import { packageRoot } from '../package-root.js';
import { type KernelOptions, kernelInput } from './input.js';

export interface CoverageOptions extends KernelOptions {
  readonly running?: boolean;
  readonly package?: string;
  readonly format: keyof typeof COVERAGE_FORMATS;
}

/** ringsmith's own package: the sources in a checkout, the declarations in an installed one. */
function ownPackage(): string {
  const sources = join(packageRoot(), 'generated');
  return existsSync(join(sources, 'index.ts')) ? sources : join(packageRoot(), 'dist', 'generated');
}

function kernelSide(options: CoverageOptions): { against: string; opcodes: KernelOpcode[] } {
  if (options.running === true) {
    return {
      against: 'the running kernel',
      opcodes: runningOpcodes().map((opcode) => ({ constant: undefined, opcode })),
    };
  }
  const input = kernelInput(options);
  const opcodes = opcodeFacts(input.facts).map((fact) => ({ constant: fact.constant, opcode: fact.value }));
  return { against: input.label, opcodes };
}

/** @returns the exit code: 1 when something is missing */
export function coverageCommand(options: CoverageOptions): number {
  const { against, opcodes } = kernelSide(options);
  const exported = readPackage(options.package === undefined ? ownPackage() : resolve(options.package));
  const coverage: Coverage = compareCoverage(against, opcodes, exported);
  process.stdout.write(COVERAGE_FORMATS[options.format](coverage));
  process.stderr.write(`${coverageSummary(coverage)}\n`);
  if (coverage.gaps.length === 0) return 0;
  process.stderr.write(`not covered: ${coverage.gaps.join(', ')}\nfix: ringsmith generate for this kernel\n`);
  return 1;
}
