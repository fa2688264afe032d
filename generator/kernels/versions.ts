/**
 * Versions: of kernels (`7.3`, `6.1.187`, `7.3-rc7`) and of Debian packages (`7.3~rc7-1~exp1`).
 */

/**
 * A kernel's version from its package's: `6.12.95-1~bpo12+1` → `6.12.95`, `7.3~rc7-1~exp1` → `7.3-rc7`. That of a tree is
 * one already.
 */
export function upstreamVersion(packageVersion: string): string {
  if (/^\d+(\.\d+)*-rc\d+$/.test(packageVersion)) return packageVersion;
  const plain = packageVersion.replace(/^\d+:/, '');
  const upstream = plain.includes('-') ? plain.slice(0, plain.lastIndexOf('-')) : plain;
  return upstream.replace('~', '-');
}

/** `6.12.95` → `6.12`, `7.3-rc7` → `7.3` */
export const seriesOf = (kernel: string): string => kernel.split(/[.-]/).slice(0, 2).join('.');

export const isCandidate = (kernel: string): boolean => kernel.includes('-rc');

/** Whether a kernel answers a request: the series means its releases, anything longer means exactly that. */
export function answers(kernel: string, requested: string): boolean {
  const wanted = requested.replace(/^v/, '').replace('~', '-');
  return (
    kernel === wanted || (/^\d+\.\d+$/.test(wanted) && seriesOf(kernel) === wanted && !isCandidate(kernel))
  );
}

/** Release order: 6.9 before 6.10, 7.3-rc7 before 7.3 before 7.3.1. */
export function compareKernels(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.replace('-rc', '.-1.').split('.').map(Number));
  for (let i = 0; i < Math.max(left!.length, right!.length); i += 1) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` sorts before the end of a part, letters before everything else. */
function weight(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined || /\d/.test(character)) return 0;
  return /[a-zA-Z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

/** Order of one part of a Debian version: runs of digits as numbers, runs of other characters by weight. */
function comparePart(a: string, b: string): number {
  let [left, right] = [a, b];
  while (left !== '' || right !== '') {
    const [leftText, rightText] = [left, right].map((text) => /^\D*/.exec(text)![0]) as [string, string];
    for (let i = 0; i < Math.max(leftText.length, rightText.length); i += 1) {
      const difference = weight(leftText[i]) - weight(rightText[i]);
      if (difference !== 0) return difference;
    }
    [left, right] = [left.slice(leftText.length), right.slice(rightText.length)];
    const [leftDigits, rightDigits] = [left, right].map((text) => /^\d*/.exec(text)![0]) as [string, string];
    const difference = Number(leftDigits) - Number(rightDigits);
    if (difference !== 0) return difference;
    [left, right] = [left.slice(leftDigits.length), right.slice(rightDigits.length)];
  }
  return 0;
}

/** Order of Debian package versions, as dpkg has it. */
export function comparePackages(a: string, b: string): number {
  const parts = (version: string): [string, string, string] => {
    const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version)!;
    const dash = rest.lastIndexOf('-');
    return dash < 0 ? [epoch, rest, ''] : [epoch, rest.slice(0, dash), rest.slice(dash + 1)];
  };
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i += 1) {
    const difference = comparePart(left[i]!, right[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `6.12`, `6.1.187`, `7.3-rc7`, or a package's version. */
export const isKernelVersion = (text: string): boolean =>
  /^v?\d+\.\d+(\.\d+)*([-~]rc\d+)?(-[A-Za-z0-9.+~]+)?$/.test(text);
