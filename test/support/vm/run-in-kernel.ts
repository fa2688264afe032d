/**
 * Runs scripts with the built package on another real kernel, in a virtual machine of their own: one script, or several one
 * after the other, each in a process of its own.
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
import { ARM64, type Architecture, X64 } from './architecture.js';
import { baseArchive, type GuestFiles, writeRunArchive } from './archive.js';
import { arm64Addon } from './arm64-programs.js';
import { kernelImage } from './kernel-image.js';
import { type MachineOptions, type MachineResult, runMachine } from './qemu.js';

/** What the package needs at run time, at the same places in the guest's /ringsmith. */
const PACKAGE_PARTS = [
  'package.json',
  ...['chunks', 'generated', 'generator', 'runtime'].map((name) => `dist/${name}`),
  'generated/kernels',
];
const ADDON = 'build/Release/ringsmith.node';
/** A panic's own line stands before its registers and stack, which can be eighty lines. */
const CONSOLE_TAIL_LINES = 200;

/** A run takes five seconds on an idle machine. */
const RUN_MS = 120_000;
/** What a machine needs beside the scripts it runs. */
const BOOT_MS = 60_000;

/** What the guest's first process says as its first words. */
const INIT_BEGAN = 'ringsmith guest: init';
/** A kernel that crashes before that, under an interpreter, says nothing about what is tested: it is booted again. */
const BOOTS = 3;

/** Time for a test that boots a machine: a kernel that is not in the cache is fetched first. */
export const VM_TEST_MS = 300_000;

/** A script, and what it needs. */
export interface GuestScript {
  /** The text of an ES module, or where it is. It may import `ringsmith` and `ringsmith/generator`. */
  readonly script: string | URL;
  readonly args?: readonly string[];
  /** Further files or folders of this machine, by their path below the guest's /ringsmith. */
  readonly files?: GuestFiles;
  readonly timeoutMs?: number;
}

interface MachineRun {
  /** What the machine is. Default: `x64`. */
  readonly arch?: Architecture['name'];
  /** A series such as `7.3`, or a release. */
  readonly kernel: string;
  /** With an empty disk, /dev/nvme0n1, one of whose queues is polled. */
  readonly disk?: boolean;
  /** More of the kernel's command line. */
  readonly parameters?: string;
}

export interface KernelRun extends GuestScript, MachineRun {}

export interface KernelResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** What the kernel said, and what the scripts wrote to standard error. */
  readonly console: string;
}

const architectureOf = (name: Architecture['name'] = 'x64'): Architecture => (name === 'x64' ? X64 : ARM64);

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Ends what a script printed; its exit code follows. No script prints it. */
const END = '\u001e';

/** Runs one of the scripts, within its time, and tells its exit code. */
function commandOf(name: string, { args = [], timeoutMs = RUN_MS }: GuestScript): string {
  const words = [
    'timeout',
    '-s',
    'KILL',
    String(Math.ceil(timeoutMs / 1000)),
    'node',
    `/ringsmith/${name}`,
    ...args,
  ];
  return `${words.map(quoted).join(' ')}\nprintf '${END}%s${END}' $?\n`;
}

/** The file system of one machine. */
async function writeInitrd(
  architecture: Architecture,
  scripts: readonly GuestScript[],
  folder: string,
): Promise<string> {
  const command = join(folder, 'command.sh');
  const internals = join(folder, 'internals');
  await writeInternals(internals);
  const files: Record<string, string> = Object.fromEntries(
    PACKAGE_PARTS.map((path) => [path, join(ROOT, path)]),
  );
  const addon = architecture === ARM64 ? arm64Addon() : join(ROOT, ADDON);
  Object.assign(files, { internals, 'command.sh': command, [ADDON]: addon });
  let commands = '';
  scripts.forEach((one, index) => {
    const name = `script-${index}.mjs`;
    const text = typeof one.script === 'string' ? one.script : readFileSync(fileURLToPath(one.script));
    writeFileSync(join(folder, name), text);
    Object.assign(files, one.files, { [name]: join(folder, name) });
    commands += commandOf(name, one);
  });
  writeFileSync(command, commands);
  const [archive, initrd] = [join(folder, 'run.cpio'), join(folder, 'initrd')];
  writeRunArchive(
    archive,
    Object.fromEntries(Object.entries(files).map(([path, source]) => [`ringsmith/${path}`, source])),
  );
  copyFileSync(baseArchive(architecture), initrd);
  appendFileSync(initrd, readFileSync(archive));
  return initrd;
}

