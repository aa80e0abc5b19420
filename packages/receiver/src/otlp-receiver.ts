/**
 * A small OTLP/HTTP receiver that shows what it was sent as Prometheus metrics. For a laptop, a CI job or a test:
 * its totals live in memory only.
 *
 *     POST /v1/metrics ─▶ body ─▶ decode ─▶ read ─▶ RunningTotals ─▶ answer
 *     GET  /metrics    ◀────────────── Prometheus text ◀──┘
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { INGEST_LIMITS } from '@ephemetry/contract';
import { answer, answerLines } from './answer.ts';
import { BodyMemory } from './body-memory.ts';
import { Digests } from './digests.ts';
import type { FamilySnapshot } from './family-totals.ts';
import { close, listen, urlOf } from './listening-server.ts';
import {
  decodeRequest,
  encodeResponse,
  encodeStatus,
  type OtlpEncoding,
  parseEncoding,
} from './otlp-encoding.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusLines } from './prometheus-text.ts';
import { readBatches } from './read-batches.ts';
import { ReceiveCounts } from './receive-counts.ts';
import { Refusals } from './refusals.ts';
import { type BodyLimits, readBody } from './request-body.ts';
import { requestPath } from './request-path.ts';
import { type BatchReceipt, RunningTotals, type TotalsLimits } from './running-totals.ts';
import { shorten } from './shorten.ts';

/** Options of {@link startOtlpReceiver}. */
export interface OtlpReceiverOptions {
  /** Address to listen on. @default '127.0.0.1': nobody else's machine */
  readonly host?: string;
  /** 0 for any free port. @default 4318 */
  readonly port?: number;
  /** Largest body in bytes, packed and unpacked. @default 4194304 */
  readonly bodyLimitBytes?: number;
  /** Memory of all bodies that are being read, in bytes; at least one body. @default 16777216 */
  readonly bodyMemoryBytes?: number;
  /** Longest time until a body is complete. @default 10000 */
  readonly bodyTimeoutMs?: number;
  /** How much is remembered. */
  readonly limits?: TotalsLimits;
  /** Called for each batch, after it was merged and before it is answered. */
  readonly onBatch?: (receipt: BatchReceipt) => void;
  /** Called for each request that is answered with another status than 200. */
  readonly onRefusedRequest?: (refused: RefusedRequest) => void;
  /** The clock that points' times are held against. @default Date.now */
  readonly nowUnixMs?: () => number;
}

/** A request that was not taken. */
export interface RefusedRequest {
  readonly status: number;
  readonly message: string;
}

/** A running receiver. */
export interface OtlpReceiver {
  /** `http://127.0.0.1:4318`: what `OTEL_EXPORTER_OTLP_ENDPOINT` takes. */
  readonly url: string;
  /** Everything received so far. */
  readonly totals: Pick<RunningTotals, 'snapshot' | 'seriesCount'>;
  /** Stops listening and resolves when the open requests are answered, or after a second. */
  close(): Promise<void>;
}

/** What holds for whoever says nothing else. */
export const RECEIVER_DEFAULTS: Required<Pick<OtlpReceiverOptions, 'host' | 'port' | 'bodyLimitBytes'>> = {
  host: '127.0.0.1',
  port: 4318,
  bodyLimitBytes: INGEST_LIMITS.bodyBytes,
};

const BODY_MEMORY_BYTES = 4 * INGEST_LIMITS.bodyBytes;
const BODY_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** OTLP has more than 20 bytes a message in protobuf and more than 40 in JSON; in memory a message takes some hundred. */
const BODY_BYTES_A_MESSAGE = 32;

/** Each connection takes memory before anything is known of it. */
const CONNECTION_LIMIT = 256;
const HEADERS_TIMEOUT_MS = 5_000;
/** Each scrape takes memory while its reader is slow. */
const SCRAPE_LIMIT = 4;
/** Senders try again after this time. */
const RETRY_AFTER_SECONDS = 1;

/** Codes of google.rpc.Status: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
const RPC_CODES: ReadonlyMap<number, number> = new Map([
  [400, 3],
  [404, 5],
  [405, 12],
  [413, 3],
  [415, 3],
  [503, 14],
]);
const RPC_INTERNAL = 13;

/**
 * Starts a receiver.
 *
 * @throws the system's error when the address cannot be used (`EADDRINUSE`, `EACCES`, `ENOTFOUND`).
 */
export async function startOtlpReceiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const digests = new Digests();
  const totals = new RunningTotals(digests, options.limits, options.nowUnixMs);
  const handler = new RequestHandler(options, totals, digests);
  const timeouts = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: handler.limits.bodyTimeoutMs + 2 * HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: 1_000,
  };
  const server = createServer(timeouts, (request, response) => void handler.handle(request, response));
  server.maxConnections = CONNECTION_LIMIT;
  const { host, port } = RECEIVER_DEFAULTS;
  await listen(server, options.port ?? port, options.host ?? host);
  return { url: urlOf(server), totals, close: () => close(server, CLOSE_TIMEOUT_MS) };
}

