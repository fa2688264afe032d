/** What node-gyp compiles with: a C++ compiler, make and Python 3. Installed through apt where that is possible. */
import { canInstall, install } from './apt.mjs';
import { hasCommand } from './command.mjs';
import { Failure } from './failure.mjs';

/** Each tool, the Debian package that has it, and whether it is here. */
const TOOLS = [
  {
    name: 'a C++ compiler (g++)',
    debian: 'g++',
    isPresent: () => hasCommand(process.env.CXX?.split(' ')[0] || 'g++'),
  },
  { name: 'make', debian: 'make', isPresent: () => hasCommand('make') },
  { name: 'python3', debian: 'python3', isPresent: () => hasCommand(process.env.PYTHON || 'python3') },
];

export async function ensureToolchain() {
  const before = missing();
  if (before.length === 0) return;
  const result = canInstall() ? await install(() => before.map((tool) => tool.debian)) : {};
  const after = missing();
  if (after.length === 0) return;
  throw new Failure({
    what: `the native addons cannot be compiled without ${after.map((tool) => tool.name).join(', ')}`,
    consequence: 'no ring can be opened and no C header can be parsed.',
    remedy: `Install the Debian package(s) ${after.map((tool) => tool.debian).join(' ')}, or what your system calls them.`,
    log: result.log,
  });
}

function missing() {
  return TOOLS.filter((tool) => !tool.isPresent());
}
