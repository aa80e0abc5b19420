/** A receiver behind a port, for an Alertmanager that posts to it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AlertReceiver } from '../../src/index.ts';

/** Answers as `ephemetry alerts gitea` does; 503 while there is no receiver. */
export interface ServedReceiver {
  readonly url: string;
  /** Status of each answer. */
  readonly answers: number[];
  receiver: AlertReceiver | undefined;
  close(): void;
}

/** Listens on a free port. */
export async function serveReceiver(): Promise<ServedReceiver> {
  const server: Server = createServer(async (request, response) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of request) pieces.push(piece);
    const answer = await served.receiver?.take(Buffer.concat(pieces));
    served.answers.push(answer?.status ?? 503);
    response.writeHead(answer?.status ?? 503).end(answer?.message);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  const served: ServedReceiver = {
    url: `http://127.0.0.1:${address.port}`,
    answers: [],
    receiver: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return served;
}
