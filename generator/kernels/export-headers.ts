/**
 * Kernel sources carry their UAPI headers in a form that only the kernel's own build can include. `make
 * headers_install` makes the form for programs; this does the same, to one text or to a whole tree.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The kernel's name of an architecture, by the first word of a target triple. */
const KERNEL_ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'x86',
  i386: 'x86',
  i686: 'x86',
  aarch64: 'arm64',
  arm: 'arm',
  riscv64: 'riscv',
  s390x: 's390',
  powerpc64le: 'powerpc',
  loongarch64: 'loongarch',
};

export const kernelArchitecture = (target: string): string =>
  KERNEL_ARCHITECTURES[target.split('-')[0] ?? ''] ?? 'x86';

/** Line by line, in the order of the kernel's scripts/headers_install.sh. */
function withoutKernelWords(line: string): string {
  return line
    .replace(/([\s(])(__user|__force|__iomem)\s/g, '$1')
    .replace(/__attribute_const__(\s|$)/g, '$1')
    .replace(/^#include <linux\/compiler(_types)?\.h>/, '')
    .replace(/(^|[^a-zA-Z0-9])__packed([^a-zA-Z0-9_]|$)/g, '$1__attribute__((packed))$2')
    .replace(/(^|[\s(])(inline|asm|volatile)([\s(]|$)/g, '$1__$2__$3')
    .replace(/#(ifndef|define|endif\s*\/[*])\s*_UAPI/, '#$1 ');
}

/** Whether a condition is about the kernel alone, and what it is outside of the kernel. */
function conditionOf(directive: string, rest: string): boolean | undefined {
  const condition = rest.replace(/\/\*.*?(\*\/|$)/g, '').trim();
  const name = /^(?:(!?)\s*defined\s*\(?\s*)?(\w+)\s*\)?$/.exec(condition);
  if (name === null || (directive === 'if') === (name[1] === undefined)) return undefined;
  const isDefined = { __KERNEL__: false, __EXPORTED_HEADERS__: true }[name[2]!];
  if (isDefined === undefined) return undefined;
  return directive === 'ifndef' || name[1] === '!' ? !isDefined : isDefined;
}

interface Block {
  /** Value of a condition about the kernel; absent: the block stays as it is. */
  readonly value?: boolean;
  hidden: boolean;
}

/** The text of a header as `make headers_install` would install it. */
export function exportHeader(text: string): string {
  const kept: string[] = [];
  const blocks: Block[] = [];
  for (const line of text.split('\n').map(withoutKernelWords)) {
    const [, directive, rest = ''] = /^\s*#\s*(if|ifdef|ifndef|else|elif|endif)\b(.*)$/.exec(line) ?? [];
    const block = blocks.at(-1);
    if (directive === 'if' || directive === 'ifdef' || directive === 'ifndef') {
      const value = conditionOf(directive, rest);
      const isKept = value === undefined && blocks.every(({ hidden }) => !hidden);
      if (isKept) kept.push(line);
      blocks.push(value === undefined ? { hidden: false } : { value, hidden: !value });
      continue;
    }
    if (directive === 'endif') blocks.pop();
    if (directive !== undefined && block?.value !== undefined) {
      if (directive !== 'endif') block.hidden = block.value;
    } else if (blocks.every(({ hidden }) => !hidden)) kept.push(line);
  }
  return kept.join('\n');
}

function exportFolder(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) exportFolder(source, target);
    else if (entry.name.endsWith('.h')) writeFileSync(target, exportHeader(readFileSync(source, 'utf8')));
  }
}

/** What stands in `asm/` for a header that the architecture takes from `asm-generic/`. */
export const genericWrapper = (name: string): string => `#include <asm-generic/${name}>\n`;

/**
 * @param source a kernel tree: `include/uapi` and `arch/<name>/include/uapi` are read
 * @param target folder that gets `linux/`, `asm-generic/` and `asm/`
 */
export function exportTree(source: string, target: string, triple: string): void {
  for (const part of ['linux', 'asm-generic']) {
    exportFolder(join(source, 'include', 'uapi', part), join(target, part));
  }
  const asm = join(target, 'asm');
  exportFolder(join(source, 'arch', kernelArchitecture(triple), 'include', 'uapi', 'asm'), asm);
  mkdirSync(asm, { recursive: true });
  for (const name of readdirSync(join(target, 'asm-generic'))) {
    if (!existsSync(join(asm, name))) writeFileSync(join(asm, name), genericWrapper(name));
  }
}

/** Copies headers that are exported already; `asm/` may lie in a folder of the target's name, or behind a link. */
export function copyTree(include: string, target: string, triple: string): void {
  for (const part of ['linux', 'asm-generic']) {
    cpSync(join(include, part), join(target, part), { recursive: true, dereference: true });
  }
  const asm = [join(include, triple, 'asm'), join(include, 'asm')].find((folder) => existsSync(folder));
  if (asm !== undefined) cpSync(asm, join(target, 'asm'), { recursive: true, dereference: true });
}
