/** Proves that worker threads may parse, several at a time, and end or collect units that nobody disposed of. */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { clang } from './clang-support.js';

const ADDON = join(import.meta.dirname, '../../build/Release/ringsmith_clang.node');

/** Plain JavaScript over the addon: workers do not get vitest's TypeScript. Units are left to the collector. */
const SOURCE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const addon = require(workerData.addon);
  const { handle } = addon.open(workerData.path);
  const names = [];
  for (let i = 0; i < 20; i++) {
    const unit = new addon.TranslationUnit(handle, 'a.c', ['-xc'], ['a.c'], ['struct s' + i + ' { int a; };'], 0);
    const children = unit.cursorChildren(unit.root());
    names.push(unit.cursorSpelling(children[children.length - 2]));
    if (i % 5 === 0) globalThis.gc?.();
  }
  parentPort.postMessage(names);
`;

function parseInWorker(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SOURCE, { eval: true, workerData: { addon: ADDON, path: clang.path } });
    let names: unknown;
    worker.on('message', (message) => {
      names = message;
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve(names));
  });
}

test('four workers parse at once', async () => {
  const expected = Array.from({ length: 20 }, (_, i) => `s${i}`);
  const results = await Promise.all([parseInWorker(), parseInWorker(), parseInWorker(), parseInWorker()]);
  expect(results).toEqual([expected, expected, expected, expected]);
});
