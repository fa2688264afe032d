/**
 * Names of arguments and options: what is not known is refused instead of being left out without a word.
 */

/** What programs that know node:fs, liburing or another library call something. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  position: ['offset'],
  offset: ['position'],
  buf: ['buffer'],
  data: ['buffer', 'buffers'],
  buffer: ['buffers'],
  buffers: ['buffer'],
  flag: ['flags'],
  addr: ['address'],
  filename: ['path'],
  file: ['fd', 'path'],
  len: ['length'],
  size: ['length', 'entries'],
  idle: ['idleMs'],
};

/** How many letters must be added, left out, changed or swapped to make one name of the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The known name that is most likely meant. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const other = ELSEWHERE[name]?.find((one) => known.includes(one));
  if (other !== undefined) return other;
  const ranked = known
    .map((one) => ({ one, far: distance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  const [first] = ranked;
  return first !== undefined && first.far <= Math.max(1, Math.floor(name.length / 3)) ? first.one : undefined;
}

/** The error of a name that nobody knows. @param what whose name it is, e.g. `read` or `new Ring: sqpoll` */
export function unknownName(
  what: string,
  name: string,
  known: Iterable<string>,
  problem = `there is no \`${name}\` here`,
): TypeError {
  const names = [...known];
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  const list = names.length === 0 ? 'it has none' : `known are ${names.join(', ')}`;
  return Object.assign(new TypeError(`${what}: ${problem}${hint} (${list})`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

/** A value as an error shows it, on one line and of bounded length. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value)
    ? 'an array'
    : `an object (${value.constructor?.name ?? 'without a prototype'})`;
}

/** The error of a value of another type. */
export function wrongType(what: string, wanted: string, value: unknown): TypeError {
  return Object.assign(new TypeError(`${what} must be ${wanted}; got ${shown(value)}`), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

/**
 * Refuses an argument that its operation does not have; called by generated code, which knows them.
 * @param known its arguments, separated by blanks
 */
export function unknownArgument(operation: string, args: object, name: string, known: string): void {
  // What is undefined is not given.
  if ((args as Record<string, unknown>)[name] !== undefined)
    throw unknownName(operation, name, known.split(' '));
}
