/** One request and its answer over a connection that is there: the phases *first_byte* and *transfer*. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { brokenConnection } from './broken-connection.ts';
import type { HttpAnswer, HttpBody } from './http-expectation.ts';
import type { HttpRequest } from './http-request.ts';
import type { Finding } from './probe-facts.ts';
import type { ProbeRun } from './probe-run.ts';

/** An answer, or how the probe ended without one. */
export type Exchanged =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer; readonly location: string | undefined }
  | { readonly kind: 'ended'; readonly finding: Finding };

/** How much of the answer is read. */
export interface ExchangeOptions {
  readonly bodyLimitBytes: number;
  /** Whether the whole body matters. */
  readonly needsBody: boolean;
}

/** A server that only ever says "wait" is no server. */
const INFORMATION_LIMIT = 16;

/** Sends the request and reads the answer, at most as many bytes as allowed. */
export function exchange(
  run: ProbeRun,
  socket: Socket,
  { url, method, headers, body }: HttpRequest,
  options: ExchangeOptions,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    let during = 'the wait for its answer';
    const end = (outcome: Exchanged): void => {
      run.signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const fail = (finding: Finding): void => end({ kind: 'ended', finding });
    const onAbort = (): void =>
      fail({ kind: 'silent', reason: `it was connected, but ${during} took too long` });
    const completed = run.start('first_byte');
    socket.once('data', completed);
    const request = httpRequest({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'user-agent': 'ephemetry-health',
        accept: '*/*',
        // An answer of a few bytes must not become gigabytes here.
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
        connection: 'close',
      },
    });
    request.on('error', (error) => fail(brokenConnection(error, during)));
    let informations = 0;
    request.on('information', () => {
      informations += 1;
      if (informations > INFORMATION_LIMIT)
        fail({ kind: 'wrong', reason: 'it sent no answer, but endless notices of one' });
    });
    const answered = (response: IncomingMessage, read: HttpBody): void =>
      end({
        kind: 'answer',
        answer: { status: response.statusCode ?? 0, body: read },
        location: response.headers.location,
      });
    request.on('upgrade', (response) => answered(response, { kind: 'text', text: '' }));
    request.on('response', (response) => {
      during = 'the transfer of its answer';
      response.on('error', (error) => fail(brokenConnection(error, during)));
      readBody(run, response, options, (read) => answered(response, read));
    });
    run.signal.addEventListener('abort', onAbort);
    if (run.signal.aborted) onAbort();
    request.end(body);
  });
}

/** Calls back once: at the end of the body, or when no more of it is read. */
function readBody(
  run: ProbeRun,
  response: IncomingMessage,
  { bodyLimitBytes, needsBody }: ExchangeOptions,
  done: (body: HttpBody) => void,
): void {
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity' && needsBody) {
    done({ kind: 'unread', reason: 'its answer is packed, though it was asked not to be' });
    return;
  }
  const completed = run.start('transfer');
  const pieces: Buffer[] = [];
  let bytes = 0;
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > bodyLimitBytes) {
      response.removeAllListeners('data').removeAllListeners('end');
      done({ kind: 'unread', reason: `its answer is longer than ${bodyLimitBytes} bytes` });
    } else if (needsBody) pieces.push(piece);
  });
  response.on('end', () => {
    completed();
    done({ kind: 'text', text: Buffer.concat(pieces).toString('utf8') });
  });
}
