/** Reads a request's body, unpacked, within a limit. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** The body, or the status to answer. */
export type RequestBody =
  | { readonly kind: 'read'; readonly body: Uint8Array }
  | { readonly kind: 'refused'; readonly status: 400 | 413 | 415; readonly message: string };

const unpack = promisify(gunzip);

/** The limit holds for the bytes on the wire and for what they unpack to. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<RequestBody> {
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding !== 'gzip' && coding !== 'identity')
    return refuse(415, `content-encoding is ${coding}; allowed are gzip and identity`);
  const packed = await collect(request, limitBytes);
  if (packed === undefined) return tooLarge(limitBytes);
  if (coding === 'identity') return { kind: 'read', body: packed };
  try {
    return { kind: 'read', body: await unpack(packed, { maxOutputLength: limitBytes }) };
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? tooLarge(limitBytes) : refuse(400, 'the body is not valid gzip');
  }
}

/** Undefined when it is too large. @throws when the sender breaks off. */
async function collect(request: IncomingMessage, limitBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop must not destroy the socket: the answer still has to go out on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(limitBytes: number): RequestBody {
  return refuse(
    413,
    `the body is larger than ${limitBytes} bytes; send smaller batches, or raise the body limit`,
  );
}

function refuse(status: 400 | 413 | 415, message: string): RequestBody {
  return { kind: 'refused', status, message };
}
