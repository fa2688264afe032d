/**
 * `ringsmith kernels`: the known kernels, and where each snapshot and contract came from; with `--available` those that
 * could be fetched as well.
 */
import { availableKernels } from '../kernels/fetch.js';
import { loadIndex } from '../kernels/history.js';
import { loadLibc } from '../kernels/libc.js';
import { sourceText } from '../kernels/snapshot.js';

export interface KernelsOptions {
  readonly available?: boolean;
  readonly json?: boolean;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

/** @returns the exit code */
export function kernelsCommand(options: KernelsOptions): number {
  const { kernels } = loadIndex();
  const libc = loadLibc()?.source;
  const available = options.available === true ? availableKernels() : undefined;
  if (options.json === true) {
    const fetchable = available?.map(({ kernel, package: item }) => ({
      kernel,
      package: item.name,
      version: item.version,
      bytes: item.bytes,
    }));
    const report = {
      kernels,
      libc: libc ?? null,
      ...(fetchable === undefined ? {} : { available: fetchable }),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  }
  const rows = kernels.map((item) => [
    item.kernel,
    String(item.opcodes),
    sourceText(item),
    item.contract === undefined ? '-' : sourceText(item.contract),
  ]);
  if (libc !== undefined) rows.push(['libc', '-', sourceText(libc), '-']);
  process.stdout.write(table([['KERNEL', 'OPCODES', 'SNAPSHOT FROM', 'CONTRACT FROM'], ...rows]));
  if (available !== undefined) {
    const offers = available.map(({ kernel, package: item }) => [kernel, `${item.name} ${item.version}`]);
    process.stdout.write(`\n${table([['FETCHABLE', 'PACKAGE'], ...offers])}`);
  }
  return 0;
}
