/**
 * One virtual machine from power on to power off, by qemu's own interpreter: KVM is missing or broken on many machines
 * that run tests, and a kernel boots in seconds without it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architecture.js';

const MEMORY_MIB = 1024;
/**
 * One processor: kernels that patch their own code while another processor runs it have crashed under qemu's interpreter.
 * A disk needs a second, because the driver has no queue to poll without.
 */
const CPUS = 1;
const CPUS_WITH_DISK = 2;
const DISK_BYTES = 16 * 1024 * 1024;

export interface MachineOptions {
  readonly architecture: Architecture;
  readonly image: string;
  readonly initrd: string;
  /** A folder for what the machine's serial ports say. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** An empty disk, /dev/nvme0n1, one of whose queues is polled. */
  readonly disk?: boolean | undefined;
  /** More of the kernel's command line. */
  readonly parameters?: string | undefined;
}

export interface MachineResult {
  /** Why the machine did not power off by itself; undefined when it did. */
  readonly failure: string | undefined;
  /** The kernel and standard error. */
  readonly console: string;
  /** What scripts printed. */
  readonly output: string;
}

const readPort = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** NVMe because Debian's kernels have its driver built in. Without a parameter that has none of its queues polled. */
function diskOptions(folder: string): { devices: string[]; parameters: string; cpus: number } {
  const file = join(folder, 'disk');
  writeFileSync(file, '');
  truncateSync(file, DISK_BYTES);
  return {
    devices: [
      ...['-drive', `file=${file},format=raw,if=none,id=disk`],
      ...['-device', 'nvme,drive=disk,serial=ringsmith'],
    ],
    parameters: 'nvme.poll_queues=1',
    cpus: CPUS_WITH_DISK,
  };
}

/** Runs a machine until it powers off, or until its time is over. */
export async function runMachine(options: MachineOptions): Promise<MachineResult> {
  const { architecture, image, initrd, folder, timeoutMs } = options;
  const ports = ['console', 'output'].map((name) => join(folder, name)) as [string, string];
  const { devices, parameters, cpus } =
    options.disk === true ? diskOptions(folder) : { devices: [], parameters: '', cpus: CPUS };
  const { qemu } = architecture;
  // The kernel gives what it does not know, such as `output`, to init as its environment.
  const words = [`console=${architecture.console}`, `output=${architecture.output}`, 'quiet', 'panic=-1'];
  const child = spawn(
    qemu.program,
    [
      ...qemu.machine,
      ...['-accel', 'tcg', '-smp', String(cpus), '-m', String(MEMORY_MIB)],
      ...['-nodefaults', '-display', 'none', '-no-reboot'],
      ...['-kernel', image, '-initrd', initrd],
      // A panic reboots at once, which with -no-reboot ends the machine.
      ...['-append', [...words, parameters, options.parameters ?? ''].join(' ')],
      ...devices,
      ...['-serial', `file:${ports[0]}`],
      ...['-chardev', `file,id=output,path=${ports[1]}`, ...architecture.outputDevice],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  let overdue = false;
  const timer = setTimeout(() => {
    overdue = true;
    kill();
  }, timeoutMs);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const failure = overdue
      ? `did not end within ${timeoutMs} ms`
      : code === 0
        ? undefined
        : `could not run: ${qemu.program} ended with ${code ?? 'a signal'}: ${complaints.trim()}`;
    return { failure, console: readPort(ports[0]), output: readPort(ports[1]) };
  } finally {
    clearTimeout(timer);
    process.off('exit', kill);
  }
}
