/** Connections of hostile senders: what is sent over them, and how long they are held. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Below the limit of one body. */
export const LARGE: number = 4 * 2 ** 20 - 64 * 1024;

/** One request. */
export interface Hostile {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly coding: 'gzip' | 'identity';
  readonly path?: string;
}

/** However it is answered, and also when the connection is cut. */
export async function post(
  url: string,
  { type, body, coding, path = '/v1/metrics' }: Hostile,
): Promise<void> {
  const headers = { 'content-type': type, 'content-encoding': coding };
  await fetch(`${url}${path}`, { method: 'POST', headers, body })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

function head(length: number): string {
  return `POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
}

const HELD_MS = 2_000;

async function hold(sockets: readonly Socket[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, HELD_MS));
  for (const socket of sockets) socket.destroy();
}

export async function stopBeforeTheEnd(url: string, count: number): Promise<void> {
  const body = Buffer.alloc(LARGE, 0x20);
  const sockets = await Promise.all(times(count, () => open(url)));
  for (const socket of sockets) socket.write(Buffer.concat([Buffer.from(head(LARGE + 1)), body]));
  await hold(sockets);
}

export async function trickle(url: string, count: number, bytes: number): Promise<void> {
  const sockets = await Promise.all(times(count, () => open(url)));
  for (const socket of sockets) socket.setNoDelay(true).write(head(LARGE));
  for (let sent = 0; sent < bytes; sent += 1) {
    for (const socket of sockets) socket.write(' ');
    if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await hold(sockets);
}

export async function idle(url: string, count: number): Promise<void> {
  await hold(await Promise.all(times(count, () => open(url))));
}

export async function standStill(url: string, count: number): Promise<void> {
  const sockets = await Promise.all(times(count, () => open(url)));
  for (const socket of sockets) socket.pause().write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
  await hold(sockets);
}

export async function pipeline(url: string, count: number): Promise<void> {
  const socket = await open(url);
  socket.pause().write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(count));
  await hold([socket]);
}

/** So many of them. */
export function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
