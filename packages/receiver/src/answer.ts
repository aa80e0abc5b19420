/** Writes answers: short ones whole, long ones as fast as they are read. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers with a body of known length. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const PIECE_CHARACTERS = 64 * 1024;
/** Longest time that a reader may take for all of it. */
const READ_TIMEOUT_MS = 30_000;

/** Answers 200 with lines that are made while they are read; a reader that leaves or stands still ends it. */
export async function answerLines(
  request: IncomingMessage,
  response: ServerResponse,
  contentType: string,
  lines: Iterable<string>,
): Promise<void> {
  response.writeHead(200, { 'content-type': contentType });
  if (request.method === 'HEAD') return void response.end();
  const timer = setTimeout(() => response.destroy(), READ_TIMEOUT_MS);
  try {
    for (const piece of pieces(lines)) {
      if (response.destroyed) return;
      if (!response.write(piece)) await drained(response);
    }
    response.end();
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until more can be written, or nobody reads any more. The listener of the other event goes as well. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      response.off('drain', end).off('close', end);
      resolve();
    };
    response.on('drain', end).on('close', end);
  });
}

/** A write for each line would cost more than the line. */
function* pieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
