/** Reads a request's body, unpacked, within the limits of one body and of all bodies together. */
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { BodyLease, BodyMemory } from './body-memory.ts';
import { shorten } from './shorten.ts';

/** What a body may take. */
export interface BodyLimits {
  /** Largest body, packed and unpacked. */
  readonly bodyLimitBytes: number;
  /** Longest time until all of it is there. */
  readonly bodyTimeoutMs: number;
}

/** The body, or what to answer. A body that was read holds its memory until `release()`. */
export type RequestBody =
  | { readonly kind: 'read'; readonly body: Uint8Array; readonly release: () => void }
  | RefusedBody
  | { readonly kind: 'gone' };

interface RefusedBody {
  readonly kind: 'refused';
  readonly status: 400 | 413 | 415 | 503;
  readonly message: string;
}

/** Resolves in any case: also when the sender breaks off, stands still or never ends. */
export async function readBody(
  request: IncomingMessage,
  memory: BodyMemory,
  limits: BodyLimits,
): Promise<RequestBody> {
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding !== 'gzip' && coding !== 'identity')
    return refuse(415, `content-encoding is ${shorten(coding)}; allowed: gzip and identity`);
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyLimitBytes) return tooLarge(limits);
  const packed = await collect(request, memory, limits);
  if (packed.kind !== 'read' || coding === 'identity') return packed;
  const unpacked = unpack(packed.body, limits);
  if (unpacked.kind === 'refused') packed.release();
  return unpacked.kind === 'refused' ? unpacked : { ...packed, body: unpacked.body };
}

/** At once: what is unpacked is one body at a time, whoever sends how many. */
function unpack(
  packed: Uint8Array,
  limits: BodyLimits,
): RefusedBody | { kind: 'unpacked'; body: Uint8Array } {
  try {
    return { kind: 'unpacked', body: gunzipSync(packed, { maxOutputLength: limits.bodyLimitBytes }) };
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? tooLarge(limits) : refuse(400, 'the body is not valid gzip');
  }
}

function collect(request: IncomingMessage, memory: BodyMemory, limits: BodyLimits): Promise<RequestBody> {
  return new Promise((resolve) => {
    const lease = memory.open(() => end(noRoom()));
    const bytes = new GrowingBytes(lease, limits.bodyLimitBytes);
    const timer = setTimeout(() => end(tooSlow(limits)), limits.bodyTimeoutMs);
    const take = (chunk: Uint8Array): void => {
      if (bytes.length + chunk.length > limits.bodyLimitBytes) end(tooLarge(limits));
      else if (!bytes.append(chunk)) end(noRoom());
    };
    const finish = (): void => end({ kind: 'read', body: bytes.all(), release: lease.release });
    const breakOff = (): void => end({ kind: 'gone' });
    const end = (outcome: RequestBody): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', finish).off('close', breakOff);
      if (outcome.kind !== 'read') {
        lease.release();
        request.pause();
      }
      resolve(outcome);
    };
    request.on('data', take).on('end', finish).on('close', breakOff).on('error', breakOff);
  });
}

const SMALLEST_CAPACITY_BYTES = 4_096;

/** One piece of memory: a list of chunks of one byte each would be a hundred times as large. */
class GrowingBytes {
  readonly #lease: BodyLease;
  readonly #limitBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  length = 0;

  constructor(lease: BodyLease, limitBytes: number) {
    this.#lease = lease;
    this.#limitBytes = limitBytes;
  }

  /** False when there is no room for it. */
  append(chunk: Uint8Array): boolean {
    this.#lease.touch();
    const needed = this.length + chunk.length;
    if (needed > this.#bytes.length && !this.#grow(needed)) return false;
    this.#bytes.set(chunk, this.length);
    this.length = needed;
    return true;
  }

  all(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(needed: number): boolean {
    const doubled = Math.max(needed, this.#bytes.length * 2, SMALLEST_CAPACITY_BYTES);
    const capacity = Math.max(needed, Math.min(doubled, this.#limitBytes));
    if (!this.#lease.take(capacity - this.#bytes.length)) return false;
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    return true;
  }
}

function tooLarge({ bodyLimitBytes }: BodyLimits): RefusedBody {
  return refuse(
    413,
    `the body is larger than ${bodyLimitBytes} bytes; send smaller batches, or raise the body limit`,
  );
}

function tooSlow({ bodyTimeoutMs }: BodyLimits): RefusedBody {
  return refuse(503, `the body was not complete after ${bodyTimeoutMs} ms; send it again`);
}

function noRoom(): RefusedBody {
  return refuse(503, 'other bodies that are being read leave no room for this one; send it again later');
}

function refuse(status: RefusedBody['status'], message: string): RefusedBody {
  return { kind: 'refused', status, message };
}
