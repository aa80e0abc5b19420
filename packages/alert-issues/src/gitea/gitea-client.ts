/**
 * Requests to a Gitea: each with a deadline that covers its whole answer, and sent once. A request that writes may have been
 * done although its answer was lost, so whoever repeats it looks first.
 */
import { UnexpectedValue } from '../read-value.ts';
import type { GiteaFailure } from './gitea-failure.ts';

/** Where Gitea is, and who asks. */
export interface GiteaServer {
  /** As people open it, such as `https://git.example.org/` or with a path. */
  readonly url: string;
  /**
   * Read for each request, so that it can be changed meanwhile.
   *
   * @throws {Error} whose message says why there is none
   */
  readonly token: () => string;
  /** Longest wait for one answer. @default 10000 */
  readonly timeoutMs?: number;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

/** An answer, parsed. */
export interface GiteaAnswer<Value> {
  readonly kind: 'answer';
  readonly value: Value;
  /** Of a list: how many there are on all pages. Undefined where Gitea does not say. */
  readonly total: number | undefined;
  /** Gitea's clock, which is not ours. Undefined where it does not say. */
  readonly nowMs: number | undefined;
}

/** What is asked for. */
interface GiteaRequest<Value> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: object;
  /** Makes a value of the JSON; what it throws as {@link UnexpectedValue} is the failure `foreign`. */
  readonly parse: (body: unknown) => Value;
}

/** Asks a Gitea. */
export type AskGitea = <Value>(request: GiteaRequest<Value>) => Promise<GiteaAnswer<Value> | GiteaFailure>;

/** @default of {@link GiteaServer} */
const TIMEOUT_MS = 10_000;
/** Fifty issues whose texts are a megabyte each. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
const DETAIL_LIMIT = 200;

/** Makes what asks. */
export function createGiteaClient(server: GiteaServer): AskGitea {
  const base = `${server.url.replace(/\/+$/, '')}/api/v1`;
  const timeoutMs = server.timeoutMs ?? TIMEOUT_MS;
  return async ({ method, path, body, parse }) => {
    const token = tokenOf(server);
    if ('kind' in token) return token;
    const headers = {
      accept: 'application/json',
      authorization: `token ${token.text}`,
      'content-type': 'application/json',
      'user-agent': 'ephemetry',
    };
    try {
      const response = await (server.fetch ?? fetch)(base + path, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await readBody(response);
      const outcome = statusFailure(response, text, base + path) ?? parsed(response, text, parse);
      return outcome.kind === 'answer' ? outcome : withoutSecret(outcome, token.text);
    } catch (error) {
      return withoutSecret(faultOf(error, timeoutMs), token.text);
    }
  };
}

function tokenOf({ token }: GiteaServer): { readonly text: string } | GiteaFailure {
  try {
    const text = token();
    // In a header it would be cut off or smuggle another one in.
    if (/^[\x21-\x7e]+$/.test(text)) return { text };
    const detail = 'the token must be one line of letters, digits and signs, without blanks';
    return { kind: 'no-token', detail };
  } catch (error) {
    return { kind: 'no-token', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > ANSWER_LIMIT_BYTES) {
      throw new UnexpectedValue(`an answer has more than ${ANSWER_LIMIT_BYTES / 1024 / 1024} MiB`);
    }
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function parsed<Value>(
  response: Response,
  text: string,
  parse: (body: unknown) => Value,
): GiteaAnswer<Value> | GiteaFailure {
  try {
    const value = parse(text === '' ? undefined : JSON.parse(text));
    return { kind: 'answer', value, total: totalOf(response), nowMs: dateOf(response) };
  } catch (error) {
    if (error instanceof UnexpectedValue) return { kind: 'foreign', detail: error.message };
    if (error instanceof SyntaxError) return { kind: 'foreign', detail: 'it sends no JSON' };
    throw error;
  }
}

function statusFailure(response: Response, body: string, url: string): GiteaFailure | undefined {
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  const detail = detailOf(body);
  if (status >= 300 && status < 400) return { kind: 'redirected', to: placeOf(response, url) };
  if (status === 401) return { kind: 'unauthorized', detail };
  if (status === 403) return { kind: 'forbidden', detail };
  if (status === 404) return { kind: 'not-found' };
  if (status === 412 && /dependenc/i.test(detail)) return { kind: 'dependencies' };
  if (status === 429 || status >= 500) return { kind: 'busy', status, detail };
  return { kind: 'refused', status, detail };
}

/** Without what stands behind: a login page's address holds what was asked for. */
function placeOf({ headers }: Response, url: string): string {
  const location = headers.get('location') ?? '';
  if (location === '' || !URL.canParse(location, url)) return 'nowhere';
  const { origin, pathname } = new URL(location, url);
  return origin + pathname;
}

/** What Gitea says, without what a page in front of it says. */
function detailOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    const isTold = typeof value === 'object' && value !== null && 'message' in value;
    return isTold ? String(value.message) : '';
  } catch {
    return '';
  }
}

function faultOf(error: unknown, timeoutMs: number): GiteaFailure {
  if (error instanceof UnexpectedValue) return { kind: 'foreign', detail: error.message };
  if (error instanceof DOMException && error.name === 'TimeoutError') return { kind: 'timeout', timeoutMs };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return { kind: 'unreachable', detail: code ?? (cause instanceof Error ? cause.message : String(cause)) };
}

/** As people are shown it: a server, or a proxy before it, may quote the request. */
function withoutSecret(failure: GiteaFailure, secret: string): GiteaFailure {
  if (!('detail' in failure)) return failure;
  return { ...failure, detail: failure.detail.replaceAll(secret, '…').slice(0, DETAIL_LIMIT) };
}

function totalOf({ headers }: Response): number | undefined {
  const given = headers.get('x-total-count');
  return given !== null && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

function dateOf({ headers }: Response): number | undefined {
  const ms = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
