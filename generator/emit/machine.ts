/**
 * Emits what a generated package knows of the machine it runs on: which it is for, which it is, and the choice of values
 * that are others on arm64.
 */
import type { Model } from '../model/model.js';

/** True on arm64, in a package that is for it and for x86-64. */
const IS_ARM64 = 'isArm64';

/** The names that modules may import from `abi/machine.js`. */
export const MACHINE_NAMES = [IS_ARM64];

/** A value, chosen at load where it is another on arm64. */
export const chosenText = (x64: string, arm64: string | undefined): string =>
  arm64 === undefined || arm64 === x64 ? x64 : `(${IS_ARM64} ? ${arm64} : ${x64})`;

/** The same within a text in backquotes. */
export const chosenInText = (x64: string, arm64: string | undefined): string =>
  arm64 === undefined || arm64 === x64 ? x64 : `\${${IS_ARM64} ? ${arm64} : ${x64}}`;

/** The same as C++ has it. */
export const chosenInCxx = (x64: string, arm64: string | undefined): string =>
  arm64 === undefined || arm64 === x64 ? x64 : `abi::of_machine(${x64}, ${arm64})`;

/** The same in C, where `abi_check.c` defines what chooses. */
export const chosenInC = (x64: string, arm64: string | undefined): string =>
  arm64 === undefined || arm64 === x64 ? x64 : `OF_MACHINE(${x64}, ${arm64})`;

export const isForBoth = (model: Model): boolean => model.architectures.length > 1;

/** For people. */
export const architecturesText = (model: Model): string =>
  model.architectures.map((name) => (name === 'x64' ? 'x86-64' : name)).join(' and ');

export function machineStatements(model: Model): string[] {
  const both = isForBoth(model)
    ? [
        `\n/** Whether constants and records are those of arm64; on all others they are those of x86-64. */\nexport const ${IS_ARM64} = arch === 'arm64';`,
      ]
    : [];
  const processType = '{ readonly process?: { readonly arch: string } }';
  return [
    `/** The machine that this process is of, as Node calls it. */\nexport const arch: string = (globalThis as unknown as ${processType}).process?.arch ?? 'an unknown machine';`,
    ...both,
  ];
}

/** Constants and records are those of some machines. On another a program would take them for its own. */
export function architectureCheck(model: Model): string {
  const known = model.architectures.map((name) => `'${name}'`).join(', ');
  const message = `this package of ringsmith is for ${architecturesText(model)} only, and this process is of \${arch}: O_DIRECT, O_DIRECTORY, epoll_event and others may have other values there`;
  return `if (![${known}].includes(arch)) {
  throw Object.assign(new Error(\`${message}\`), { code: 'ERR_RING_ARCHITECTURE' });
}`;
}

const MACROS: Readonly<Record<string, string>> = {
  x64: '(defined(__x86_64__) && !defined(__ILP32__))',
  arm64: '(defined(__aarch64__) && !defined(__ILP32__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)',
  riscv64: '(defined(__riscv) && __riscv_xlen == 64)',
};

/** What the compiler of such a machine defines; undefined where that is not known. */
export function machineMacro(model: Model): string | false {
  const macros = model.architectures.map((name) => MACROS[name]);
  return macros.includes(undefined) ? false : macros.join(' || ');
}
