/**
 * Programs in processes of their own: what exits, crashes or is collected there cannot take the test with it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../dist/generated/index.js', import.meta.url));
const ADDON = fileURLToPath(new URL('../../build/Release/ringsmith.node', import.meta.url));

/** How every program here begins: the built package, and what most of them need. */
const PRELUDE = `
import { Ring, SyncRing, RingBuffer, operations } from ${JSON.stringify(pathToFileURL(PACKAGE).href)};
import { Worker, isMainThread, workerData, parentPort } from 'node:worker_threads';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
const packageUrl = ${JSON.stringify(pathToFileURL(PACKAGE).href)};
const addonFile = ${JSON.stringify(ADDON)};
/** The addon itself, for what no API says. */
const native = () => createRequire(packageUrl)(addonFile);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const descriptors = () => fs.readdirSync('/proc/self/fd').length;
const residentMiB = () => Number(/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
/** Two ends of a loopback connection that libuv reads neither of. */
async function socketPair() {
  const server = net.createServer({ pauseOnConnect: true });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  const near = net.connect(server.address().port, '127.0.0.1');
  near.pause();
  await new Promise((resolve) => near.once('connect', resolve));
  const far = await accepted;
  server.close();
  return { near: near._handle.fd, far: far._handle.fd, sockets: [near, far] };
}
`;

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface ChildOptions {
  /** The node to run it with. Default: this one. */
  readonly node?: string;
  /** Options of node itself. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly timeoutMs?: number;
  /** Send this signal once the program has written a line. */
  readonly signalWhenReady?: NodeJS.Signals;
}

/** Runs an ES module with the package in scope. */
export function runChild(program: string, options: ChildOptions = {}): Promise<ChildResult> {
  if (!existsSync(PACKAGE)) throw new Error(`${PACKAGE} is missing: run "npm run build:ts" first`);
  const { node = process.execPath, flags = [], args = [], timeoutMs = 60_000, signalWhenReady } = options;
  const start = performance.now();
  const child = spawn(node, [...flags, '--input-type=module', '-e', PRELUDE + program, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const first = stdout === '';
    stdout += text;
    if (first && signalWhenReady !== undefined) child.kill(signalWhenReady);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, ms: performance.now() - start });
    });
  });
}

/** Runs a program that must succeed; returns what it printed as JSON. */
export async function resultOfChild<T>(program: string, options: ChildOptions = {}): Promise<T> {
  const { code, signal, stdout, stderr } = await runChild(program, options);
  if (code !== 0 || stderr !== '') {
    throw new Error(`the child ended with code ${code}, signal ${signal}\n${stdout}\n${stderr}`);
  }
  return JSON.parse(stdout) as T;
}
