/** Takes a command's metrics: read, held to the table of rules, made deltas, put into the spool, and answered then. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { INGEST_LIMITS } from '@ephemetry/contract';
import type { Relay } from '@ephemetry/exporter';
import {
  answer,
  BodyMemory,
  Digests,
  decodeRequest,
  encodeResponse,
  encodeStatus,
  type OtlpEncoding,
  type OtlpMessage,
  parseEncoding,
  Refusals,
  readBody,
  readSoundPoints,
  requestPath,
} from '@ephemetry/receiver/otlp';
import { Deltas } from './deltas.ts';
import { TOKEN_HEADER } from './otlp-environment.ts';
import { type PassedPoint, relayedBody } from './relayed-body.ts';

/** What the receiving needs. */
export interface ReceiveTerms {
  readonly relay: Pick<Relay, 'relay'>;
  readonly token: string;
  readonly sinceUnixNano: bigint;
  /** Counts points that were refused. */
  readonly countRefused: (reason: string, points: number) => void;
}

const LIMITS = { bodyLimitBytes: INGEST_LIMITS.bodyBytes, bodyTimeoutMs: 10_000 };
/** See the receiver: OTLP has more than 20 bytes a message. */
const MESSAGE_LIMIT = Math.ceil(INGEST_LIMITS.bodyBytes / 32);
/** About 300 bytes each: a batch stays below the size at which batches are split. */
const POINTS_IN_A_BATCH = 1_000;

/** Codes of google.rpc.Status. */
const RPC_CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 404: 5, 413: 3, 415: 3, 503: 14 };

/** Owned by the endpoint of a run. */
export class MetricsReceiver {
  readonly #terms: ReceiveTerms;
  readonly #deltas: Deltas;
  readonly #digests = new Digests();
  readonly #memory = new BodyMemory(4 * INGEST_LIMITS.bodyBytes);

  constructor(terms: ReceiveTerms) {
    this.#terms = terms;
    this.#deltas = new Deltas(terms.sinceUnixNano);
  }

  /** Answers a request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#handle(request, response);
    } catch {
      // The command broke off, or there is a bug here: nothing of it was taken, and it sends it again.
      this.#deltas.rollBack();
      if (response.headersSent || request.destroyed) response.destroy();
      else refuse(request, response, 503, 'the request could not be taken; send it again');
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = parseEncoding(request.headers['content-type']);
    if (request.headers[TOKEN_HEADER] !== this.#terms.token)
      return refuse(request, response, 401, `the header ${TOKEN_HEADER} is not the command's`);
    if (requestPath(request) !== '/v1/metrics' || request.method !== 'POST')
      return refuse(request, response, 404, 'here is POST /v1/metrics, and nothing else');
    if (encoding === undefined)
      return refuse(request, response, 415, 'allowed are application/json and application/x-protobuf');
    const body = await readBody(request, this.#memory, LIMITS);
    if (body.kind === 'gone') return void response.destroy();
    if (body.kind === 'refused') return refuse(request, response, body.status, body.message);
    try {
      const decoded = decodeRequest(encoding, body.body, MESSAGE_LIMIT);
      if (decoded.kind === 'refused') return refuse(request, response, decoded.status, decoded.message);
      this.#take(request, response, encoding, decoded.request);
    } finally {
      body.release();
    }
  }

  #take(
    request: IncomingMessage,
    response: ServerResponse,
    encoding: OtlpEncoding,
    message: OtlpMessage,
  ): void {
    const refusals = new Refusals();
    const own = new Map<string, number>();
    const count = (reason: string, points: number): void =>
      void own.set(reason, (own.get(reason) ?? 0) + points);
    let passed: PassedPoint[] = [];
    const points = readSoundPoints(message, this.#digests, refusals, (more) =>
      count('exponential_histogram', more),
    );
    for (const sound of points) {
      const change = this.#deltas.take(sound);
      if (change.kind === 'refused') {
        const isOurs = change.reason === 'no_new_start';
        refusals.add(isOurs ? 'malformed_point' : change.reason, sound.metric.name, 1, () => change.message);
        if (isOurs) count(change.reason, 1);
      }
      if (change.kind !== 'passed') continue;
      const { resource, scope, metric, attributes, point } = sound;
      const bounds = point.kind === 'histogram' ? point.bounds : [];
      passed.push({ resource, scope, metric, attributes, kind: point.kind, bounds, delta: change.point });
      if (passed.length < POINTS_IN_A_BATCH) continue;
      if (!this.#keep(passed)) {
        refuse(request, response, 503, NOT_KEPT);
        return;
      }
      passed = [];
    }
    if (!this.#keep(passed)) {
      refuse(request, response, 503, NOT_KEPT);
      return;
    }
    this.#countRefused(refusals, own);
    answer(request, response, 200, encoding, encodeResponse(encoding, refusals.list()));
  }

  /** Returns whether all of it is on disk. */
  #keep(points: readonly PassedPoint[]): boolean {
    if (points.length > 0) {
      const outcome = this.#terms.relay.relay((batch) => relayedBody(points, batch));
      if (outcome.kind !== 'persisted') {
        this.#deltas.rollBack();
        return false;
      }
    }
    this.#deltas.commit();
    return true;
  }

  /** Those that have a reason of ours are not counted again under the one that the answer has for them. */
  #countRefused(refusals: Refusals, own: ReadonlyMap<string, number>): void {
    for (const [reason, points] of own) this.#terms.countRefused(reason, points);
    let exponential = own.get('exponential_histogram') ?? 0;
    let fallen = own.get('no_new_start') ?? 0;
    for (const { reason, points } of refusals.list()) {
      const known = reason === 'unsupported_type' ? exponential : reason === 'malformed_point' ? fallen : 0;
      const more = Math.max(0, points - known);
      if (reason === 'unsupported_type') exponential -= points - more;
      if (reason === 'malformed_point') fallen -= points - more;
      if (more > 0) this.#terms.countRefused(reason, more);
    }
  }
}

const NOT_KEPT = 'the spool does not take it; send it again';

function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  const encoding = parseEncoding(request.headers['content-type']) ?? 'application/json';
  if (!request.complete) response.setHeader('connection', 'close');
  if (status === 503) response.setHeader('retry-after', 1);
  answer(
    request,
    response,
    status,
    encoding,
    encodeStatus(encoding, { code: RPC_CODES[status] ?? 13, message }),
  );
}
