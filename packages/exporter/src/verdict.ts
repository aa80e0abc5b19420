/**
 * What became of each batch, and why. A failure is data: callers switch on `kind`,
 * people read the sentence that `describeFailure` makes of it. An `endpoint` is named without user, password and query.
 */
import { EMPTY_TALLY, type Tally } from './tally.ts';

/** Why a batch was not delivered. */
export type DeliveryFailure =
  /** Nobody listens at the endpoint, or the connection broke before an answer that can be read. */
  | {
      readonly kind: 'unreachable';
      readonly endpoint: string;
      readonly detail: string;
      /** Something answered, but not in HTTP. */
      readonly isAnswered?: true;
    }
  /** The TLS handshake failed: certificate, authority or name. */
  | { readonly kind: 'tls'; readonly endpoint: string; readonly detail: string }
  /**
   * No complete answer within `timeoutMs`. With a `stage` it says nothing of the endpoint: the batch was not sent in that
   * time (`sending`), or the program ended so long after it was sent (`ending`).
   */
  | {
      readonly kind: 'timeout';
      readonly endpoint: string;
      readonly timeoutMs: number;
      readonly stage?: 'sending' | 'ending';
    }
  /** 429, 408 or any 5xx: the same bytes may be accepted later. */
  | {
      readonly kind: 'busy';
      readonly endpoint: string;
      readonly status: number;
      readonly retryAfterMs?: number;
      readonly detail: string;
    }
  /** A redirect or a 4xx that speaks of the request, not of the batch (401, 402, 404, 415, …): a person must correct the configuration; the batch stays in the spool. */
  | {
      readonly kind: 'misconfigured';
      readonly endpoint: string;
      readonly status: number;
      readonly detail: string;
    }
  /**
   * An answer that does not speak OTLP: a login page, another service. The batch is kept. When `status` is 2xx it is in
   * doubt, and nothing more is sent there until it answers as OTLP.
   */
  | { readonly kind: 'not-otlp'; readonly endpoint: string; readonly status: number; readonly detail: string }
  /** 400, 413 or 422, answered in OTLP: these bytes will never be accepted; the batch moves to `rejected/`. */
  | { readonly kind: 'rejected'; readonly endpoint: string; readonly status: number; readonly detail: string }
  /** A batch of an older version that no stage takes, and of which no smaller ones can be made; kept in `rejected/`. */
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limitBytes: number }
  /** The endpoint rejected so many batches without taking one between: it is doubted, not they. The batch is kept. */
  | {
      readonly kind: 'refusing';
      readonly endpoint: string;
      readonly status: number;
      readonly rejections: number;
      readonly detail: string;
      /** The answers did not speak OTLP, though the endpoint answers a request without data: something in front of it refuses. */
      readonly isForeign?: true;
    }
  /** A 2xx answer whose partial success refused some data points; the protocol forbids sending them again. */
  | {
      readonly kind: 'partial';
      readonly endpoint: string;
      readonly rejectedDataPoints: number;
      readonly detail: string;
    }
  /** The spool could not be written or read. */
  | { readonly kind: 'spool'; readonly path: string; readonly detail: string }
  /** The delivery thread did not start or died. */
  | { readonly kind: 'thread'; readonly detail: string }
  /** `spool-only` delivery: sending is somebody else's work. Not a fault. */
  | { readonly kind: 'spool-only' };

/** What became of the batches of a run, and why not all of them are delivered. */
export interface Verdict extends Tally {
  /**
   * Sum of `expired`, `unsent`, `unreadable` and `abandoned`.
   *
   * @deprecated read the counts themselves
   */
  readonly lost: number;
  /** Data points that the Collector refused inside delivered batches (OTLP partial success), or that no batch could hold. */
  readonly lostDataPoints: number;
  /** The latest reason why something was not delivered. */
  readonly failure?: DeliveryFailure;
}

