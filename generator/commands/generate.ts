/**
 * `ringsmith generate`: a kernel's facts → the generated package, written or checked.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { EmitOptions } from '../emit/package.js';
import { emitPackage } from '../emit/package.js';
import { findDrift, writeFiles } from '../emit/writer.js';
import { loadHistory } from '../kernels/history.js';
import { packageRoot } from '../package-root.js';
import { modelOf } from '../pipeline.js';
import { type KernelOptions, kernelInput } from './input.js';

export interface GenerateOptions extends KernelOptions {
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));

function emitOptions(folder: string): EmitOptions {
  const own = folder === join(packageRoot(), 'generated');
  return own
    ? { seam: '../runtime/seam.js', standalone: false }
    : { seam: 'ringsmith/seam', standalone: true };
}

/** @returns the exit code: 1 when `--check` found drift */
export function generateCommand(options: GenerateOptions): number {
  const input = kernelInput(options);
  const folder = real(options.out ?? join(packageRoot(), 'generated'));
  const model = modelOf(input, loadHistory());
  const files = emitPackage(model, emitOptions(folder));
  const summary = `${model.operations.length} opcodes, ${model.constants.length} constants, ${model.records.length} records`;
  if (options.check === true) {
    const drift = findDrift(folder, model.label, files);
    const lines = Object.entries(drift).flatMap(([kind, paths]: [string, readonly string[]]) =>
      paths.map((path) => `${kind}: ${path}`),
    );
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ label: model.label, folder, ...drift })}\n`);
    if (lines.length === 0) {
      process.stderr.write(`${folder} is what ${model.label} generates (${summary})\n`);
      return 0;
    }
    process.stderr.write(
      `${folder} is not what ${model.label} generates:\n  ${lines.join('\n  ')}\nfix: npx ringsmith generate\n`,
    );
    return 1;
  }
  const touched = writeFiles(folder, model.label, files);
  if (options.json === true) {
    const opcodes = model.operations.map((operation) => ({
      name: operation.constant,
      opcode: operation.opcode,
    }));
    process.stdout.write(`${JSON.stringify({ label: model.label, folder, touched, opcodes })}\n`);
  }
  process.stderr.write(`${model.label}: ${summary} -> ${folder} (${touched} files changed)\n`);
  return 0;
}
