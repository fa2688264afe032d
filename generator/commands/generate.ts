/**
 * `ringsmith generate`: a kernel's facts → the generated package, written or checked.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EmitOptions, emitPackage } from '../emit/package.js';
import { findDrift, writeFiles } from '../emit/writer.js';
import { loadHistory } from '../kernels/history.js';
import { packageRoot } from '../package-root.js';
import { aloneReason, modelOf } from '../pipeline.js';
import { contractInput } from './contract-input.js';
import { type KernelOptions, newestVersion } from './input.js';

export interface GenerateOptions extends KernelOptions {
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));

const ownFolder = (): string => join(packageRoot(), 'generated');

/** A checkout has the sources that its own generated package is part of; an installed ringsmith has not. */
const isCheckout = (): boolean => existsSync(join(packageRoot(), 'generator', 'main.ts'));

/** The newest kernel that ringsmith has a snapshot of, and from no other place than that. */
function isNewestKernel({ kernel, header, deb, tag, source }: GenerateOptions): boolean {
  const isOther = [header, deb, tag, source].some((given) => given !== undefined);
  return !isOther && (kernel ?? newestVersion()) === newestVersion();
}

/**
 * Where the package goes when nothing is said: the newest kernel's is ringsmith's own, in a checkout. Any other gets a
 * folder of its own in the working directory, so that ringsmith never generates its runtime's constants away.
 */
function outputFolder(options: GenerateOptions, label: string): string {
  if (options.out !== undefined) return real(options.out);
  if (isNewestKernel(options) && isCheckout()) return ownFolder();
  return real(`ringsmith-${label.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}`);
}

function emitOptions(folder: string): EmitOptions {
  const own = folder === ownFolder() && isCheckout();
  return own
    ? { seam: '../runtime/seam.js', standalone: false }
    : { seam: 'ringsmith/seam', standalone: true };
}

/** The command that would make the folder right. */
function fixCommand(options: GenerateOptions): string {
  const given = Object.entries({
    kernel: options.kernel,
    header: options.header,
    package: options.deb,
    tag: options.tag,
    source: options.source,
    out: options.out,
  });
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return ['npx ringsmith generate', ...words].join(' ');
}

/** @returns the exit code: 1 when `--check` found drift */
export function generateCommand(options: GenerateOptions): number {
  const input = contractInput(options);
  const folder = outputFolder(options, input.label);
  const history = loadHistory();
  // Only what ringsmith ships must fit what it knows; a stranger's header gets what fits.
  const isOwn = folder === ownFolder() && isCheckout() && isNewestKernel(options);
  const model = modelOf(input, history, options.check === true && isOwn && history.isNewest(input.facts));
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
      `${folder} is not what ${model.label} generates:\n  ${lines.join('\n  ')}\nfix: ${fixCommand(options)}\n`,
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
  const alone = aloneReason(input, model);
  if (alone !== undefined)
    process.stderr.write(`for ${model.architectures.join()} only, and refused on other machines: ${alone}\n`);
  for (const { constant, lost } of model.operations)
    if (lost !== undefined) process.stderr.write(`${constant}: ${lost}\n`);
  return 0;
}
