/**
 * `npm run agreement [-- --entries N] [--seed N] [--contract FILE] [--jobs N]`: how many refusals of random entries by the
 * running kernel its contract explains, what it wrongly says is refused, and which refusals it has no rule for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '1' },
    contract: { type: 'string' },
    jobs: { type: 'string', default: '1' },
  },
});

process.chdir(ROOT);
const folder = mkdtempSync(join(ROOT, 'build', 'agreement-'));
try {
  const bundle = await rolldown({
    cwd: ROOT,
    platform: 'node',
    external: /^(?!@oxc-project\/)[\w@]/,
    resolve: { extensionAlias: { '.js': ['.ts'] } },
    // As deep below the repository as their sources, since both look for files of it by where they lie themselves.
    input: {
      run: 'test/support/random-agreement-run.ts',
      'agreement/known': 'test/support/agreement/known-contracts.ts',
    },
  });
  await bundle.write({ dir: folder });
  await bundle.close();
  const load = (name) => import(pathToFileURL(join(folder, `${name}.js`)).href);
  const [{ randomAgreement, randomAgreementText }, { contractFile, contractsForRunning }] = [
    await load('run'),
    await load('agreement/known'),
  ];
  const contract = values.contract ?? contractFile(contractsForRunning().at(-1)?.series ?? '7.3');
  const result = await randomAgreement({
    seed: Number(values.seed),
    entries: Number(values.entries),
    contract: resolve(contract),
    jobs: Number(values.jobs),
  });
  console.log(randomAgreementText(`Linux ${release()}`, contract, result));
  process.exitCode = result.falseAlarms.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
