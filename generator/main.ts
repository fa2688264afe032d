#!/usr/bin/env node
/**
 * The command line: the only place that reads argv and sets exit codes. 0 fine, 1 the check found something, 2 bad
 * usage or bad input.
 */
import { Command, CommanderError, Option } from 'commander';
import { COVERAGE_FORMAT_NAMES, DIFF_FORMAT_NAMES } from './commands/format-names.js';
import { withTag } from './commands/input.js';
import { formatProblem, Problem } from './problem.js';
import { VERSION } from './version.js';

const BAD_INPUT = 2;

let exitCode = 0;

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

const SOURCE_HELP = "a kernel's source tree, to read the contract of each opcode from";

/** Options that say which kernel is meant. */
function withKernel(command: Command): Command {
  return command
    .option('--kernel <version>', "a kernel, e.g. 7.3 or 6.1.187, or 'running' for this system's header")
    .option('--header <file>', "a kernel's linux/io_uring.h")
    .option(
      '--tag <tag>',
      "a tag of the kernel's repository, e.g. v6.12, from a clone or a server that has its files",
    )
    .option('--git <folder>', 'that clone')
    .option('--base-url <url>', 'that server, with {tag} and {path} (default: RINGSMITH_KERNEL_URL)')
    .option('--include <folder>', 'where else to look for headers it includes (repeatable)', collect)
    .option('--target <triple>', 'architecture to parse for, e.g. aarch64-linux-gnu');
}

// Each command loads what it needs when it runs: most of the start-up time would be the others'.
function program(): Command {
  const root = new Command('ringsmith')
    .description("typed io_uring bindings for Node.js, generated from the kernel's own headers")
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    });
  withKernel(root.command('generate').description('generate the package for a kernel'))
    .option('--package <file>', 'a linux-libc-dev or linux-headers-*-common package (.deb)')
    .option('--source <folder>', SOURCE_HELP)
    .option(
      '--out <folder>',
      'output folder (default: ./ringsmith-KERNEL; in a checkout, generated/ for the newest)',
    )
    .option('--check', 'write nothing; exit 1 when the folder is not what would be generated')
    .option('--json', 'say on stdout, as JSON, what was done')
    .action(async ({ package: deb, ...options }) => {
      const { generateCommand } = await import('./commands/generate.js');
      exitCode = generateCommand(await withTag(deb === undefined ? options : { ...options, deb }));
    });
  withKernel(
    root.command('coverage').description('compare a package with what a kernel has; exit 1 on a gap'),
  )
    .option('--running', 'compare with the running kernel, by asking it')
    .option('--package <folder>', "a generated package (default: ringsmith's own)")
    .addOption(
      new Option('--format <format>', 'how to report').choices(COVERAGE_FORMAT_NAMES).default('table'),
    )
    .action(async (options) => {
      const { coverageCommand } = await import('./commands/coverage.js');
      exitCode = coverageCommand(await withTag(options));
    });
  root
    .command('diff <from> <to>')
    .description(
      "what one kernel's ABI has that another's lacks, and its opcodes accept; exit 1 when something breaks",
    )
    .option('--git <folder>', 'a clone of the kernel, to read tags such as v6.12 from')
    .option('--base-url <url>', 'or a server that has its files (default: RINGSMITH_KERNEL_URL)')
    .option('--include <folder>', 'where else to look for headers they include (repeatable)', collect)
    .option('--target <triple>', 'architecture to parse headers for')
    .addOption(new Option('--format <format>', 'how to report').choices(DIFF_FORMAT_NAMES).default('table'))
    .action(async (from: string, to: string, options) => {
      const { diffCommand } = await import('./commands/diff.js');
      exitCode = await diffCommand(from, to, options);
    });
  root
    .command('kernels')
    .description('the known kernels and where each snapshot came from')
    .option('--available', "also those that this machine's package archive could give")
    .option('--json', 'report as JSON')
    .action(async (options) => {
      const { kernelsCommand } = await import('./commands/kernels.js');
      exitCode = kernelsCommand(options);
    });
  root
    .command('snapshot [versions...]')
    .description(
      "make or refresh the snapshot of a kernel, of 'libc', or the table of what differs on 'arm64'; without any, the index of them",
    )
    .option('--source <folder>', "the kernel's source tree, to read headers and contract from")
    .option('--force', 'replace the snapshot of a newer release of the series')
    .action(async (versions: string[], options) => {
      const { snapshotCommand } = await import('./commands/snapshot.js');
      exitCode = snapshotCommand(versions, options);
    });
  root
    .command('explain <operation> [values...]')
    .description(
      "an opcode's contract with the kernel; with field=value …, exit 1 when the kernel refuses them",
    )
    .option('--kernel <version>', 'whose contract (default: the newest there is)')
    .option('--source <folder>', "read the contract from a kernel's source tree")
    .option('--contract <file>', 'a contract as JSON')
    .option('--json', 'report as JSON')
    .action(async (operation: string, values: string[], options) => {
      const { explainCommand } = await import('./commands/explain.js');
      exitCode = explainCommand(operation, values, options);
    });
  root
    .command('doctor')
    .description('can this machine run a ring? exit 1 when not')
    .option('--json', 'report as JSON')
    .option(
      '--seccomp-profile [file]',
      "print the container runtime's default seccomp profile with io_uring allowed",
    )
    .option('--flat', 'the profile without conditions, as containerd wants it on a Kubernetes node')
    .action(async (options) => {
      const { doctorCommand } = await import('./commands/doctor.js');
      exitCode = doctorCommand(options);
    });
  return root;
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof Problem) {
    process.stderr.write(`${formatProblem(error)}\n`);
    exitCode = BAD_INPUT;
  } else if (error instanceof CommanderError) {
    // Commander has said what was wrong; help and version end here too, with 0.
    exitCode = error.exitCode === 0 ? 0 : BAD_INPUT;
  } else {
    throw error;
  }
}
process.exitCode = exitCode;