/** What the scripts printed, each with its exit code; those that did not come to their end are not among them. */
function parseOutput(output: string): { stdout: string; exitCode: number }[] {
  const parts = output.split(END);
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => ({
    stdout: parts[2 * index]!,
    exitCode: Number(parts[2 * index + 1]),
  }));
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

/**
 * Boots the kernel, runs the scripts one after the other and powers off.
 * @param givenMs time of the machine; each script has its own beside. Both are for x64
 * @throws when the kernel, not a script, comes to a bad end
 */
async function runMachineWith(
  run: MachineRun,
  given: readonly GuestScript[],
  givenMs: number,
): Promise<KernelResult[]> {
  const architecture = architectureOf(run.arch);
  const { patience } = architecture;
  const timeoutMs = givenMs * patience;
  const scripts = given.map((one) => ({ ...one, timeoutMs: (one.timeoutMs ?? RUN_MS) * patience }));
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-vm-'));
  try {
    const machine = await boot(run.kernel, {
      architecture,
      image: kernelImage(run.kernel, architecture),
      initrd: await writeInitrd(architecture, scripts, folder),
      folder,
      timeoutMs,
      disk: run.disk,
      parameters: run.parameters,
    });
    const results = parseOutput(machine.output);
    if (machine.failure === undefined && results.length === scripts.length)
      return results.map((result) => ({ ...result, console: machine.console }));
    const tail = machine.console.trimEnd().split('\n').slice(-CONSOLE_TAIL_LINES).join('\n');
    throw new Error(
      `Linux ${run.kernel} ${machine.failure ?? 'powered off before the script had ended'}\n` +
        `script output: ${machine.output}\nend of the console:\n${tail}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs one script in a machine of its own. @throws when the kernel, not the script, comes to a bad end */
export async function runInKernel(run: KernelRun): Promise<KernelResult> {
  const timeoutMs = run.timeoutMs ?? RUN_MS;
  // Its time is the machine's.
  const [result] = await runMachineWith(run, [{ ...run, timeoutMs: timeoutMs + BOOT_MS }], timeoutMs);
  return result!;
}

/** Runs several scripts in one machine, each within its time. */
export async function runAllInKernel(
  kernel: string,
  scripts: readonly GuestScript[],
  arch: Architecture['name'] = 'x64',
): Promise<KernelResult[]> {
  const times = scripts.map(({ timeoutMs = RUN_MS }) => timeoutMs);
  return runMachineWith(
    { kernel, arch },
    scripts,
    times.reduce((all, one) => all + one, BOOT_MS),
  );
}

/** What a script that must succeed printed as JSON. */
export function parsed<T>(kernel: string, { exitCode, stdout, console }: KernelResult): T {
  if (exitCode !== 0) {
    throw new Error(`on Linux ${kernel} the script ended with ${exitCode}\n${stdout}\n${console}`);
  }
  return JSON.parse(stdout) as T;
}

/** Runs a script that must succeed; returns what it printed as JSON. */
export const resultInKernel = async <T>(run: KernelRun): Promise<T> =>
  parsed<T>(run.kernel, await runInKernel(run));

/** Why a kernel cannot be booted here; undefined when it can. */
function obstacle(kernel: string, architecture: Architecture): string | undefined {
  if (process.arch !== 'x64')
    return `the kernels to boot are for x86-64 and from there, and this is ${process.arch}`;
  const { program, package: from } = architecture.qemu;
  const missing = [program, 'busybox'].filter((name) => !hasProgram(name));
  if (missing.length > 0)
    return `the machine has no ${missing.join(' and no ')} (Debian packages ${from}, busybox-static)`;
  try {
    kernelImage(kernel, architecture);
    if (architecture === ARM64) {
      baseArchive(architecture);
      arm64Addon();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `Linux ${kernel} cannot be had for ${architecture.name}: ${error.what}`;
  }
}

/** Skips a test, saying what is missing, where a kernel cannot be booted. */
export function needsKernel(context: TestContext, kernel: string, arch: Architecture['name'] = 'x64'): void {
  const reason = obstacle(kernel, architectureOf(arch));
  if (reason !== undefined) context.skip(reason);
}
