/**
 * What somebody may have meant: the known names closest to one that is not known.
 */

/** Letters inserted, left out or exchanged on the way from one word to the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [at, other] of [...to].entries()) {
      next.push(Math.min(row[at]! + (letter === other ? 0 : 1), row[at + 1]! + 1, next[at]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

const MOST = 3;

/** At most three, the closest first; none that have little to do with it. */
export function nearest(word: string, known: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  return [...new Set(known)]
    .map((name) => {
      const other = name.toLowerCase();
      return { name, far: other.includes(wanted) && wanted.length > 2 ? 1 : distance(wanted, other) };
    })
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST)
    .map(({ name }) => name);
}