class RequestHandler {
  readonly limits: BodyLimits;
  readonly #options: OtlpReceiverOptions;
  readonly #totals: RunningTotals;
  readonly #digests: Digests;
  readonly #memory: BodyMemory;
  readonly #counts: ReceiveCounts = new ReceiveCounts();
  #scrapes = 0;

  constructor(options: OtlpReceiverOptions, totals: RunningTotals, digests: Digests) {
    const bodyLimitBytes = options.bodyLimitBytes ?? RECEIVER_DEFAULTS.bodyLimitBytes;
    this.limits = { bodyLimitBytes, bodyTimeoutMs: options.bodyTimeoutMs ?? BODY_TIMEOUT_MS };
    this.#options = options;
    this.#totals = totals;
    this.#digests = digests;
    this.#memory = new BodyMemory(Math.max(options.bodyMemoryBytes ?? BODY_MEMORY_BYTES, bodyLimitBytes));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      // The sender broke off, or there is a bug here: either way the next request is served.
      if (response.headersSent || request.destroyed) response.destroy();
      else this.#refuse(request, response, 500, error instanceof Error ? error.message : String(error));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = requestPath(request);
    const allowed = ROUTES.get(path);
    if (allowed === undefined)
      return this.#refuse(
        request,
        response,
        404,
        `${shorten(path)} is not here; here are ${[...ROUTES.keys()].join(', ')}`,
      );
    if (!allowed.includes(request.method ?? '')) {
      response.setHeader('allow', allowed.join(', '));
      const message = `${path} takes ${allowed.join(' and ')}, not ${request.method}`;
      return this.#refuse(request, response, 405, message);
    }
    if (path === '/v1/metrics') return this.#receive(request, response);
    if (path === '/healthz') return answer(request, response, 200, 'text/plain; charset=utf-8', 'ok\n');
    return this.#scrape(request, response);
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = parseEncoding(request.headers['content-type']);
    if (encoding === undefined) {
      const given = shorten(request.headers['content-type'] ?? 'missing');
      const message = `content-type is ${given}; allowed: application/json and application/x-protobuf`;
      return this.#refuse(request, response, 415, message);
    }
    const body = await readBody(request, this.#memory, this.limits);
    if (body.kind === 'gone') return void response.destroy();
    if (body.kind === 'refused') return this.#refuse(request, response, body.status, body.message);
    try {
      this.#merge(request, response, encoding, body.body);
    } finally {
      body.release();
    }
  }

  #merge(request: IncomingMessage, response: ServerResponse, encoding: OtlpEncoding, body: Uint8Array): void {
    const messageLimit = Math.ceil(this.limits.bodyLimitBytes / BODY_BYTES_A_MESSAGE);
    const decoded = decodeRequest(encoding, body, messageLimit);
    if (decoded.kind === 'refused') {
      this.#refuse(request, response, decoded.status, decoded.message);
      return;
    }
    const nowUnixMs = (this.#options.nowUnixMs ?? Date.now)();
    const refusals = new Refusals();
    for (const batch of readBatches(decoded.request, { digests: this.#digests, nowUnixMs })) {
      const receipt = this.#totals.merge(batch);
      // A resource without a point says nothing; a body holds a hundred thousand of them.
      if (receipt.points + receipt.duplicatePoints + receipt.refusals.length === 0) continue;
      this.#counts.countBatch(receipt);
      this.#options.onBatch?.(receipt);
      refusals.addAll(receipt.refusals);
    }
    response.setHeader('ephemetry-dedupe', this.#totals.duplicateWindowSeconds());
    answer(request, response, 200, encoding, encodeResponse(encoding, refusals.list()));
  }

  async #scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#scrapes >= SCRAPE_LIMIT)
      return this.#refuse(
        request,
        response,
        503,
        `${SCRAPE_LIMIT} others are reading the metrics; try again`,
      );
    this.#scrapes += 1;
    try {
      await answerLines(request, response, PROMETHEUS_CONTENT_TYPE, prometheusLines(this.#families()));
    } finally {
      this.#scrapes -= 1;
    }
  }

  *#families(): Generator<FamilySnapshot> {
    yield* this.#totals.snapshot();
    yield* this.#counts.snapshot(this.#totals.forgottenBatches());
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
    const encoding: OtlpEncoding = parseEncoding(request.headers['content-type']) ?? 'application/json';
    this.#counts.countRefusedRequest(status);
    this.#options.onRefusedRequest?.({ status, message });
    // What is left of the body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    const code = RPC_CODES.get(status) ?? RPC_INTERNAL;
    answer(request, response, status, encoding, encodeStatus(encoding, { code, message }));
  }
}

const ROUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['/v1/metrics', ['POST']],
  ['/metrics', ['GET', 'HEAD']],
  ['/healthz', ['GET', 'HEAD']],
]);
