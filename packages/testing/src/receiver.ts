/**
 * A real OTLP/HTTP receiver that can be told, at any moment, to fail in every way a network fails.
 * It is the judge of exactness: it reads bodies with its own strict reader and counts on its own.
 */
import type { Batch } from './batch.ts';
import type { Behaviour } from './behaviour.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Totals } from './totals.ts';
import type { WaitOptions } from './wait-for.ts';

/** How to start a receiver. */
export interface ReceiverOptions {
  /** Speak HTTPS with a certificate that nobody trusts. @default false */
  readonly tls?: boolean;
  /** @default a free port, which nobody else gets while it is stopped: see `freePorts` */
  readonly port?: number;
  /** What it does from the first request on. @default { kind: 'answer' } */
  readonly behaviour?: Behaviour;
}

/** A running receiver. All lists and numbers are live and survive `stop` and `restart`. */
export interface Receiver extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/v1/metrics` (https with TLS). */
  readonly url: string;
  /** `http://127.0.0.1:<port>`: what `OTEL_EXPORTER_OTLP_ENDPOINT` takes. */
  readonly origin: string;
  readonly port: number;
  /** PEM of the self-signed certificate; absent without TLS. */
  readonly certificate?: string;
  /** Every request that arrived whole, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Every batch that was counted, duplicates included, in order. */
  readonly batches: readonly Batch[];
  /** Why bodies were answered 400 although the behaviour would have counted them. */
  readonly malformed: readonly string[];
  /** Connections opened so far: failed TLS handshakes count too. */
  readonly connections: number;
  /** The most requests that were open at the same time. */
  readonly maximumInFlight: number;
  /** Requests by answered status: `{ '200': 3, none: 1 }`; `none` had no answer (yet). */
  statuses(): Readonly<Record<string, number>>;
  /** `batches` merged, each identity once. See `totalsOf`. */
  totals(): Totals;
  /** From the next request on. A behaviour with `times` goes back to `answer` after so many requests. */
  behave(behaviour: Behaviour): void;
  /** Closes the port and every connection; connecting is refused afterwards. Again: does nothing. */
  stop(): Promise<void>;
  /** Listens on the same port again; stops first if it still listens. */
  restart(): Promise<void>;
  /** Resolves as soon as the condition holds; it is asked at every change here. See the function `waitFor`. */
  waitFor(condition: () => boolean, options: Omit<WaitOptions, 'subscribe'>): Promise<void>;
}
