/**
 * One text over HTTP, with everything checked that can go wrong between a server and a header: the status, redirects,
 * a body that breaks off, a page of a web site instead of the file.
 */
import { Problem } from '../problem.js';

export interface HttpOptions {
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** Pauses before further tries, in milliseconds, when a server is busy or a connection breaks. */
  readonly pauses: readonly number[];
}

export const HTTP_DEFAULTS: HttpOptions = { timeout: 20_000, pauses: [300, 1500] };

const MOST_REDIRECTS = 5;
const LARGEST_BODY = 8 * 1024 * 1024;
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A failure that may be over in a moment. */
class Passing extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.what);
    this.problem = problem;
  }
}

function problem(code: string, url: string, what: string, remedy: string, cause?: unknown): Problem {
  return new Problem(
    { code, what, where: { file: url }, consequence: 'nothing was written', remedy },
    { cause },
  );
}

const URL_REMEDY = 'check --base-url (RINGSMITH_KERNEL_URL) and the tag';

/** fetch says `fetch failed`; why is in its causes. */
function reason(error: unknown): string {
  let inner: unknown = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  if (inner instanceof AggregateError) inner = inner.errors[0];
  const code = (inner as { code?: unknown } | undefined)?.code;
  const message = inner instanceof Error ? inner.message : String(inner);
  return typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message;
}

function connectionProblem(url: string, error: unknown, timeout: number): Problem {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return problem('HTTP_TIMEOUT', url, `the server did not answer within ${timeout} ms`, URL_REMEDY, error);
  }
  return problem('HTTP_CONNECTION', url, `the server cannot be reached: ${reason(error)}`, URL_REMEDY, error);
}

function redirectTarget(response: Response, url: string): string {
  const location = response.headers.get('location');
  if (location === null || !URL.canParse(location, url)) {
    throw problem('HTTP_REDIRECT', url, `status ${response.status} redirects nowhere`, URL_REMEDY);
  }
  const target = new URL(location, url);
  const isWeaker = url.startsWith('https:') && target.protocol !== 'https:';
  if (isWeaker || !/^https?:$/.test(target.protocol)) {
    throw problem(
      'HTTP_REDIRECT',
      url,
      `it redirects to ${target.protocol}, which is not followed`,
      URL_REMEDY,
    );
  }
  return target.href;
}

/** The bytes, unpacked; no more than fit a header are ever held, whatever the server sends or a small answer unpacks to. */
async function bodyBytes(response: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the rest of the answer.
    if (length > LARGEST_BODY)
      throw problem('HTTP_NOT_HEADER', url, 'the answer is too large for a header', URL_REMEDY);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body, when it is as long as the server said and looks like C. */
async function readBody(response: Response, url: string, timeout: number): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await bodyBytes(response, url);
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof Error && error.name === 'TimeoutError') throw connectionProblem(url, error, timeout);
    const what = `the answer broke off: ${reason(error)}`;
    throw new Passing(problem('HTTP_TRUNCATED', url, what, 'try again', error));
  }
  const announced = response.headers.get('content-length');
  // A compressed answer announces its compressed length.
  if (
    announced !== null &&
    response.headers.get('content-encoding') === null &&
    Number(announced) !== bytes.length
  ) {
    const what = `the answer has ${bytes.length} bytes instead of ${announced}`;
    throw new Passing(problem('HTTP_TRUNCATED', url, what, 'try again'));
  }
  const text = new TextDecoder().decode(bytes);
  const isPage =
    /^text\/html/.test(response.headers.get('content-type') ?? '') || /^\s*<(!doctype|html)/i.test(text);
  if (isPage) {
    const remedy = 'use an address that serves raw files, not pages about them';
    throw problem('HTTP_NOT_HEADER', url, 'the answer is a web page, not a header', remedy);
  }
  return text;
}

async function tryOnce(first: string, timeout: number): Promise<string | undefined> {
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    let response: Response;
    try {
      const signal = AbortSignal.timeout(timeout);
      response = await fetch(url, { redirect: 'manual', signal, headers: { 'user-agent': 'ringsmith' } });
    } catch (error) {
      throw new Passing(connectionProblem(url, error, timeout));
    }
    if (response.ok) return await readBody(response, url, timeout);
    await response.body?.cancel();
    if (response.status === 404 || response.status === 410) return undefined;
    if (response.status < 300 || response.status >= 400) {
      const failure = problem(
        'HTTP_STATUS',
        url,
        `the server answers with status ${response.status}`,
        URL_REMEDY,
      );
      throw BUSY.has(response.status) ? new Passing(failure) : failure;
    }
    url = redirectTarget(response, url);
  }
  throw problem('HTTP_REDIRECT', first, `it redirects more than ${MOST_REDIRECTS} times`, URL_REMEDY);
}

/** @returns the text, or undefined when the server does not have it. @throws Problem for everything else */
export async function fetchText(
  url: string,
  options: HttpOptions = HTTP_DEFAULTS,
): Promise<string | undefined> {
  for (const pause of [...options.pauses, undefined]) {
    try {
      return await tryOnce(url, options.timeout);
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      if (pause === undefined) throw error.problem;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  throw new Error('unreachable: the last try returns or throws');
}
