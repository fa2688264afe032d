/**
 * Modules that no program sees, for guests: bundles of what the published package has inside, in a folder of their own.
 */
import { rolldown } from 'rolldown';
import { READING } from '../../../rolldown.config.js';
import { ROOT } from '../cli.js';

/** They land below `internals/`, each at its path in the repository. */
const INTERNALS = [
  'runtime/port/native',
  'runtime/query',
  'runtime/port/setup',
  'test/support/kernel-agreement',
];

export async function writeInternals(folder: string): Promise<void> {
  const bundle = await rolldown({
    ...READING,
    cwd: ROOT,
    input: Object.fromEntries(INTERNALS.map((path) => [path, `${path}.ts`])),
  });
  await bundle.write({ dir: folder });
  await bundle.close();
}
