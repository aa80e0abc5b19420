/** Reads an answer to its end, within limits of bytes on the wire and unpacked. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The longest answer that is read; a Collector's is under 1 KiB. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

/** An answer whose head came whole. */
export interface Answer {
  readonly status: number;
  /** The words behind the status. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked; undefined when it did not come whole or cannot be read. */
  readonly body: Buffer | undefined;
  /** Why there is no body. `cut`: the connection broke, or the time was over. */
  readonly problem?: 'cut' | { readonly detail: string };
}

/** Calls back when the answer is read. {@link cutAnswer} is what it is until then. */
export function readAnswer(response: IncomingMessage, onAnswer: (answer: Answer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const fail = (detail: string): void => onAnswer({ ...cutAnswer(response), problem: { detail } });
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= ANSWER_LIMIT_BYTES) chunks.push(chunk);
    else {
      fail(`it is longer than ${ANSWER_LIMIT_BYTES} bytes`);
      response.destroy();
    }
  });
  response.on('end', () => {
    const { problem: _, ...head } = cutAnswer(response);
    const unpacked = unpack(Buffer.concat(chunks), response.headers['content-encoding']);
    if (typeof unpacked === 'string') fail(unpacked);
    else onAnswer({ ...head, body: unpacked });
  });
  response.on('error', () => onAnswer(cutAnswer(response)));
}

/** What is known of an answer as long as its body is not there. */
export function cutAnswer(response: IncomingMessage): Answer {
  const { statusCode: status = 0, statusMessage: reason = '', headers } = response;
  return { status, reason, headers, body: undefined, problem: 'cut' };
}

/** Proxies pack answers without being asked to. Returns why it cannot be unpacked. */
function unpack(bytes: Buffer, encoding = 'identity'): Buffer | string {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity' || name === '' || bytes.length === 0) return bytes;
  // Loaded by those who use it: half a MiB.
  const zlib = process.getBuiltinModule('node:zlib');
  const limit = { maxOutputLength: ANSWER_LIMIT_BYTES };
  try {
    if (name === 'gzip' || name === 'x-gzip') return zlib.gunzipSync(bytes, limit);
    if (name === 'br') return zlib.brotliDecompressSync(bytes, limit);
    if (name === 'deflate') return inflate(zlib, bytes, limit);
  } catch (error) {
    return `it cannot be unpacked from ${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
  return `its content-encoding is ${encoding}; gzip, deflate, br and identity are read`;
}

/** Some servers mean the bare stream by `deflate`: RFC 9110, 8.4.1.2. */
function inflate(
  zlib: typeof import('node:zlib'),
  bytes: Buffer,
  limit: { readonly maxOutputLength: number },
): Buffer {
  const hasHeader = (bytes[0] ?? 0) % 16 === 8 && bytes.readUInt16BE(0) % 31 === 0;
  return hasHeader ? zlib.inflateSync(bytes, limit) : zlib.inflateRawSync(bytes, limit);
}
