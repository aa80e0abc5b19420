/**
 * A small OTLP/HTTP receiver that shows what it was sent as Prometheus metrics. For a laptop, a CI job or a test:
 * its totals live in memory only.
 *
 *     POST /v1/metrics ─▶ body ─▶ decode ─▶ read ─▶ RunningTotals ─▶ answer
 *     GET  /metrics    ◀────────────── Prometheus text ◀──┘
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  decodeRequest,
  encodeResponse,
  encodeStatus,
  type OtlpEncoding,
  parseEncoding,
} from './otlp-encoding.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheus-text.ts';
import { readBatches } from './read-batches.ts';
import { ReceiveCounts } from './receive-counts.ts';
import { readBody } from './request-body.ts';
import { type BatchReceipt, RunningTotals, type TotalsLimits } from './running-totals.ts';

/** Options of {@link startOtlpReceiver}. */
export interface OtlpReceiverOptions {
  /** Address to listen on. @default '127.0.0.1': nobody else's machine */
  readonly host?: string;
  /** 0 for any free port. @default 4318 */
  readonly port?: number;
  /** Largest body in bytes, packed and unpacked. @default 16777216 */
  readonly bodyLimitBytes?: number;
  /** How much is remembered. */
  readonly limits?: TotalsLimits;
  /** Called for each batch, after it was merged and before it is answered. */
  readonly onBatch?: (receipt: BatchReceipt) => void;
  /** Called for each request that is answered with another status than 200. */
  readonly onRefusedRequest?: (refused: RefusedRequest) => void;
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
  readonly totals: RunningTotals;
  /** Stops listening and resolves when the open requests are answered, or after a second. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 1_000;

/** Codes of google.rpc.Status: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
const RPC_CODES: ReadonlyMap<number, number> = new Map([
  [400, 3],
  [404, 5],
  [405, 12],
  [413, 3],
  [415, 3],
]);
const RPC_INTERNAL = 13;

/**
 * Starts a receiver.
 *
 * @throws the system's error when the address cannot be used (`EADDRINUSE`, `EACCES`, `ENOTFOUND`).
 */
export async function startOtlpReceiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const totals = new RunningTotals(options.limits);
  const handler = new RequestHandler(options, totals);
  const server = createServer((request, response) => void handler.handle(request, response));
  await listen(server, options.port ?? 4318, options.host ?? '127.0.0.1');
  return { url: urlOf(server), totals, close: () => close(server) };
}

class RequestHandler {
  readonly #options: OtlpReceiverOptions;
  readonly #totals: RunningTotals;
  readonly #counts: ReceiveCounts = new ReceiveCounts();

  constructor(options: OtlpReceiverOptions, totals: RunningTotals) {
    this.#options = options;
    this.#totals = totals;
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
    const path = request.url?.split('?')[0] ?? '';
    const allowed = ROUTES.get(path);
    if (allowed === undefined)
      return this.#refuse(
        request,
        response,
        404,
        `${path} is not here; here are ${[...ROUTES.keys()].join(', ')}`,
      );
    if (!allowed.includes(request.method ?? '')) {
      response.setHeader('allow', allowed.join(', '));
      return this.#refuse(
        request,
        response,
        405,
        `${path} takes ${allowed.join(' and ')}, not ${request.method}`,
      );
    }
    if (path === '/v1/metrics') return this.#receive(request, response);
    if (path === '/healthz') return answer(request, response, 200, 'text/plain; charset=utf-8', 'ok\n');
    const families = [...this.#totals.snapshot(), ...this.#counts.snapshot(this.#totals.forgottenBatches())];
    answer(request, response, 200, PROMETHEUS_CONTENT_TYPE, prometheusText(families));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = parseEncoding(request.headers['content-type']);
    if (encoding === undefined) {
      const given = request.headers['content-type'] ?? 'missing';
      const message = `content-type is ${given}; allowed are application/json and application/x-protobuf`;
      return this.#refuse(request, response, 415, message);
    }
    const body = await readBody(request, this.#options.bodyLimitBytes ?? BODY_LIMIT_BYTES);
    if (body.kind === 'refused') return this.#refuse(request, response, body.status, body.message);
    const decoded = decodeRequest(encoding, body.body);
    if (decoded.kind === 'malformed')
      return this.#refuse(request, response, 400, `the body is no OTLP metrics request: ${decoded.detail}`);
    const receipts = readBatches(decoded.request).map((batch) => this.#totals.merge(batch));
    for (const receipt of receipts) {
      this.#counts.countBatch(receipt);
      this.#options.onBatch?.(receipt);
    }
    const refusals = receipts.flatMap((receipt) => receipt.refusals);
    answer(request, response, 200, encoding, encodeResponse(encoding, refusals));
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
    const encoding: OtlpEncoding = parseEncoding(request.headers['content-type']) ?? 'application/json';
    this.#counts.countRefusedRequest(status);
    this.#options.onRefusedRequest?.({ status, message });
    // What is left of the body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    answer(
      request,
      response,
      status,
      encoding,
      encodeStatus(encoding, { code: RPC_CODES.get(status) ?? RPC_INTERNAL, message }),
    );
  }
}

const ROUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['/v1/metrics', ['POST']],
  ['/metrics', ['GET', 'HEAD']],
  ['/healthz', ['GET', 'HEAD']],
]);

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver listens on no port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
