/**
 * Replaces the kernel's wrappers around plain reads and tests before libclang sees them: what they expand to is
 * assembly and compile-time checks, which hide the field that is read. Every replacement is as long as what it
 * replaces, so that offsets stay those of the file on disk.
 */

/** Wrapper → what stands for it; the argument's parentheses follow. */
const WRAPPERS: Readonly<Record<string, string>> = {
  READ_ONCE: '',
  smp_load_acquire: '',
  likely: '',
  unlikely: '',
  u64_to_user_ptr: '(void *)',
};

const WRAPPER = new RegExp(`(?<![\\w#])(${Object.keys(WRAPPERS).join('|')})(?=\\()`, 'g');

/** Macros that read or write user memory, whose expansion is assembly; undeclared functions are easier to follow. */
const USER_ACCESS = /(?<!\w)(?:__|unsafe_)?(?:get|put)_user(?=\()/g;

export function rewriteSource(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      /^\s*#\s*define\s+(?:__|unsafe_)?(?:get_user|put_user|READ_ONCE|u64_to_user_ptr|(?:un)?likely)\b/.test(
        line,
      )
        ? line
        : rewriteLine(line),
    )
    .join('\n');
}

function rewriteLine(line: string): string {
  return line
    .replace(WRAPPER, (name) => (WRAPPERS[name] ?? '').padEnd(name.length))
    .replace(USER_ACCESS, (name) => userAccessName(name));
}

/** Same length, and no macro. */
export const userAccessName = (name: string): string => name.toUpperCase();
