/**
 * The command line of `npm run bench`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SCHEMA } from './results.mjs';

export const USAGE = `usage: npm run bench -- [NAME...] [--rounds N] [--quick] [--json FILE] [--svg FOLDER] [--readme]

  NAME           workloads to run, by name or its first part (default: all)
  --rounds N     rounds of each contender (default 5)
  --quick        two short rounds: to see that everything runs, not for figures
  --json FILE    write everything measured as JSON; - for stdout
  --svg FOLDER   write a plot of every workload
  --readme       after a run of all: write bench/results and the README's section on speed
  --into FOLDER  with --readme: do so in a copy of the repository, with whatever was run
  --from FILE    run nothing: take what an earlier run wrote with --json
`;

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

function roundsOf({ rounds, quick }) {
  const count = Number(rounds ?? (quick ? 2 : 5));
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`--rounds takes a positive number; got ${rounds}`);
}

/** What an earlier run measured. */
function readMeasured(file) {
  let measured;
  try {
    measured = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`--from ${file}: ${error.message}`);
  }
  if (measured.schema === SCHEMA) return measured;
  throw new Error(
    `--from ${file}: it has schema ${measured.schema}, and this version writes and reads ${SCHEMA}`,
  );
}

/** Names of the workloads that are asked for; a name stands for its family too. */
function chosen(asked, all) {
  const family = (name) => all.filter((file) => file === name || file.startsWith(`${name}-`));
  const unknown = asked.filter((name) => family(name).length === 0);
  if (unknown.length > 0) throw new Error(`no workload ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return asked.length > 0 ? [...new Set(asked.flatMap(family))] : all;
}

function checkReadme({ readme, quick, into, from }, names) {
  if (into !== undefined && !readme) throw new Error('--into says where --readme writes; it is missing');
  if (!readme) return undefined;
  if (into === undefined && from === undefined && (names.length > 0 || quick)) {
    throw new Error(
      '--readme is for a whole run: all workloads, and not --quick; to try it in a copy, give --into',
    );
  }
  const folder = into ?? REPOSITORY;
  if (existsSync(join(folder, 'README.md'))) return folder;
  throw new Error(`${folder} has no README.md; nothing was run`);
}

/**
 * The options, checked.
 * @param all names of all workloads
 * @throws an error that says what is wrong with the command line
 */
export function readOptions(all) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      svg: { type: 'string' },
      readme: { type: 'boolean', default: false },
      into: { type: 'string' },
      from: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.from !== undefined && (positionals.length > 0 || values.quick || values.rounds !== undefined)) {
    throw new Error('--from takes what was measured; names, --quick and --rounds are for a run');
  }
  return {
    help: values.help,
    json: values.json,
    svg: values.svg,
    names: chosen(positionals, all),
    rounds: roundsOf(values),
    roundMs: values.quick ? 60 : 250,
    readme: checkReadme(values, positionals),
    measured: values.from === undefined ? undefined : readMeasured(values.from),
  };
}
