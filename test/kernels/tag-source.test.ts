/**
 * Proves `--tag`: headers are fetched from a server by following their includes, in the form programs can include; and
 * every way a server can fail is one Problem that names the address.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseHeaderTree } from '../../generator/kernels/header-file.js';
import { fetchTag, kernelUrl } from '../../generator/kernels/tag.js';
import { DEFAULT_TARGET } from '../../generator/parse/index.js';
import { MAIN, temporaryFolder } from '../support/cli.js';
import { problemOf, SOURCE } from './kernels-support.js';

const HEADER = 'include/uapi/linux/io_uring.h';
const FAST = { timeout: 300, pauses: [1] };
/** 16 KiB that unpack to 16 MiB. */
const BOMB = gzipSync(Buffer.alloc(1 << 24, 32));
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  vi.unstubAllEnvs();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A repository's raw files below /raw, for the tag v9.9 only. */
function files(request: { url?: string | undefined }, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://localhost');
  const text = SOURCE[url.pathname.replace(/^\/raw\//, '')];
  if (text === undefined || url.searchParams.get('h') !== 'v9.9') response.writeHead(404).end('no');
  else response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
}

const fetchFrom = (base: string, tag = 'v9.9'): Promise<string> =>
  fetchTag({ tag, template: kernelUrl(base), target: DEFAULT_TARGET, http: FAST });

describe('a server with the kernel source', () => {
  it('gives the headers of a tag, exported and complete', async () => {
    const folder = await fetchFrom(`${await serve(files)}/raw/`);
    const facts = parseHeaderTree(folder, DEFAULT_TARGET, 'Linux 9.9');
    const names = facts.enums.flatMap((fact) => fact.members.map((member) => member.name));
    expect(names).toEqual(['IORING_OP_NOP', 'IORING_OP_READV', 'IORING_OP_LAST']);
    expect(facts.records.map((record) => [record.name, record.sizeBits])).toEqual([
      ['io_uring_sqe', 512],
      ['iovec', 128],
    ]);
    // Of fs.h only what operations take as arguments.
    expect(facts.macros.map((macro) => macro.name)).toEqual(['RWF_HIPRI']);
    expect(facts.files.map((file) => file.include)).toEqual([
      'linux/io_uring.h',
      'linux/fs.h',
      'linux/uio.h',
    ]);
  });

  it('may have its own form of address', async () => {
    const base = await serve((request, response) => {
      const [, tag, ...path] = (request.url ?? '').split('/');
      files({ url: `/raw/${path.join('/')}?h=${tag}` }, response);
    });
    await expect(fetchFrom(`${base}/{tag}/{path}`)).resolves.toMatch(/ringsmith-tag-/);
  });

  it('may redirect, and may be busy for a moment', async () => {
    let busy = 2;
    const base = await serve((request, response) => {
      busy -= 1;
      if (busy === 0) response.writeHead(503).end();
      else if (request.url?.startsWith('/old/') === true) {
        response.writeHead(302, { location: request.url.replace('/old/', '/raw/') }).end();
      } else files(request, response);
    });
    await expect(fetchFrom(`${base}/old`)).resolves.toMatch(/ringsmith-tag-/);
  });

  it('serves the command line', async () => {
    const base = await serve(files);
    const out = join(temporaryFolder(), 'package');
    const { stderr } = await promisify(execFile)(process.execPath, [
      ...[MAIN, 'generate', '--out', out],
      ...['--tag', 'v9.9', '--base-url', `${base}/raw`],
    ]);
    expect(stderr).toMatch(/^Linux 9\.9: 2 opcodes/);
  });
});

/** Answers for the header itself, and properly for everything else. */
const headerBy =
  (answer: (response: ServerResponse) => void): RequestListener =>
  (request, response) =>
    request.url?.includes(HEADER) === true ? answer(response) : files(request, response);

describe('a server that fails', () => {
  const cases: [name: string, code: string, listener: RequestListener][] = [
    ['has no such tag', 'TAG_MISSING', (_, response) => response.writeHead(404).end()],
    [
      'lacks an included header',
      'TAG_INCOMPLETE',
      (request, response) =>
        request.url?.includes('linux/types.h') === true
          ? response.writeHead(404).end()
          : files(request, response),
    ],
    [
      'breaks off in the middle',
      'HTTP_TRUNCATED',
      headerBy((response) => {
        response.writeHead(200, { 'content-length': SOURCE[HEADER]!.length });
        response.write(SOURCE[HEADER]!.slice(0, 100), () => response.destroy());
      }),
    ],
    [
      'answers with a web page',
      'HTTP_NOT_HEADER',
      headerBy((response) => {
        response
          .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
          .end('<!DOCTYPE html><p>Log in');
      }),
    ],
    [
      'answers with a web page and calls it plain text',
      'HTTP_NOT_HEADER',
      headerBy((response) => {
        response
          .writeHead(200, { 'content-type': 'text/plain' })
          .end('\n<html><body>captive portal</body></html>');
      }),
    ],
    [
      'redirects in circles',
      'HTTP_REDIRECT',
      (request, response) => response.writeHead(301, { location: request.url }).end(),
    ],
    [
      'redirects to another protocol',
      'HTTP_REDIRECT',
      (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    ],
    [
      'never stops answering',
      'HTTP_NOT_HEADER',
      headerBy((response) => {
        const more = (): void => {
          while (response.write(' '.repeat(1 << 20)));
          response.once('drain', more);
        };
        more();
      }),
    ],
    [
      'answers with little that unpacks to much',
      'HTTP_NOT_HEADER',
      headerBy((response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB);
      }),
    ],
    ['refuses', 'HTTP_STATUS', (_, response) => response.writeHead(403).end()],
    ['stays broken', 'HTTP_STATUS', (_, response) => response.writeHead(500).end()],
    ['does not answer', 'HTTP_TIMEOUT', () => undefined],
    [
      'stops answering',
      'HTTP_TIMEOUT',
      headerBy((response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('/*');
      }),
    ],
  ];

  it.each(cases)('%s: %s', async (_, code, listener) => {
    const base = await serve(listener);
    const problem = await problemOf(() => fetchFrom(`${base}/raw`));
    expect(problem.code).toBe(code);
    expect(problem.where?.file).toContain(base);
    expect(problem.remedy).not.toBe('');
  });

  it('cannot have a header written outside of the folder of headers', async () => {
    const folder = temporaryFolder();
    const stray = join(folder, 'stray.h');
    const base = await serve((request, response) => {
      if (request.url?.includes('stray') === true) response.end('#define STRAY 1\n');
      else if (request.url?.includes(HEADER) === true)
        response.end(`#include <linux/${'../'.repeat(20)}${stray.slice(1)}>\n${SOURCE[HEADER]}`);
      else files(request, response);
    });
    await fetchFrom(`${base}/raw`);
    expect(existsSync(stray)).toBe(false);
  });

  it('is not asked for what is no tag', async () => {
    for (const tag of ['', '../v9.9', 'v9.9\nv9.8', 'v9.9?x', '日本'])
      expect((await problemOf(() => fetchFrom('http://localhost:1', tag))).code).toBe('USAGE');
  });

  it('is not there: HTTP_CONNECTION', async () => {
    const base = await serve(files);
    servers.splice(0)[0]!.close();
    const problem = await problemOf(() => fetchFrom(base));
    expect(problem.code).toBe('HTTP_CONNECTION');
    expect(problem.what).toContain('ECONNREFUSED');
  });
});

describe('the address', () => {
  it('comes from the option, else from the environment, and ringsmith has none of its own', async () => {
    vi.stubEnv('RINGSMITH_KERNEL_URL', 'https://example.invalid/{tag}/{path}');
    expect(kernelUrl(undefined)).toBe('https://example.invalid/{tag}/{path}');
    expect(kernelUrl('http://localhost/plain/')).toBe('http://localhost/plain/{path}?h={tag}');
    vi.stubEnv('RINGSMITH_KERNEL_URL', '');
    expect((await problemOf(() => kernelUrl(undefined))).remedy).toContain('RINGSMITH_KERNEL_URL');
    expect((await problemOf(() => kernelUrl('file:///etc'))).code).toBe('KERNEL_URL');
  });
});
