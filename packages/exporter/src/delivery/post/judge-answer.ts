/**
 * What an answer says of a batch. Delivered or rejected it is only by something that speaks OTLP; what anything else
 * says, and what an endpoint says of itself, leaves the batch where it is.
 *
 *     status           speaks OTLP   else
 *     2xx              delivered     not-otlp, in doubt
 *     400, 413, 422    rejected      not-otlp
 *     408, 425, 429    busy          busy
 *     5xx              busy          busy, in doubt: what stands in front may have passed the batch on
 *     other 3xx, 4xx   misconfigured
 *     1xx              not-otlp, in doubt
 */
import { endpointName } from '../../endpoint-name.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { nowUnixMs } from '../../wall-clock.ts';
import type { Endpoint } from './endpoint.ts';
import { describeLikeness } from './likeness.ts';
import { type OtlpSuccess, otlpEncoding, readOtlpRefusal, readOtlpSuccess } from './otlp-answer.ts';
import type { PostOutcome } from './post-outcome.ts';
import type { Answer } from './read-answer.ts';
import { parseRetryAfter } from './retry-after.ts';
import { safeDetail } from './safe-detail.ts';

/** These say something of the batch itself, when something that speaks OTLP says them. */
const OF_THE_BATCH = [400, 413, 422];
/** The same bytes may be taken later; so may they after any 5xx. */
const BUSY = [408, 425, 429];

/** An answer that is not an OTLP answer of failure leaves a batch that was sent whole in doubt. */
export function judgeAnswer(
  endpoint: Endpoint,
  answer: Answer,
  sent: { readonly body: Uint8Array; readonly isWhole: boolean },
): PostOutcome {
  const window = readDedupeWindow(answer);
  const { status } = answer;
  if (status >= 200 && status <= 299) {
    const success = readOtlpSuccess(answer) ?? believedSuccess(endpoint, answer);
    if (success !== undefined) {
      return { kind: 'delivered', ...readPartial(endpoint, success, sent.body), ...window };
    }
  }
  const refusal = readOtlpRefusal(answer);
  const failure = failureOf(endpoint, answer, refusal);
  const isTaken = status < 300 || (status >= 500 && refusal === undefined);
  return { kind: 'failed', failure, isSentWhole: sent.isWhole && isTaken, ...window };
}

/**
 * A 2xx whose body says no more: because the user wants any to do, or because the head speaks OTLP and the connection
 * broke behind it. To send such a batch again would be to send it twice.
 */
function believedSuccess(endpoint: Endpoint, answer: Answer): OtlpSuccess | undefined {
  const isCutOtlp = answer.problem === 'cut' && otlpEncoding(answer) !== undefined;
  if (!endpoint.acceptsAny2xx && !isCutOtlp) return undefined;
  return { rejectedDataPoints: undefined, errorMessage: '' };
}

function failureOf(endpoint: Endpoint, answer: Answer, refusal: string | undefined): DeliveryFailure {
  const { status } = answer;
  const common = { endpoint: endpointName(endpoint.url), status };
  if (BUSY.includes(status) || status >= 500) {
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], nowUnixMs());
    const detail = detailOf(endpoint, answer, refusal);
    return { kind: 'busy', ...common, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const isOfTheBatch = OF_THE_BATCH.includes(status);
  if (status >= 300 && !isOfTheBatch) {
    return { kind: 'misconfigured', ...common, detail: detailOf(endpoint, answer, refusal) };
  }
  if (isOfTheBatch && refusal !== undefined) {
    return { kind: 'rejected', ...common, detail: detailOf(endpoint, answer, refusal) };
  }
  return { kind: 'not-otlp', ...common, detail: detailOf(endpoint, answer, describeContent(answer)) };
}

/** What the server said, and what that looks like. */
function detailOf(endpoint: Endpoint, answer: Answer, said: string | undefined): string {
  const likeness = describeLikeness(answer, endpoint.url);
  const words = safeDetail(endpoint, said || plainText(answer) || answer.reason);
  return likeness === undefined ? words : `${words}; ${likeness}`;
}

/** Many servers give the reason as plain text. */
function plainText({ headers, body }: Answer): string {
  return headers['content-type']?.startsWith('text/plain') === true
    ? (body?.toString('utf8').trim() ?? '')
    : '';
}

function describeContent(answer: Answer): string {
  const { problem, headers, body, reason, status } = answer;
  if (problem === 'cut') return 'the answer broke off';
  if (problem !== undefined) return problem.detail;
  const content = headers['content-type'] ?? 'no content-type';
  const text = plainText(answer);
  if (status === 101) return 'it changes the protocol';
  if (body?.length === 0) return `${reason} without a body`.trim();
  return text === '' ? content : `${content}: ${text}`;
}

/** The `partialSuccess` of https://opentelemetry.io/docs/specs/otlp/#partial-success-1; its count may be a string. */
function readPartial(
  endpoint: Endpoint,
  { rejectedDataPoints, errorMessage }: OtlpSuccess,
  body: Uint8Array,
): { partial?: DeliveryFailure & { kind: 'partial' } } {
  const isNumeric = typeof rejectedDataPoints === 'number' || typeof rejectedDataPoints === 'string';
  const given = isNumeric ? Number(rejectedDataPoints) : 0;
  if (!Number.isSafeInteger(given) || given <= 0) return {};
  const rejected = Math.min(given, countDataPoints(body));
  if (rejected === 0) return {};
  const detail = safeDetail(endpoint, errorMessage || 'no reason given');
  return {
    partial: { kind: 'partial', endpoint: endpointName(endpoint.url), rejectedDataPoints: rejected, detail },
  };
}

/** Every data point has this field once, and text in a batch has no unescaped quotes. No answer can have refused more. */
function countDataPoints(body: Uint8Array): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const field = '"timeUnixNano":';
  let count = 0;
  for (let at = bytes.indexOf(field); at !== -1; at = bytes.indexOf(field, at + field.length)) count += 1;
  return count;
}

/** `ephemetry-dedupe: 86400`: a receiver that knows batches again says for how many seconds. */
function readDedupeWindow({ headers }: Answer): { dedupeWindowSeconds?: number } {
  const text = headers['ephemetry-dedupe'];
  if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) return {};
  return { dedupeWindowSeconds: Number(text) };
}
