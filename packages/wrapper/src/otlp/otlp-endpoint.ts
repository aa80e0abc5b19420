/** A port on this machine for the metrics of one command. What reads OTLP is loaded at the first connection. */
import type { Server, Socket } from 'node:net';
import { HeadersDeadline } from './headers-deadline.ts';
import type { OtlpOffer } from './otlp-environment.ts';
import type { ReceiveTerms } from './receive-metrics.ts';

/** An endpoint that listens. */
export interface OtlpEndpoint extends OtlpOffer {
  /** Takes nothing more. */
  close(): void;
}

/** A command has a few connections; each takes memory before anything is known of it. */
const CONNECTION_LIMIT = 64;

/** A command on a machine that is very busy still gets its request through. */
const HEADERS_WITHIN_MS = 10_000;

/**
 * @param say takes a line, once, when there are too many connections, and when what reads OTLP cannot be loaded
 * @throws the system's error when no port can be had
 */
export async function openEndpoint(
  terms: ReceiveTerms,
  say: (line: string) => void,
  headersWithinMs: number = HEADERS_WITHIN_MS,
): Promise<OtlpEndpoint> {
  const { createServer } = process.getBuiltinModule('node:net');
  const sockets = new Set<Socket>();
  const deadline = new HeadersDeadline(headersWithinMs);
  let accept: Promise<(socket: Socket) => void> | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    accept ??= loadHttp(terms, deadline).catch((error: unknown) => {
      // Another version may have been installed in the place of this one while the command ran.
      say(`what the command measures is not kept: ${error instanceof Error ? error.message : String(error)}`);
      return (refused) => void refused.destroy();
    });
    // From here on: that loading takes its time is not the command's fault.
    void accept.then((take) => {
      if (socket.destroyed) return;
      deadline.watch(socket);
      take(socket);
    });
  });
  server.maxConnections = CONNECTION_LIMIT;
  server.once('drop', () =>
    say(
      `the command has more than ${CONNECTION_LIMIT} connections for its metrics open at once: further ones are closed`,
    ),
  );
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/v1/metrics`,
    token: terms.token,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function loadHttp(terms: ReceiveTerms, deadline: HeadersDeadline): Promise<(socket: Socket) => void> {
  const { MetricsReceiver } = await import('./receive-metrics.ts');
  const receiver = new MetricsReceiver(terms);
  const http = process.getBuiltinModule('node:http').createServer((request, response) => {
    deadline.noteRequest(request, response);
    void receiver.handle(request, response);
  });
  return (socket) => void http.emit('connection', socket);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    // Also once it listens: what cannot be accepted is not taken, and ends nobody.
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('there is no port'));
      else resolve(address.port);
    });
  });
}
