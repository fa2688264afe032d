#!/usr/bin/env node
/**
 * The command `ringsmith` of the runtime's package: the doctor, and every other command through the generator's package,
 * where that is installed. 0 fine, 1 the check found something, 2 bad usage.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildAddon } from './build-addon.js';
import { diagnosis } from './doctor/diagnosis.js';
import { doctor } from './doctor/report.js';

const GENERATOR = '@ringsmith/generator';
const BAD_USAGE = 2;
const USAGE = `Usage: ringsmith <command>

Commands:
  doctor [--json]  can this machine run a ring? exit 1 when not
  build            build the native addon from source, where no package has it

generate, coverage, diff, explain, kernels and snapshot are in the package ${GENERATOR}:
  npx ${GENERATOR} generate --help
`;

/** The generator's program, as the project has it or as it lies beside this package. */
function generatorProgram(): string | undefined {
  for (const place of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      const manifest = createRequire(place).resolve(`${GENERATOR}/package.json`);
      return join(dirname(manifest), 'dist', 'generator', 'main.js');
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

function handOver(program: string | undefined, args: readonly string[]): number {
  if (program === undefined) {
    process.stderr.write(
      `ringsmith: the command ${args[0]} is in the package ${GENERATOR}, which is not installed here.\n` +
        `Run npx ${GENERATOR} ${args.join(' ')}, or install it with npm install --save-dev ${GENERATOR}.\n`,
    );
    return BAD_USAGE;
  }
  const { status, error } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function version(): string {
  const manifest = createRequire(import.meta.url).resolve('ringsmith/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function run(args: readonly string[]): number {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(USAGE);
    return command === undefined ? BAD_USAGE : 0;
  }
  if (command === '--version' || command === '-V') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (command === 'build') return buildAddon();
  const program = generatorProgram();
  // The generator's doctor looks at what generating takes, too.
  if (command !== 'doctor' || program !== undefined) return handOver(program, args);
  const strange = rest.find((argument) => argument !== '--json');
  if (strange !== undefined) {
    process.stderr.write(`ringsmith: doctor has no ${strange}\n\n${USAGE}`);
    return BAD_USAGE;
  }
  return doctor(diagnosis(), { json: rest.includes('--json') });
}

process.exitCode = run(process.argv.slice(2));
