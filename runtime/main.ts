#!/usr/bin/env node
/**
 * The command `ringsmith` of the runtime's package: the doctor, and every other command through the generator's package,
 * where that is installed. 0 fine, 1 the check found something, 2 bad usage.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAddon } from './build-addon.js';
import { diagnosis } from './doctor/diagnosis.js';
import { doctor } from './doctor/report.js';
import { printSeccompProfile } from './doctor/seccomp-profile.js';

const GENERATOR = '@ringsmith/generator';
const BAD_USAGE = 2;
const USAGE = `Usage: ringsmith <command>

Commands:
  doctor [--json]  can this machine run a ring? exit 1 when not
  doctor --seccomp-profile [FILE] [--flat]
                   print the container runtime's default seccomp profile with io_uring allowed; --flat: without conditions,
                   as containerd wants it on a Kubernetes node
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

/** The doctor of this package alone. */
function runDoctor(args: readonly string[]): number {
  let options: Parameters<typeof printSeccompProfile>[0] & { json?: boolean; 'seccomp-profile'?: boolean };
  let files: string[];
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        flat: { type: 'boolean' },
        'seccomp-profile': { type: 'boolean' },
      },
    });
    [options, files] = [values, positionals];
  } catch (error) {
    process.stderr.write(`ringsmith: ${(error as Error).message}\n\n${USAGE}`);
    return BAD_USAGE;
  }
  const isProfile = options['seccomp-profile'] === true;
  if (files.length > (isProfile ? 1 : 0) || (options.flat === true && !isProfile)) {
    process.stderr.write(`ringsmith: doctor has no ${files.at(-1) ?? '--flat'} here\n\n${USAGE}`);
    return BAD_USAGE;
  }
  if (isProfile) return printSeccompProfile({ file: files[0], flat: options.flat });
  return doctor(diagnosis(), { json: options.json === true });
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
  return runDoctor(rest);
}

process.exitCode = run(process.argv.slice(2));
