/**
 * Proves that no single change of a header's entry record or of its list of opcodes costs an opcode its builder: each member
 * of the SQE removed or renamed, opcodes reversed, rotated and shuffled. All of them through the generator; of the packages a
 * sample goes into a folder, where it is type-checked.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  generateFiles,
  loadHistory,
  modelOf,
  Problem,
  parseHeaderFile,
  writeFiles,
} from '../../generator/index.js';
import type { Model } from '../../generator/model/model.js';
import { INSTALLED_HEADER, temporaryFolder } from '../support/cli.js';
import { seeded } from '../support/random-args.js';

/** Every so many packages are written and type-checked. */
const SAMPLE = 12;

const installed = readFileSync(INSTALLED_HEADER, 'utf8');
const history = loadHistory();

/** A record or an enum of the header, from its name to its last brace. */
function span(start: string): readonly [number, number] {
  const from = installed.indexOf(start);
  return [from, installed.indexOf('\n};', from)];
}

const [SQE_START, SQE_END] = span('struct io_uring_sqe {');
const [OP_START, OP_END] = span('enum io_uring_op {');
const sqe = installed.slice(SQE_START, SQE_END);

const withSqe = (text: string): string => installed.slice(0, SQE_START) + text + installed.slice(SQE_END);

/** Declarations of members, each a line with a name before its semicolon. */
const members = [...sqe.matchAll(/^[ \t]+(?!struct \{|union \{|\})[\w ]+[ \t]+(\w+)(?:\[\w*\])?;.*\n/gm)].map(
  ([line, name]) => ({ line: line!, name: name! }),
);

/** Opcodes in another order; what stands between them stays away. */
function withOpcodes(order: (names: string[]) => string[]): string {
  const names = [...installed.slice(OP_START, OP_END).matchAll(/^\t(IORING_OP_\w+)/gm)].map(
    ([, name]) => name!,
  );
  const body = order(names.filter((name) => name !== 'IORING_OP_LAST'));
  const list = [...body, 'IORING_OP_LAST'].map((name) => `\t${name},\n`).join('');
  return `${installed.slice(0, OP_START)}enum io_uring_op {\n${list}${installed.slice(OP_END + 1)}`;
}

function shuffled(seed: number): (names: string[]) => string[] {
  const random = seeded(seed);
  return (names) =>
    names
      .map((name) => ({ name, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
}

let taken = 0;

/** What the generator makes of a text; every so often all the way into a folder, which type-checks it. */
function made(text: string): Model {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'linux'));
  const header = join(folder, 'linux', 'io_uring.h');
  writeFileSync(header, text);
  const input = { facts: parseHeaderFile({ header }), label: 'changed', source: 'changed' };
  const model = modelOf(input, history);
  taken += 1;
  if (taken % SAMPLE === 1) {
    const files = generateFiles(input, history, { seam: 'ringsmith/seam', standalone: true });
    writeFiles(join(folder, 'out'), model.label, files);
  }
  return model;
}

const opcodes = (model: Model): string[] => model.operations.map(({ constant }) => constant).sort();
const all = opcodes(
  modelOf({ facts: parseHeaderFile({ header: INSTALLED_HEADER }), label: 'own', source: 'own' }, history),
);

describe('every opcode has a builder', () => {
  it('with any member of the SQE removed', { timeout: 240_000 }, () => {
    expect(members.length).toBeGreaterThan(35);
    const [silent, refused]: [string[], string[]] = [[], []];
    for (const { line, name } of members) {
      try {
        const model = made(withSqe(sqe.replace(line, '')));
        expect(opcodes(model), `without ${name}`).toEqual(all);
        if (model.operations.every(({ lost }) => lost === undefined)) silent.push(name);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        expect(error.what, name).toMatch(/^struct io_uring_sqe is not one that ringsmith knows/);
        // Without it the SQE is shorter than any kernel's.
        if (!error.what.includes('bytes, not 64')) refused.push(name);
      }
    }
    // Nothing can be submitted with an SQE that lacks these.
    expect(refused).toEqual(['opcode', 'flags']);
    expect(silent).toEqual([]);
  });

  it('with any member of the SQE renamed', { timeout: 240_000 }, () => {
    for (const { line, name } of members) {
      const renamed = line.replace(new RegExp(`\\b${name}(?=;|\\[)`), `my_${name}`);
      const model = made(withSqe(sqe.replace(line, renamed)));
      expect(opcodes(model), `with ${name} renamed`).toEqual(all);
    }
  });

  it('with opcodes in any order, each with the number that it then has', { timeout: 240_000 }, () => {
    const orders = [
      (names: string[]) => names.reverse(),
      (names: string[]) => [...names.slice(7), ...names.slice(0, 7)],
      ...[1, 2, 3, 4].map(shuffled),
    ];
    for (const order of orders) {
      const text = withOpcodes(order);
      const model = made(text);
      expect(opcodes(model)).toEqual(all);
      const listed = [...text.slice(OP_START).matchAll(/^\t(IORING_OP_\w+),$/gm)].map(([, name]) => name!);
      for (const { constant, opcode } of model.operations)
        expect(opcode, constant).toBe(listed.indexOf(constant));
    }
  });
});