/** What {@link EphemeralMeterProvider.persist} did. */
export type PersistOutcome =
  /** Nothing was measured since the last batch. */
  | { readonly kind: 'nothing' }
  /** On disk: nothing that kills the process loses it any more. */
  | { readonly kind: 'persisted'; readonly sequence: number }
  /** The disk refused; the batch is being sent from memory instead, and is lost if that fails and the disk refuses it again at the end. */
  | { readonly kind: 'unspooled'; readonly sequence: number; readonly failure: DeliveryFailure }
  /** Telemetry is switched off (`OTEL_SDK_DISABLED`, `OTEL_METRICS_EXPORTER=none`) or shut down. */
  | { readonly kind: 'disabled' };

/** What `replaceMark` of a relay did. */
export type ReplaceOutcome =
  | PersistOutcome
  /** The disk refused: the mark stands and counts, what was measured since is lost, and the verdict does not count it. */
  | { readonly kind: 'mark-stands'; readonly failure: DeliveryFailure };

/** A verdict of nothing: the start of every count. */
export const NO_VERDICT: Verdict = { ...EMPTY_TALLY, lost: 0, lostDataPoints: 0 };

/**
 * One sentence for people: the endpoint or path, and what was seen there.
 *
 * @example
 * ```ts
 * import { describeFailure } from '@ephemetry/exporter';
 *
 * const sentence = describeFailure({
 *   kind: 'busy', endpoint: 'http://localhost:4318/v1/metrics', status: 503, detail: 'Service Unavailable',
 * });
 * console.assert(sentence === 'http://localhost:4318/v1/metrics answered 503 Service Unavailable');
 * ```
 */
export function describeFailure(failure: DeliveryFailure): string {
  switch (failure.kind) {
    case 'unreachable':
      return `${failure.endpoint} ${failure.isAnswered === true ? 'answered, but not in HTTP' : 'cannot be reached'} (${failure.detail})`;
    case 'tls':
      return `${failure.endpoint} failed the TLS handshake (${failure.detail})`;
    case 'timeout':
      return describeTimeout(failure);
    case 'busy':
      return `${failure.endpoint} answered ${failure.status} ${failure.detail}${describeRetryAfter(failure.retryAfterMs)}`;
    case 'misconfigured':
    case 'rejected':
      return `${failure.endpoint} answered ${failure.status} ${failure.detail}`;
    case 'not-otlp':
      return `${failure.endpoint} answered ${failure.status}, but the answer is not OTLP (${failure.detail})`;
    case 'too-large':
      return `a batch of ${failure.bytes} bytes is too large: the limit is ${failure.limitBytes} bytes, and it cannot be split`;
    case 'refusing':
      return `${failure.endpoint} rejected ${failure.rejections} batches in a row (${failure.status} ${failure.detail}): ${whatToCheck(failure)}`;
    case 'partial':
      return `${failure.endpoint} refused ${countOf(failure.rejectedDataPoints, 'data point', 'data points')} of an accepted batch (${failure.detail})`;
    case 'spool':
      return `the spool ${failure.path} cannot be used (${failure.detail})`;
    case 'thread':
      return `the delivery thread is not running (${failure.detail})`;
    case 'spool-only':
      return 'delivery is spool-only';
  }
}

function describeTimeout({ endpoint, timeoutMs, stage }: DeliveryFailure & { kind: 'timeout' }): string {
  if (stage === 'sending') return `no batch could be sent to ${endpoint} within ${timeoutMs} ms`;
  if (stage === 'ending')
    return `the program ended ${timeoutMs} ms after it sent a batch to ${endpoint} and did not wait for the answer`;
  return `${endpoint} did not answer within ${timeoutMs} ms`;
}

function whatToCheck({ isForeign }: DeliveryFailure & { kind: 'refusing' }): string {
  if (isForeign === true) return 'check the proxy or firewall in front of it and its size limit';
  return 'check that it takes OTLP/HTTP metrics with delta temporality';
}

function describeRetryAfter(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? '' : ` (retry after ${Math.ceil(retryAfterMs / 1000)} s)`;
}

/** A number with its noun, for messages. */
export function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
