#!/usr/bin/env node
/**
 * The command line: the only place that reads argv and sets exit codes. 0 fine, 1 the check found something, 2 bad
 * usage or bad input.
 */
import { Command, CommanderError } from 'commander';
import { generateCommand } from './commands/generate.js';
import { formatProblem, Problem } from './problem.js';
import { VERSION } from './version.js';

const BAD_INPUT = 2;

let exitCode = 0;

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Options that say which kernel is meant. */
function withKernel(command: Command): Command {
  return command
    .option('--kernel <version>', "a kernel with a snapshot, e.g. 7.3, or 'running' for this system's header")
    .option('--header <file>', "a kernel's linux/io_uring.h")
    .option('--include <folder>', 'where else to look for headers it includes (repeatable)', collect)
    .option('--target <triple>', 'architecture to parse for, e.g. aarch64-linux-gnu');
}

function program(): Command {
  const root = new Command('ringsmith')
    .description("typed io_uring bindings for Node.js, generated from the kernel's own headers")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) });
  withKernel(root.command('generate').description('generate the package for a kernel'))
    .option('--out <folder>', "output folder (default: ringsmith's own generated/)")
    .option('--check', 'write nothing; exit 1 when the folder is not what would be generated')
    .option('--json', 'say on stdout, as JSON, what was done')
    .action((options) => {
      exitCode = generateCommand(options);
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
