/** Reads the body of an answer, within a limit. */
import type { IncomingMessage } from 'node:http';

/** The longest answer that is read; a Collector's is under 1 KiB. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

/** Calls back once, with the whole text or with what went wrong. */
export function readAnswer(
  response: IncomingMessage,
  onText: (text: string) => void,
  onError: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= ANSWER_LIMIT_BYTES) chunks.push(chunk);
    else response.destroy(new Error(`the answer is longer than ${ANSWER_LIMIT_BYTES} bytes`));
  });
  response.on('end', () => onText(Buffer.concat(chunks).toString('utf8')));
  response.on('error', onError);
}
