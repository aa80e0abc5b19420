/**
 * Posts one batch and says what became of it. The official transport hides the status of a 503, retries
 * for seconds on its own and waits for ever on a body that drips; a dying process needs the opposite: one
 * attempt, one deadline over everything, the answer as data. Endpoint, headers, TLS material and
 * compression still come from the official configuration, see `endpoint-configuration.ts`.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { endpointName } from '../../endpoint-name.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';

/** Where and how to post. */
export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `gzipSync`, when bodies are to be compressed. */
  readonly gzip: ((body: Uint8Array) => Uint8Array) | undefined;
  readonly timeoutMs: number;
  readonly request: (
    url: string,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: RequestOptions['agent'];
}

/** What one attempt came to. `partial` failures are deliveries: the rest of the batch was taken. */
export type PostOutcome =
  | { readonly kind: 'delivered'; readonly partial?: DeliveryFailure & { readonly kind: 'partial' } }
  | { readonly kind: 'failed'; readonly failure: DeliveryFailure };

/** The longest answer that is read; a Collector's is under 1 KiB. */
const ANSWER_LIMIT_BYTES = 64 * 1024;
const DETAIL_LIMIT_CHARACTERS = 200;

/** One attempt, again only over a connection that turned out to be closed. Never rejects; settles within `endpoint.timeoutMs`. */
export function postBatch(
  endpoint: Endpoint,
  body: Uint8Array,
  timeoutMs: number = endpoint.timeoutMs,
): Promise<PostOutcome> {
  const name = endpointName(endpoint.url);
  const bytes = endpoint.gzip === undefined ? body : endpoint.gzip(body);
  return new Promise((resolve) => {
    let request: ClientRequest | undefined;
    let isAnswered = false;
    let isSettled = false;
    const settle = (outcome: PostOutcome): void => {
      isSettled = true;
      clearTimeout(deadline);
      resolve(outcome);
    };
    const fail = (failure: DeliveryFailure): void => settle({ kind: 'failed', failure });
    const failWith = (error: unknown): void => fail(toFailure(name, error));
    const deadline = setTimeout(
      () => {
        fail({ kind: 'timeout', endpoint: name, timeoutMs });
        request?.destroy();
      },
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    // Whoever waits keeps the process alive, the request itself does not.
    deadline.unref();
    const onResponse = (response: IncomingMessage): void => {
      isAnswered = true;
      readAnswer(response, (text) => settle(judgeAnswer(name, response, text)), failWith);
    };
    const post = (): void => {
      const posted = tryRequest(endpoint, onResponse, failWith);
      request = posted;
      posted?.on('error', (error) => {
        // Ends with the last connection that was kept alive: a new one is not reused.
        if (posted.reusedSocket && isClosed(error) && !isAnswered && !isSettled) post();
        else failWith(error);
      });
      posted?.end(bytes);
    };
    post();
  });
}

/** A server may close a connection just when it is used again: that says nothing of the batch. */
function isClosed(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** A header with a line break or a certificate that is none is only found out here, by a throw. */
function tryRequest(
  endpoint: Endpoint,
  onResponse: (response: IncomingMessage) => void,
  onError: (error: unknown) => void,
): ClientRequest | undefined {
  const { url, agent } = endpoint;
  try {
    return endpoint.request(url, { method: 'POST', headers: requestHeaders(endpoint), agent }, onResponse);
  } catch (error) {
    onError(error);
    return undefined;
  }
}

function requestHeaders(endpoint: Endpoint): Record<string, string> {
  return { ...endpoint.headers, ...(endpoint.gzip === undefined ? {} : { 'content-encoding': 'gzip' }) };
}

function readAnswer(
  response: IncomingMessage,
  onText: (text: string) => void,
  onError: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= ANSWER_LIMIT_BYTES) chunks.push(chunk);
    else response.destroy(new Error(`the answer is longer than ${ANSWER_LIMIT_BYTES} bytes`));
  });
  response.on('end', () => onText(Buffer.concat(chunks).toString('utf8')));
  response.on('error', onError);
}

function judgeAnswer(url: string, response: IncomingMessage, text: string): PostOutcome {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status <= 299) return { kind: 'delivered', ...readPartialSuccess(url, text) };
  const detail = shorten(statusMessage(text) ?? response.statusMessage ?? '');
  return { kind: 'failed', failure: failureOfStatus(url, status, detail, response.headers['retry-after']) };
}

function failureOfStatus(
  endpoint: string,
  status: number,
  detail: string,
  retryAfter: string | undefined,
): DeliveryFailure {
  if (status >= 500 || status === 429 || status === 408) {
    const retryAfterMs = parseRetryAfter(retryAfter);
    return {
      kind: 'busy',
      endpoint,
      status,
      detail,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  const needsPerson = status < 400 || [401, 403, 404, 405, 407].includes(status);
  return { kind: needsPerson ? 'misconfigured' : 'rejected', endpoint, status, detail };
}

/** RFC 9110, 10.2.3: seconds or an HTTP date. */
function parseRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** The `partialSuccess` of https://opentelemetry.io/docs/specs/otlp/#partial-success-1; its counts may be strings. */
function readPartialSuccess(
  endpoint: string,
  text: string,
): { partial?: DeliveryFailure & { kind: 'partial' } } {
  const partial = field(parseJson(text), 'partialSuccess');
  const rejectedDataPoints = Number(field(partial, 'rejectedDataPoints') ?? 0);
  if (!(rejectedDataPoints > 0)) return {};
  const message = field(partial, 'errorMessage');
  return {
    partial: {
      kind: 'partial',
      endpoint,
      rejectedDataPoints,
      detail: shorten(String(message ?? 'no reason given')),
    },
  };
}

/** The `message` of the google.rpc.Status that a Collector answers failures with. */
function statusMessage(text: string): string | undefined {
  const message = field(parseJson(text), 'message');
  return typeof message === 'string' && message !== '' ? message : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Whatever a server sends ends in one line on stderr. */
function shorten(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, DETAIL_LIMIT_CHARACTERS);
}

function toFailure(endpoint: string, thrown: unknown): DeliveryFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const detail = shorten(
    code === '' || error.message.includes(code) ? error.message : `${code} ${error.message}`,
  );
  const isTls = /CERT|SSL|TLS|UNABLE_TO_|EPROTO/.test(code) && code !== 'ECONNRESET';
  return { kind: isTls ? 'tls' : 'unreachable', endpoint, detail };
}
