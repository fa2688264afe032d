/**
 * Headers of a tag, from a server or a local clone that has the kernel's source: only the files that io_uring.h and the
 * vocabulary need, found by following their includes. ringsmith knows no such server; the user names one.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Problem } from '../problem.js';
import { exportHeader, genericWrapper, kernelArchitecture } from './export-headers.js';
import type { GitClone } from './git-clone.js';
import { fetchText, HTTP_DEFAULTS, type HttpOptions } from './http.js';
import { includesOf, KERNEL_VOCABULARY, SPLIT_HEADERS } from './vocabulary.js';

const HEADER = 'linux/io_uring.h';
const AT_ONCE = 8;
/** What io_uring.h and the vocabulary reach is well under a hundred files. */
const MOST_FILES = 400;
const INCLUDE = /^\s*#\s*include\s*[<"]((?:linux|asm|asm-generic)\/[A-Za-z0-9_./-]+\.h)[>"]/gm;

export interface TagRequest {
  readonly tag: string;
  /** Address with `{tag}` and `{path}`, or the local clone. */
  readonly template: string | GitClone;
  readonly target: string;
  readonly http?: HttpOptions;
}

/** The characters of git's tags that mean nothing to a file system, an address or a comment. */
const TAG = /^[A-Za-z0-9][A-Za-z0-9_.+/-]*$/;

function checkTag(tag: string): void {
  if (TAG.test(tag) && !tag.includes('..')) return;
  throw new Problem({
    code: 'USAGE',
    what: `${JSON.stringify(tag)} is no tag of a kernel`,
    consequence: 'nothing was fetched',
    remedy: 'give one such as v6.12 or v7.3-rc7',
  });
}

/** What a header includes; names that lead out of the folder of headers are no names of headers. */
const includedIn = (text: string): string[] =>
  [...text.matchAll(INCLUDE)].map((match) => match[1]!).filter((name) => !name.split('/').includes('..'));

/** The address to fetch from: `--base-url`, else RINGSMITH_KERNEL_URL. One without `{path}` is a base. */
export function kernelUrl(given: string | undefined): string {
  const url = given ?? process.env['RINGSMITH_KERNEL_URL'];
  const remedy =
    "give --git with a clone of the kernel, or --base-url, or set RINGSMITH_KERNEL_URL: the address of a kernel repository's raw files, with {tag} and {path}, or one that takes <path>?h=<tag> after it";
  const refused = (what: string): Problem =>
    new Problem({ code: 'KERNEL_URL', what, consequence: 'nothing was fetched', remedy });
  if (url === undefined || url === '')
    throw refused('--tag needs a clone or a server to read from, and none is given');
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw refused(`${url} is no http or https address`);
  return url.includes('{path}') ? url : `${url.replace(/\/+$/, '')}/{path}?h={tag}`;
}

function addressOf({ template, tag }: TagRequest, path: string): string {
  if (typeof template === 'object') return `${template.folder} ${tag}:${path}`;
  return template.replaceAll('{tag}', encodeURIComponent(tag)).replaceAll('{path}', path);
}

async function fetchFile(request: TagRequest, path: string): Promise<string | undefined> {
  const { template, tag } = request;
  if (typeof template === 'object') return template.read(tag, path);
  return await fetchText(addressOf(request, path), request.http ?? HTTP_DEFAULTS);
}

/** The text of an included header, or undefined when the tag does not have it. */
async function fetchHeader(request: TagRequest, include: string): Promise<string | undefined> {
  const get = (path: string): Promise<string | undefined> => fetchFile(request, path);
  if (!include.startsWith('asm/')) return await get(`include/uapi/${include}`);
  const arch = kernelArchitecture(request.target);
  const name = include.slice('asm/'.length);
  const own = await get(`arch/${arch}/include/uapi/${include}`);
  if (own !== undefined) return own;
  const generic = await get(`include/uapi/asm-generic/${name}`);
  return generic === undefined ? undefined : genericWrapper(name);
}

function missing(request: TagRequest, include: string, from: string | undefined): Problem {
  const isMain = include === HEADER;
  return new Problem({
    code: isMain ? 'TAG_MISSING' : 'TAG_INCOMPLETE',
    what: isMain
      ? `there is no include/uapi/${HEADER} at tag ${request.tag}`
      : `${from} includes <${include}>, which is not there at tag ${request.tag}`,
    where: { file: addressOf(request, `include/uapi/${include}`) },
    consequence: 'nothing was written',
    remedy: isMain
      ? 'check the tag (v5.1 or later) and the address'
      : 'check that the address serves the whole of a kernel source tree',
  });
}

interface Wanted {
  readonly include: string;
  /** Who includes it; absent for the vocabulary, which older kernels need not have. */
  readonly from?: string;
}

/** Fetches what is wanted and all that it includes. @returns texts by include name */
async function fetchAll(request: TagRequest): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const seen = new Set<string>();
  let wanted: Wanted[] = [{ include: HEADER }];
  const vocabulary = [...SPLIT_HEADERS, ...includesOf(KERNEL_VOCABULARY)].map(
    (include): Wanted => ({ include }),
  );
  while (wanted.length > 0) {
    const fresh = new Map(
      wanted.filter(({ include }) => !seen.has(include)).map((item) => [item.include, item]),
    );
    const round = [...fresh.values()].slice(0, AT_ONCE);
    wanted = [...fresh.values()].slice(AT_ONCE);
    for (const { include } of round) seen.add(include);
    const found = await Promise.all(round.map(({ include }) => fetchHeader(request, include)));
    for (const [index, { include, from }] of round.entries()) {
      const text = found[index];
      if (text === undefined) {
        if (include === HEADER || from !== undefined) throw missing(request, include, from);
        continue;
      }
      const exported = exportHeader(text);
      texts.set(include, exported);
      for (const name of includedIn(exported)) wanted.push({ include: name, from: include });
      if (include === HEADER) wanted.push(...vocabulary);
    }
    if (seen.size > MOST_FILES) throw tooMany(request);
  }
  return texts;
}

function tooMany(request: TagRequest): Problem {
  return new Problem({
    code: 'TAG_ENDLESS',
    what: `the headers of tag ${request.tag} include more than ${MOST_FILES} others`,
    consequence: 'nothing was written',
    remedy: 'check that the address serves the raw files of a kernel source tree',
  });
}

/** @returns a folder with `linux/`, `asm/` and `asm-generic/`, which goes away with this process */
export async function fetchTag(request: TagRequest): Promise<string> {
  checkTag(request.tag);
  if (typeof request.template === 'object') request.template.check(request.tag);
  const texts = await fetchAll(request);
  const folder = mkdtempSync(join(tmpdir(), 'ringsmith-tag-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [include, text] of texts) {
    const file = join(folder, include);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}
