/** The machines that guests are, and how qemu and Debian call what is in them. Those of arm64 are interpreted on x86-64. */

export interface Architecture {
  /** As Node calls it. */
  readonly name: 'x64' | 'arm64';
  /** As Debian calls it. */
  readonly debian: 'amd64' | 'arm64';
  readonly qemu: { readonly program: string; readonly package: string; readonly machine: readonly string[] };
  /** The terminals of the kernel's console and of what scripts print. */
  readonly console: string;
  readonly output: string;
  /** qemu's options for the second, whose bytes go to the character device `output`. */
  readonly outputDevice: readonly string[];
  /** How many times as long as on x64 things may take. */
  readonly patience: number;
}

export const X64: Architecture = {
  name: 'x64',
  debian: 'amd64',
  qemu: { program: 'qemu-system-x86_64', package: 'qemu-system-x86', machine: ['-cpu', 'max'] },
  console: 'ttyS0',
  output: 'ttyS1',
  outputDevice: ['-serial', 'chardev:output'],
  patience: 1,
};

export const ARM64: Architecture = {
  name: 'arm64',
  debian: 'arm64',
  qemu: {
    program: 'qemu-system-aarch64',
    package: 'qemu-system-arm',
    // Signed pointers as the architecture defines them take most of an interpreter's time.
    machine: ['-M', 'virt', '-cpu', 'max,pauth-impdef=on'],
  },
  console: 'ttyAMA0',
  // The machine has one serial port of its own.
  output: 'ttyS0',
  outputDevice: ['-device', 'pci-serial,chardev=output'],
  patience: 3,
};
