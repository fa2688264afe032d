/**
 * Runs a script with the built package on another real kernel, in a virtual machine of its own.
 */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { Problem } from '../../../generator/problem.js';
import { ROOT } from '../cli.js';
import { writeInternals } from '../internals.js';
import { hasProgram } from '../programs.js';
import { baseArchive, type GuestFiles, writeRunArchive } from './archive.js';
import { kernelImage } from './kernel-image.js';
import { type MachineOptions, type MachineResult, QEMU, runMachine } from './qemu.js';

/** What the package needs at run time, at the same places in the guest's /ringsmith. */
const PACKAGE_PARTS = ['package.json', 'dist', 'generated/kernels', 'build/Release/ringsmith.node'];
/** A panic's own line stands before its registers and stack, which can be eighty lines. */
const CONSOLE_TAIL_LINES = 200;

/** A run takes five seconds on an idle machine. */
const RUN_MS = 120_000;

/** What the guest's first process says as its first words. */
const INIT_BEGAN = 'ringsmith guest: init';
/** A kernel that crashes before that, under an interpreter, says nothing about what is tested: it is booted again. */
const BOOTS = 3;

/** Time for a test that boots a machine: a kernel that is not in the cache is fetched first. */
export const VM_TEST_MS = 300_000;

export interface KernelRun {
  /** A series such as `7.3`, or a release. */
  readonly kernel: string;
  /** The text of an ES module, or where it is. It may import `ringsmith` and `ringsmith/generator`. */
  readonly script: string | URL;
  readonly args?: readonly string[];
  /** Further files or folders of this machine, by their path below the guest's /ringsmith. */
  readonly files?: GuestFiles;
  readonly timeoutMs?: number;
  /** With an empty disk, /dev/nvme0n1, one of whose queues is polled. */
  readonly disk?: boolean;
  /** More of the kernel's command line. */
  readonly parameters?: string;
}

export interface KernelResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** What the kernel said, and what the script wrote to standard error. */
  readonly console: string;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The file system of one run. */
async function writeInitrd(run: KernelRun, folder: string): Promise<string> {
  const [script, command] = [join(folder, 'script.mjs'), join(folder, 'command.sh')];
  const internals = join(folder, 'internals');
  await writeInternals(internals);
  writeFileSync(
    script,
    typeof run.script === 'string' ? run.script : readFileSync(fileURLToPath(run.script)),
  );
  const words = ['node', '/ringsmith/script.mjs', ...(run.args ?? [])];
  writeFileSync(command, `exec ${words.map(quoted).join(' ')}\n`);
  const parts = PACKAGE_PARTS.map((path) => [path, join(ROOT, path)]);
  const files = {
    ...Object.fromEntries(parts),
    internals,
    ...run.files,
    'script.mjs': script,
    'command.sh': command,
  } as GuestFiles;
  const [archive, initrd] = [join(folder, 'run.cpio'), join(folder, 'initrd')];
  writeRunArchive(
    archive,
    Object.fromEntries(Object.entries(files).map(([path, source]) => [`ringsmith/${path}`, source])),
  );
  copyFileSync(baseArchive(), initrd);
  appendFileSync(initrd, readFileSync(archive));
  return initrd;
}

/** What init wrote: the script's output, a line feed, the exit code. */
function parseOutput(output: string): { stdout: string; exitCode: number } | undefined {
  const end = output.lastIndexOf('\n');
  const code = output.slice(end + 1);
  return end < 0 || !/^\d+$/.test(code)
    ? undefined
    : { stdout: output.slice(0, end), exitCode: Number(code) };
}

/** Runs a machine, again when its kernel crashed before it ran anything. */
async function boot(kernel: string, options: MachineOptions): Promise<MachineResult> {
  for (let boots = 1; ; boots += 1) {
    const machine = await runMachine(options);
    if (machine.failure !== undefined || machine.console.includes(INIT_BEGAN)) return machine;
    if (boots === BOOTS) return { ...machine, failure: `crashed ${BOOTS} times before it ran init` };
    process.stderr.write(`Linux ${kernel} crashed before it ran init; booting it again\n`);
  }
}

/** Boots the kernel, runs the script and powers off. @throws when the kernel, not the script, comes to a bad end */
export async function runInKernel(run: KernelRun): Promise<KernelResult> {
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-vm-'));
  try {
    const machine = await boot(run.kernel, {
      image: kernelImage(run.kernel),
      initrd: await writeInitrd(run, folder),
      folder,
      timeoutMs: run.timeoutMs ?? RUN_MS,
      disk: run.disk,
      parameters: run.parameters,
    });
    const parsed = parseOutput(machine.output);
    if (machine.failure === undefined && parsed !== undefined) return { ...parsed, console: machine.console };
    const tail = machine.console.trimEnd().split('\n').slice(-CONSOLE_TAIL_LINES).join('\n');
    throw new Error(
      `Linux ${run.kernel} ${machine.failure ?? 'powered off before the script had ended'}\n` +
        `script output: ${machine.output}\nend of the console:\n${tail}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a script that must succeed; returns what it printed as JSON. */
export async function resultInKernel<T>(run: KernelRun): Promise<T> {
  const { exitCode, stdout, console } = await runInKernel(run);
  if (exitCode !== 0) {
    throw new Error(`on Linux ${run.kernel} the script ended with ${exitCode}\n${stdout}\n${console}`);
  }
  return JSON.parse(stdout) as T;
}

/** Why a kernel cannot be booted here; undefined when it can. */
function obstacle(kernel: string): string | undefined {
  if (process.arch !== 'x64') return `the kernels to boot are for x86-64, and this is ${process.arch}`;
  const missing = [QEMU, 'busybox'].filter((name) => !hasProgram(name));
  if (missing.length > 0) {
    return `the machine has no ${missing.join(' and no ')} (Debian packages qemu-system-x86, busybox-static)`;
  }
  try {
    kernelImage(kernel);
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `Linux ${kernel} cannot be had: ${error.what}`;
  }
}

/** Skips a test, saying what is missing, where a kernel cannot be booted. */
export function needsKernel(context: TestContext, kernel: string): void {
  const reason = obstacle(kernel);
  if (reason !== undefined) context.skip(reason);
}
