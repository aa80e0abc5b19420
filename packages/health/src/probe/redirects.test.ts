/** Redirects lead no further than the target allows, and take no secret along. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { answering, page, startServer } from '../fixtures/servers.ts';
import { httpTarget, plain, probe } from '../fixtures/targets.ts';

function to(location: string, status = 302): Buffer {
  return page(status, '', `location: ${location}\r\n`);
}

/** Answers by path, and keeps what was asked. */
function routes(pages: Readonly<Record<string, Buffer>>, asked: string[] = []): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', (head) => {
      const text = String(head);
      asked.push(text);
      socket.end(pages[text.split(' ')[1] ?? ''] ?? page(404));
    });
  };
}

test('one to the same place is followed, with its headers', async () => {
  const asked: string[] = [];
  const { port } = await startServer(routes({ '/health': to('/login'), '/login': page(200) }, asked));
  const facts = await probe(httpTarget(port, { headers: { 'x-key': plain('k') } }));
  expect(facts.finding).toEqual({ kind: 'answered' });
  expect(asked).toHaveLength(2);
  expect(asked[1]).toContain('x-key: k');
});

test('a form that was sent is not sent again after 303, and is after 307', async () => {
  const asked: string[] = [];
  const pages = { '/health': to('/a', 307), '/a': to('/b', 303), '/b': page(200) };
  const { port } = await startServer(routes(pages, asked));
  const facts = await probe(httpTarget(port, { method: 'POST', body: plain('form') }));
  expect(facts.finding).toEqual({ kind: 'answered' });
  expect(asked.map((text) => text.slice(0, 7))).toEqual(['POST /h', 'POST /a', 'GET /b ']);
});

test('a loop ends', async () => {
  const { port, connections } = await startServer(answering(to('/health')));
  const { finding } = await probe(httpTarget(port));
  expect(finding).toEqual({ kind: 'wrong', reason: 'it redirects more than 5 times' });
  expect(connections()).toBe(6);
});

test.each([
  ['another port', (port: number) => `http://127.0.0.1:${port}/`, 'another host or port'],
  ['another host', (port: number) => `http://localhost:${port}/`, 'another host or port'],
  ['another scheme', (port: number) => `https://127.0.0.1:${port}/`, 'another scheme'],
  ['no web page', () => 'file:///etc/passwd', 'no web page'],
  ['no URL', () => 'http://[', 'no URL'],
])('one to %s is not followed', async (_name, location, reason) => {
  const other = await startServer(answering(page(200)));
  const { port } = await startServer(answering(to(location(other.port))));
  const { finding } = await probe(httpTarget(port));
  expect(finding).toEqual({ kind: 'wrong', reason: expect.stringContaining(reason) });
  expect(other.connections()).toBe(0);
});

test('one to another host is followed when that is allowed, without headers, body and password', async () => {
  const asked: string[] = [];
  const other = await startServer(routes({ '/': page(200) }, asked));
  const { port } = await startServer(answering(to(`http://a:b@127.0.0.1:${other.port}/`, 307)));
  const { finding } = await probe(
    httpTarget(port, {
      url: plain(`http://user:needle@127.0.0.1:${port}/`),
      method: 'POST',
      headers: { 'x-key': plain('needle') },
      body: plain('needle'),
      redirects: 'any',
    }),
  );
  expect(finding).toEqual({ kind: 'answered' });
  expect(asked.join()).not.toMatch(/needle|authorization/i);
});

test('with none allowed, the redirect is the answer', async () => {
  const { port } = await startServer(answering(to('/health')));
  const { finding } = await probe(httpTarget(port, { redirects: 'none' }));
  expect(finding).toEqual({ kind: 'wrong', reason: 'it answered with status 302, expected is 200-299' });
});
