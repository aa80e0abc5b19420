/**
 * Sends prepared batches over a few connections that stay open, one request at a time on each. Raw sockets: a client of
 * a library costs several times as much for a request, and the gateway needs the cores.
 */
import { connect, type Socket } from 'node:net';
import { type Encoding, numberRun, type PreparedBatch, prepareBatches } from './prepared-batch.ts';

/** What to send, and where. */
export interface GeneratorOptions {
  /** Full URL of /v1/metrics. */
  readonly endpoint: string;
  readonly encoding: Encoding;
  readonly batches: number;
  /** The number of the first run; each batch is the next one. */
  readonly firstRun: number;
  /** @default 64 */
  readonly connections?: number;
  /** Ends at the first 503 instead of throwing. @default false */
  readonly untilRefused?: boolean;
}

/** Resolves to the number of batches that were answered with 200. @throws {Error} at any other answer, or when a connection ends */
export async function generate(options: GeneratorOptions): Promise<number> {
  const { endpoint, encoding, batches, firstRun, connections = 64, untilRefused = false } = options;
  const url = new URL(endpoint);
  const prepared = prepareBatches(encoding, url);
  let sent = 0;
  let taken = 0;
  let isRefused = false;
  const next = (): PreparedBatch | undefined => {
    if (sent === batches || isRefused) return undefined;
    const batch = prepared[sent % prepared.length];
    if (batch !== undefined) numberRun(batch, firstRun + sent);
    sent += 1;
    return batch;
  };
  const isFine = (status: number): boolean => {
    if (status === 200) taken += 1;
    if (status === 503 && untilRefused) isRefused = true;
    return status === 200 || isRefused;
  };
  const connection = (): Promise<void> => sendAll(url, next, isFine);
  await Promise.all(Array.from({ length: Math.min(connections, batches) }, connection));
  return taken;
}

function sendAll(
  url: URL,
  next: () => PreparedBatch | undefined,
  isFine: (status: number) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    socket.setNoDelay(true);
    const sendNext = (): void => {
      const batch = next();
      if (batch === undefined) socket.end(() => resolve());
      // A copy: another connection renumbers the batch while the kernel may not have taken this one.
      else socket.write(Buffer.from(batch.request));
    };
    socket.once('connect', sendNext);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${url.host} closed the connection`)));
    readAnswers(socket, (head) => {
      if (isFine(Number(head.slice(9, 12)))) sendNext();
      else socket.destroy(new Error(`${url.host} answered ${head}`));
    });
  });
}

/** Calls back for each answer, whose body must have a content-length. */
function readAnswers(socket: Socket, onAnswer: (head: string) => void): void {
  let pending = '';
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    const end = pending.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [, length = '0'] = /content-length: (\d+)/i.exec(pending.slice(0, end)) ?? [];
    if (pending.length < end + 4 + Number(length)) return;
    const head = pending.slice(0, end);
    pending = '';
    onAnswer(head);
  });
}
