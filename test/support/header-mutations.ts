/**
 * Mutates a header the way accidents do: lines lost, doubled, swapped, cut short, characters garbled. Seeded.
 */
import type { Random } from './random-args.js';

type Mutation = (text: string, random: Random) => string;

const at = (length: number, random: Random): number => Math.floor(random() * length);

function onLines(change: (lines: string[], random: Random) => void): Mutation {
  return (text, random) => {
    const lines = text.split('\n');
    change(lines, random);
    return lines.join('\n');
  };
}

const GARBAGE = '{}();,#"\'\\/*<>&|~!@$%^+=-0x9aZ_\u0000\u00ff\t\n ';

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  deleteLines: onLines((lines, random) => {
    lines.splice(at(lines.length, random), 1 + at(4, random));
  }),
  duplicateLines: onLines((lines, random) => {
    const from = at(lines.length, random);
    const part = lines.slice(from, from + 1 + at(6, random));
    lines.splice(at(lines.length, random), 0, ...part);
  }),
  swapLines: onLines((lines, random) => {
    const [a, b] = [at(lines.length, random), at(lines.length, random)];
    [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  }),
  shuffleRun: onLines((lines, random) => {
    const from = at(lines.length, random);
    const run = lines.splice(from, 2 + at(8, random)).sort(() => random() - 0.5);
    lines.splice(from, 0, ...run);
  }),
  truncate: (text, random) => text.slice(0, at(text.length, random)),
  cutMiddle: (text, random) => {
    const from = at(text.length, random);
    return text.slice(0, from) + text.slice(from + 1 + at(400, random));
  },
  garble: (text, random) => {
    const characters = [...text];
    const count = 1 + at(12, random);
    for (let i = 0; i < count; i += 1)
      characters[at(characters.length, random)] = GARBAGE[at(GARBAGE.length, random)]!;
    return characters.join('');
  },
  insertToken: (text, random) => {
    const tokens = [
      '{',
      '}',
      ';',
      '*/',
      '/*',
      '#if 1',
      '#endif',
      '"',
      '((((',
      '##',
      '\\',
      '0xffffffffffffffffff',
      'IORING_OP_LAST',
    ];
    const where = at(text.length, random);
    return `${text.slice(0, where)} ${tokens[at(tokens.length, random)]} ${text.slice(where)}`;
  },
  changeNumber: (text, random) => {
    const numbers = [...text.matchAll(/\b\d+\b/g)];
    const chosen = numbers[at(numbers.length, random)];
    if (chosen === undefined) return text;
    const replacement = ['0', '-1', '99999999999999999999', '1e9', '64', '255', '256'][at(7, random)]!;
    return text.slice(0, chosen.index) + replacement + text.slice(chosen.index + chosen[0].length);
  },
  changeType: (text, random) => {
    const types = [...text.matchAll(/__[us](8|16|32|64)\b/g)];
    const chosen = types[at(types.length, random)];
    if (chosen === undefined) return text;
    const replacement = ['__u64', '__u8', 'int *', 'struct nothing', 'double', '__u128', 'char'][
      at(7, random)
    ]!;
    return text.slice(0, chosen.index) + replacement + text.slice(chosen.index + chosen[0].length);
  },
};

export const MUTATION_NAMES = Object.keys(MUTATIONS);

/** One to three mutations of the text; the first is the one that is named. */
export function mutate(text: string, name: string, random: Random): string {
  let result = MUTATIONS[name]!(text, random);
  for (let more = at(3, random); more > 0; more -= 1) {
    result = MUTATIONS[MUTATION_NAMES[at(MUTATION_NAMES.length, random)]!]!(result, random);
  }
  return result;
}
