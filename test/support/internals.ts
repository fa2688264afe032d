/**
 * Modules that no program sees, for guests and for processes of tests: bundles of what the published package has inside, in
 * a folder of their own.
 */
import { rolldown } from 'rolldown';
import { READING } from '../../rolldown.config.js';
import { ROOT } from './cli.js';

/** What guests get; they land in the folder at their paths in the repository. */
const INTERNALS = [
  'runtime/doctor/diagnosis',
  'runtime/port/native',
  'runtime/query',
  'runtime/port/setup',
  'test/support/kernel-agreement',
];

export async function writeInternals(folder: string, modules = INTERNALS): Promise<void> {
  const bundle = await rolldown({
    ...READING,
    cwd: ROOT,
    input: Object.fromEntries(modules.map((path) => [path, `${path}.ts`])),
  });
  await bundle.write({ dir: folder });
  await bundle.close();
}
