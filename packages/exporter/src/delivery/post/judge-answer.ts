/** What an answer says of a batch. */
import type { IncomingMessage } from 'node:http';
import type { DeliveryFailure } from '../../verdict.ts';
import type { PostOutcome } from './post-batch.ts';
import { shortenDetail } from './shorten-detail.ts';

/** `url` is the endpoint's name in messages; `text` is the body of `response`. */
export function judgeAnswer(url: string, response: IncomingMessage, text: string): PostOutcome {
  const status = response.statusCode ?? 0;
  const window = readDedupeWindow(response);
  if (status >= 200 && status <= 299)
    return { kind: 'delivered', ...readPartialSuccess(url, text), ...window };
  const detail = shortenDetail(statusMessage(text) ?? response.statusMessage ?? '');
  const failure = failureOfStatus(url, status, detail, response.headers['retry-after']);
  return { kind: 'failed', failure, isSentWhole: false, ...window };
}

/** `ephemetry-dedupe: 86400`: a receiver that knows batches again says for how many seconds. */
function readDedupeWindow(response: IncomingMessage): { dedupeWindowSeconds?: number } {
  const text = response.headers['ephemetry-dedupe'];
  if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) return {};
  return { dedupeWindowSeconds: Number(text) };
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
      detail: shortenDetail(String(message ?? 'no reason given')),
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
