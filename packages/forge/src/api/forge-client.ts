/**
 * Requests to a forge: each with a deadline that covers its whole answer, redirects that keep the token at home, and a second
 * try where the forge asks for one. How each attempt ended is counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ForgeFailure } from './forge-failure.ts';
import { UnexpectedValue } from './read-value.ts';

/** How an attempt ended, as the contract's label has it. */
export type RequestOutcome = '2xx' | '3xx' | '4xx' | '5xx' | 'timeout' | 'refused';

/** Where the forge is, and who asks. */
export interface ForgeServer {
  /** As people open it, such as `https://git.example.org/` or with a path. */
  readonly url: string;
  /**
   * Read for each collect, so that it can be changed meanwhile. Undefined asks as nobody.
   *
   * @throws {Error} whose message says why there is none
   */
  readonly token?: () => string | undefined;
  /** Longest wait for one answer. @default 10000 */
  readonly timeoutMs?: number;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

/** An answer, parsed. */
export interface ForgeAnswer<Value> {
  readonly kind: 'answer';
  readonly value: Value;
  /** Of a list: how many there are on all pages. Undefined where the forge does not say. */
  readonly total: number | undefined;
  /** The forge's clock, which is not ours. Undefined where it does not say. */
  readonly forgeNowMs: number | undefined;
}

/** Asks a forge. */
export interface ForgeClient {
  /**
   * @param path below `/api/v1`
   * @param parse makes a value of the JSON; what it throws as {@link UnexpectedValue} is the failure `foreign`
   */
  get<Value>(path: string, parse: (body: unknown) => Value): Promise<ForgeAnswer<Value> | ForgeFailure>;
}

/** Options of {@link createForgeClient}. */
export interface ForgeClientOptions {
  readonly server: ForgeServer;
  readonly stop: AbortSignal;
  readonly onRequest: (outcome: RequestOutcome) => void;
}

/** @default of {@link ForgeServer} */
export const FORGE_TIMEOUT_MS = 10_000;
/** Fifty issues whose texts are a megabyte each. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
const REDIRECT_LIMIT = 3;
const ATTEMPT_LIMIT = 3;
const PAUSE_MS = 500;
/** Who is asked to wait for longer comes back with the next collect. */
const LONGEST_PAUSE_MS = 5_000;
const DETAIL_LIMIT = 200;

/** Makes a client for one collect. */
export function createForgeClient({ server, stop, onRequest }: ForgeClientOptions): ForgeClient {
  const base = apiUrl(server.url);
  const token = tokenOf(server);
  const timeoutMs = server.timeoutMs ?? FORGE_TIMEOUT_MS;
  const attempt: Attempt = async (url, headers) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await (server.fetch ?? fetch)(url, { headers, redirect: 'manual', signal });
      const body = await readBody(response);
      onRequest(classOf(response.status));
      return { response, body };
    } catch (error) {
      if (stop.aborted) return { kind: 'stopped' };
      const failure = faultOf(error, timeoutMs);
      onRequest(failure.kind === 'timeout' ? 'timeout' : failure.kind === 'foreign' ? '2xx' : 'refused');
      return failure;
    }
  };
  return {
    get: async (path, parse) => {
      if ('kind' in token) return token;
      const headers = { accept: 'application/json', 'user-agent': 'ephemetry', ...token.headers };
      const got = await getPatiently(new URL(base + path), headers, attempt, stop);
      return 'kind' in got ? shown(got, token.secret) : parsed(got, parse);
    },
  };
}

/** One attempt: an answer of any status, or why there was none. */
type Attempt = (
  url: URL,
  headers: Readonly<Record<string, string>>,
) => Promise<{ readonly response: Response; readonly body: string } | ForgeFailure>;

interface Got {
  readonly response: Response;
  readonly body: string;
}

async function getPatiently(
  url: URL,
  headers: Readonly<Record<string, string>>,
  attempt: Attempt,
  stop: AbortSignal,
): Promise<Got | ForgeFailure> {
  for (let number = 1; ; number += 1) {
    const got = await followed(url, headers, attempt);
    if ('kind' in got) return got;
    const failure = statusFailure(got);
    if (failure === undefined) return got;
    const pauseMs = pauseOf(got.response, number);
    if (failure.kind !== 'busy' || number >= ATTEMPT_LIMIT || pauseMs > LONGEST_PAUSE_MS) return failure;
    try {
      await sleep(pauseMs, undefined, { signal: stop });
    } catch {
      return { kind: 'stopped' };
    }
  }
}

