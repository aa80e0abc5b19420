import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openEndpoint } from './otlp-endpoint.ts';

interface Opened {
  readonly port: number;
  readonly said: readonly string[];
}

async function open(headersWithinMs?: number): Promise<Opened> {
  const said: string[] = [];
  const terms = {
    relay: { relay: () => ({ kind: 'persisted' as const, sequence: 1 }) },
    token: 'token',
    sinceUnixNano: 0n,
    countRefused: () => {},
  };
  const endpoint = await openEndpoint(terms, (line) => said.push(line), headersWithinMs);
  onTestFinished(endpoint.close);
  return { port: Number(new URL(endpoint.url).port), said };
}

function connected(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Also when it was reset: bytes were on their way. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

const HEAD =
  'POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nephemetry-token: token\r\n';
const REQUEST = `${HEAD}content-length: 2\r\n\r\n{}`;

it.each([
  ['says nothing', ''],
  ['does not end its headers', HEAD],
  ['had an answer and does not end its next headers', `${REQUEST}${HEAD}`],
])('closes a connection that %s', async (_, text) => {
  const { port } = await open(200);
  const socket = connected(port);
  socket.resume().write(text);
  // Each byte would put off a limit of silence.
  const drip = text === '' ? undefined : setInterval(() => socket.write('x'), 20);
  onTestFinished(() => clearInterval(drip));
  await closed(socket);
});

it('answers a request whose body takes longer than headers may', async () => {
  const { port } = await open(100);
  const socket = connected(port);
  socket.write(`${HEAD}content-length: 2\r\n\r\n{`);
  setTimeout(() => socket.write('}'), 300);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
});

it('answers a request that came while this process was held up for longer than headers may take', async () => {
  const { port } = await open(100);
  const first = connected(port);
  first.write(REQUEST);
  await once(first, 'data');
  const socket = connected(port);
  await once(socket, 'connect');
  // The connection is taken by then, and timers are what comes next.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(REQUEST);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  const answered = once(socket, 'data').then(([data]) => String(data));
  expect(await Promise.race([answered, closed(socket).then(() => 'closed')])).toMatch(/^HTTP\/1\.1 200 /);
});

it('answers a request for the whole URL, as to a proxy', async () => {
  const { port } = await open();
  const socket = connected(port);
  socket.write(REQUEST.replace('/v1/metrics', 'http://127.0.0.1:4318/v1/metrics'));
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
});

it('says once that there are too many connections', async () => {
  const { port, said } = await open();
  const sockets = Array.from({ length: 67 }, () => connected(port));
  await Promise.all(sockets.slice(64).map((socket) => closed(socket.resume())));
  expect(said).toEqual([expect.stringContaining('64 connections')]);
});
