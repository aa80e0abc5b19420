/** A Collector or proxy in between that delivers everything twice, byte for byte, and answers as the second time was. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePorts } from '@ephemetry/testing';

/** A running relay. Disposing closes it. */
export interface DoublingRelay extends AsyncDisposable {
  /** Full URL of /v1/metrics. */
  readonly endpoint: string;
}

/** Starts one in front of `target`, the URL of /v1/metrics. */
export async function startDoublingRelay(target: string): Promise<DoublingRelay> {
  const server = createServer((request, response) => {
    relay(target, request, response).catch(() => request.socket.destroy());
  });
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${port}/v1/metrics`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function relay(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = new Uint8Array(Buffer.concat(chunks));
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  const headers = {
    'content-type': type,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
  await (await fetch(target, { method: 'POST', headers, body })).arrayBuffer();
  const second = await fetch(target, { method: 'POST', headers, body });
  const answer = Buffer.from(await second.arrayBuffer());
  response
    .writeHead(second.status, { 'content-type': second.headers.get('content-type') ?? type })
    .end(answer);
}
