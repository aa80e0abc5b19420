/** A page of metrics of one program, for a Prometheus that scrapes it: `/metrics` and `/healthz`, read only. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { answer, answerLines } from './answer.ts';
import type { FamilySnapshot } from './family-totals.ts';
import { close, listen, urlOf } from './listening-server.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusLines } from './prometheus-text.ts';
import { requestPath } from './request-path.ts';
import { shorten } from './shorten.ts';

/** Options of {@link startMetricsPage}. */
export interface MetricsPageOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** What the page shows, made anew for each scrape. */
  readonly families: () => Iterable<FamilySnapshot>;
  /** Says why the program does not do its work; undefined when it does. @default never */
  readonly problem?: () => string | undefined;
  /** Takes what others post. @default nobody may post */
  readonly hook?: PageHook;
}

/** What may be posted to the page. */
export interface PageHook {
  /** `/webhook` */
  readonly path: string;
  /** A longer body is refused with 413, and not read to its end. */
  readonly limitBytes: number;
  /** Called before a body is read: the answer to whoever may not post. @default anybody may */
  readonly refusal?: (headers: IncomingHttpHeaders) => HookAnswer | undefined;
  /** Called with each body, as it came. What it returns is the answer. */
  readonly take: (body: Uint8Array, headers: IncomingHttpHeaders) => HookAnswer | Promise<HookAnswer>;
  /** How many deliveries are read or worked on at a time; one more is asked to come again. @default 4 */
  readonly limit?: number;
}

/** A status, and a line for whoever looks at what was delivered. */
export interface HookAnswer {
  readonly status: number;
  readonly message: string;
}

/** A running page. */
export interface MetricsPage {
  /** `http://127.0.0.1:9102` */
  readonly url: string;
  /** Stops listening and resolves when the open requests are answered, or after half a second. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 500;
const PAGE_CONNECTION_LIMIT = 64;
const PAGE_TIMEOUT_MS = 5_000;
/** Each scrape takes memory while its reader is slow. */
const PAGE_SCRAPE_LIMIT = 4;
/** Each body is held in memory until it is whole. */
const HOOK_LIMIT = 4;
const TEXT = 'text/plain; charset=utf-8';

/**
 * Starts the page.
 *
 * @throws the system's error when the address cannot be used (`EADDRINUSE`, `EACCES`).
 *
 * @example
 * ```ts
 * const page = await startMetricsPage({ host: '127.0.0.1', port: 0, families: () => [] });
 * await (await fetch(`${page.url}/healthz`)).text(); // 'ok\n'
 * await page.close();
 * ```
 */
export async function startMetricsPage(options: MetricsPageOptions): Promise<MetricsPage> {
  const timeouts = {
    headersTimeout: PAGE_TIMEOUT_MS,
    requestTimeout: 2 * PAGE_TIMEOUT_MS,
    connectionsCheckingInterval: 1_000,
  };
  let scrapes = 0;
  let bodies = 0;
  const scrape = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    scrapes += 1;
    try {
      await answerLines(request, response, PROMETHEUS_CONTENT_TYPE, prometheusLines(options.families()));
    } finally {
      scrapes -= 1;
    }
  };
  const hookLimit = options.hook?.limit ?? HOOK_LIMIT;
  const take: typeof takeHook = async (request, response, hook) => {
    bodies += 1;
    try {
      await takeHook(request, response, hook);
    } finally {
      bodies -= 1;
    }
  };
  const server = createServer(timeouts, (request, response) => {
    const { hook } = options;
    const path = requestPath(request);
    if (hook !== undefined && path === hook.path) {
      const message = `${hookLimit} others are delivering; try again`;
      if (bodies >= hookLimit) refuse(request, response, { status: 503, message });
      else take(request, response, hook).catch(() => response.destroy());
      return;
    }
    const refusal = refusalOf(request, scrapes, hook);
    if (refusal !== undefined) refuse(request, response, refusal);
    else if (path === '/healthz') answerHealth(request, response, options.problem?.());
    else scrape(request, response).catch(() => response.destroy());
  });
  server.maxConnections = PAGE_CONNECTION_LIMIT + hookLimit;
  await listen(server, options.port, options.host);
  return { url: urlOf(server), close: () => close(server, CLOSE_TIMEOUT_MS) };
}

interface PageRefusal {
  readonly status: number;
  readonly message: string;
}

const PATHS = ['/metrics', '/healthz'];

function refusalOf(
  request: IncomingMessage,
  scrapes: number,
  hook: PageHook | undefined,
): PageRefusal | undefined {
  const path = requestPath(request);
  if (!PATHS.includes(path)) {
    const paths = hook === undefined ? PATHS : [...PATHS, hook.path];
    return { status: 404, message: `${shorten(path)} is not here; here are ${paths.join(', ')}` };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, message: `${path} takes GET and HEAD, not ${request.method}` };
  }
  if (path === '/metrics' && scrapes >= PAGE_SCRAPE_LIMIT) {
    return { status: 503, message: `${PAGE_SCRAPE_LIMIT} others are reading the metrics; try again` };
  }
  return undefined;
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, message }: PageRefusal): void {
  if (status === 405 && !response.hasHeader('allow')) response.setHeader('allow', 'GET, HEAD');
  if (status === 503) response.setHeader('retry-after', 1);
  // What is left of a body is not read, so the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  answer(request, response, status, TEXT, `${message}\n`);
}

async function takeHook(request: IncomingMessage, response: ServerResponse, hook: PageHook): Promise<void> {
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    refuse(request, response, { status: 405, message: `${hook.path} takes POST, not ${request.method}` });
    return;
  }
  const refusal = hook.refusal?.(request.headers);
  if (refusal !== undefined) {
    refuse(request, response, refusal);
    return;
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request) {
    pieces.push(piece);
    bytes += piece.byteLength;
    if (bytes > hook.limitBytes) {
      response.setHeader('connection', 'close');
      answer(request, response, 413, TEXT, `a body has at most ${hook.limitBytes} bytes\n`);
      return;
    }
  }
  const { status, message } = await hook.take(Buffer.concat(pieces), request.headers);
  answer(request, response, status, TEXT, `${message}\n`);
}

function answerHealth(request: IncomingMessage, response: ServerResponse, problem: string | undefined): void {
  if (problem === undefined) answer(request, response, 200, TEXT, 'ok\n');
  else answer(request, response, 503, TEXT, `${problem}\n`);
}
