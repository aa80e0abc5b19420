import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Batch, parseBatches } from './batch.ts';
import { MalformedBody } from './json-reader.ts';

/** A request that arrived whole. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As given, parameters included; `''` when absent. */
  readonly contentType: string;
  /** The bytes on the wire: compressed when the client compressed. */
  readonly body: Buffer;
  /** The status that was answered; nothing while or when there is no answer. */
  readonly status: number | undefined;
  readonly content: Content;
}

/** What a body says. */
export type Content =
  | {
      readonly kind: 'batches';
      readonly batches: readonly Batch[] /** Decompressed. */;
      readonly text: string;
    }
  /** OTLP/JSON by its headers, but not by its content. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** Not a request for this receiver: other path, method, type or encoding; `status` is the answer to it. */
  | { readonly kind: 'foreign'; readonly status: number; readonly reason: string };

/** Reads a request to its end. Resolves to nothing when the client broke off before. */
export async function recordRequest(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RecordedRequest | undefined> {
  const body = await readAll(request);
  if (body === undefined) return undefined;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    contentType: request.headers['content-type'] ?? '',
    body,
    content: readContent(request, body),
    get status(): number | undefined {
      return response.headersSent ? response.statusCode : undefined;
    },
  };
}

async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function readContent(request: IncomingMessage, body: Buffer): Content {
  const { url, method, headers } = request;
  const encoding = headers['content-encoding'] ?? 'identity';
  const [type] = (headers['content-type'] ?? '').split(';');
  if (url !== '/v1/metrics') return foreign(404, `only /v1/metrics is here, not ${url}`);
  if (method !== 'POST') return foreign(405, `only POST is allowed, not ${method}`);
  if (type?.trim() !== 'application/json')
    return foreign(415, `only application/json is read, not "${type}"`);
  if (encoding !== 'gzip' && encoding !== 'identity')
    return foreign(415, `only gzip is read, not "${encoding}"`);
  return parseContent(body, encoding);
}

function foreign(status: number, reason: string): Content {
  return { kind: 'foreign', status, reason };
}

/** Far above every body a test sends; a broken length must not fill the memory. */
const BODY_LIMIT_BYTES = 256 * 1024 * 1024;

function parseContent(body: Buffer, encoding: 'gzip' | 'identity'): Content {
  let text: string;
  try {
    text = (encoding === 'gzip' ? gunzipSync(body, { maxOutputLength: BODY_LIMIT_BYTES }) : body).toString(
      'utf8',
    );
  } catch (error) {
    return { kind: 'malformed', reason: `body must be gzip, but ${String(error)}` };
  }
  try {
    return { kind: 'batches', batches: parseBatches(text), text };
  } catch (error) {
    if (!(error instanceof MalformedBody)) throw error;
    return { kind: 'malformed', reason: error.message };
  }
}