/** A forge redirects the old name of a repository to the new one. */
async function followed(
  start: URL,
  headers: Readonly<Record<string, string>>,
  attempt: Attempt,
): Promise<Got | ForgeFailure> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const got = await attempt(url, headers);
    if ('kind' in got || got.response.status < 300 || got.response.status >= 400) return got;
    const location = got.response.headers.get('location') ?? '';
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const isAtHome = next?.origin === start.origin;
    // Without what stands behind: a login page's address holds what was asked for.
    const to = next === undefined ? 'nowhere' : `${next.origin}${next.pathname}`;
    if (next === undefined || !isAtHome || redirects >= REDIRECT_LIMIT) return { kind: 'redirected', to };
    url = next;
  }
}

function parsed<Value>(
  { response, body }: Got,
  parse: (body: unknown) => Value,
): ForgeAnswer<Value> | ForgeFailure {
  try {
    const value = parse(JSON.parse(body));
    return { kind: 'answer', value, total: totalOf(response), forgeNowMs: dateOf(response) };
  } catch (error) {
    if (error instanceof UnexpectedValue) return { kind: 'foreign', detail: error.message };
    if (error instanceof SyntaxError) return { kind: 'foreign', detail: 'it sends no JSON' };
    throw error;
  }
}

function statusFailure({ response, body }: Got): ForgeFailure | undefined {
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  const detail = detailOf(body);
  if (status === 401) return { kind: 'unauthorized', detail };
  if (status === 403) return { kind: 'forbidden', detail };
  if (status === 404) return { kind: 'not-found' };
  if (status === 429 || status >= 500) return { kind: 'busy', status, detail };
  return { kind: 'refused', status, detail };
}

/** What the forge says, without what a page in front of it says. */
function detailOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    const isTold = typeof value === 'object' && value !== null && 'message' in value;
    return isTold ? String(value.message) : '';
  } catch {
    return '';
  }
}

function pauseOf(response: Response, attempt: number): number {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isNaN(seconds) ? attempt * PAUSE_MS : Math.max(0, seconds * 1000);
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

function faultOf(error: unknown, timeoutMs: number): ForgeFailure {
  if (error instanceof UnexpectedValue) return { kind: 'foreign', detail: error.message };
  if (error instanceof DOMException && error.name === 'TimeoutError') return { kind: 'timeout', timeoutMs };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return { kind: 'unreachable', detail: code ?? (cause instanceof Error ? cause.message : String(cause)) };
}

function classOf(status: number): RequestOutcome {
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}

function totalOf({ headers }: Response): number | undefined {
  const given = headers.get('x-total-count');
  return given !== null && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

function dateOf({ headers }: Response): number | undefined {
  const ms = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

function apiUrl(url: string): string {
  return `${url.replace(/\/+$/, '')}/api/v1`;
}

/** As people are shown it: a forge, or a proxy before it, may quote the request. */
function shown(failure: ForgeFailure, secret: string | undefined): ForgeFailure {
  if (!('detail' in failure)) return failure;
  const detail = secret === undefined ? failure.detail : failure.detail.replaceAll(secret, '…');
  return { ...failure, detail: detail.slice(0, DETAIL_LIMIT) };
}

type TokenHeaders =
  | { readonly headers: Readonly<Record<string, string>>; readonly secret: string | undefined }
  | ForgeFailure;

function tokenOf({ token }: ForgeServer): TokenHeaders {
  try {
    const text = token?.();
    if (text === undefined) return { headers: {}, secret: undefined };
    // In a header it would be cut off or smuggle another one in.
    if (/^[\x21-\x7e]+$/.test(text)) {
      return { headers: { authorization: `token ${text}` }, secret: text };
    }
    return {
      kind: 'no-token',
      detail: 'the token must be one line of letters, digits and signs, without blanks',
    };
  } catch (error) {
    return { kind: 'no-token', detail: error instanceof Error ? error.message : String(error) };
  }
}
