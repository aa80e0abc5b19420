/**
 * Stands between programs and the gateway and loses some answers: the gateway has the batch, the program does not
 * know, so it sends it again later. This is how duplicates come to be.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePorts } from '@ephemetry/testing';
import { createRandom } from './random.ts';

/** A running link. Disposing closes it. */
export interface LossyLink extends AsyncDisposable {
  /** Where programs send to. */
  readonly endpoint: string;
  /** All bodies that the gateway took, in order. */
  readonly bodies: readonly string[];
  /** Loses no answer from now on. */
  heal(): void;
  /** Refuses every request, as a Service without endpoints does, until `open`. */
  close(): void;
  open(): void;
  /** Bodies that the gateway took since then, milliseconds since 1970. */
  since(unixMs: number): readonly string[];
  /** Bodies that went through more than once. */
  duplicates(): number;
}

/**
 * Starts a link to `target`, the URL of /v1/metrics; loses the answer of this share of the requests. `change` is what it
 * makes of each request on its way.
 */
export async function startLossyLink(
  target: string,
  lostShare: number,
  seed: number,
  change: (body: string) => string = (body) => body,
): Promise<LossyLink> {
  const random = createRandom(seed);
  const bodies: string[] = [];
  const takenAt: number[] = [];
  let isHealed = false;
  let isClosed = false;
  const server = createServer((request, response) => {
    if (isClosed) {
      request.socket.destroy();
      return;
    }
    const loses = !isHealed && random() < lostShare;
    const took = (body: string): void => {
      bodies.push(body);
      takenAt.push(Date.now());
    };
    pass(request, response, { target, took, loses, change }).catch(() => request.socket.destroy());
  });
  const [port = 0] = await freePorts(1);
  await listen(server, port);
  return {
    endpoint: `http://127.0.0.1:${port}/v1/metrics`,
    bodies,
    heal: () => {
      isHealed = true;
    },
    close: () => {
      isClosed = true;
    },
    open: () => {
      isClosed = false;
    },
    since: (unixMs) => bodies.filter((_, index) => (takenAt[index] ?? 0) >= unixMs),
    duplicates: () => bodies.length - new Set(bodies).size,
    [Symbol.asyncDispose]: () => end(server),
  };
}

/** As a Collector in between: names a pod in each resource, and another one each time. */
export function addPodName(): (body: string) => string {
  let pods = 0;
  return (body) => {
    pods += 1;
    const request = JSON.parse(body);
    for (const { resource } of request.resourceMetrics)
      resource.attributes.push({ key: 'k8s.pod.name', value: { stringValue: `pod-${pods}` } });
    return JSON.stringify(request);
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  link: {
    readonly target: string;
    readonly took: (body: string) => void;
    readonly loses: boolean;
    readonly change: (body: string) => string;
  },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(link.target, { method: 'POST', headers, body: link.change(body) });
  const text = await answer.text();
  if (answer.ok) link.took(body);
  if (link.loses) request.socket.destroy();
  else response.writeHead(answer.status, headers).end(text);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
