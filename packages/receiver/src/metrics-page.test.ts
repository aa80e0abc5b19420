/** What may be posted to a page of metrics. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type HookAnswer, type MetricsPage, type PageHook, startMetricsPage } from './metrics-page.ts';

async function pageWithHook(
  take: (body: Uint8Array) => HookAnswer | Promise<HookAnswer>,
  more: Partial<PageHook> = {},
): Promise<MetricsPage> {
  const hook = { path: '/webhook', limitBytes: 1024, take, ...more };
  const page = await startMetricsPage({ host: '127.0.0.1', port: 0, families: () => [], hook });
  onTestFinished(() => page.close());
  return page;
}

test('a body arrives as it was sent, and is answered', async () => {
  const bodies: string[] = [];
  const { url } = await pageWithHook((body) => {
    bodies.push(Buffer.from(body).toString('latin1'));
    return { status: 202, message: 'taken' };
  });
  const answer = await fetch(`${url}/webhook`, { method: 'POST', body: Buffer.from('\xff\0\n', 'latin1') });
  expect([answer.status, await answer.text(), bodies]).toEqual([202, 'taken\n', ['\xff\0\n']]);
});

test('a body that is longer than the limit is refused, and not read to its end', async () => {
  const taken: unknown[] = [];
  const { url } = await pageWithHook((body) => {
    taken.push(body);
    return { status: 202, message: 'taken' };
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write('POST /webhook HTTP/1.1\r\nhost: page\r\ncontent-length: 1000000000\r\n\r\n');
  socket.write(Buffer.alloc(2048));
  const answer = await new Promise<string>(
    (resolve) => void socket.once('data', (data) => resolve(String(data))),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(taken).toEqual([]);
});

test('a body that comes while four others are read is refused', async () => {
  const { url } = await pageWithHook(() => ({ status: 202, message: 'taken' }));
  const begin = (): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write('POST /webhook HTTP/1.1\r\nhost: page\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n');
    return new Promise((resolve) => void socket.once('data', (data) => resolve(String(data))));
  };
  // Told to go on, and silent then.
  for (let count = 0; count < 4; count += 1) expect(await begin()).toMatch(/^HTTP\/1\.1 100 /);
  const refused = await fetch(`${url}/webhook`, { method: 'POST', body: 'x' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
});

test('who may not post is refused before a body is read', async () => {
  const taken: unknown[] = [];
  const refusal: PageHook['refusal'] = ({ authorization }) =>
    authorization === 'Bearer ours' ? undefined : { status: 401, message: 'no token' };
  const take = (body: Uint8Array): HookAnswer => {
    taken.push(String(body));
    return { status: 200, message: 'taken' };
  };
  const { url } = await pageWithHook(take, { refusal });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write('POST /webhook HTTP/1.1\r\nhost: page\r\ncontent-length: 100\r\n\r\n');
  const answer = await new Promise<string>(
    (resolve) => void socket.once('data', (data) => resolve(String(data))),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*\r\nconnection: close\r\n/i);
  const headers = { authorization: 'Bearer ours' };
  const allowed = await fetch(`${url}/webhook`, { method: 'POST', body: 'x', headers });
  expect([allowed.status, taken]).toEqual([200, [String(Buffer.from('x'))]]);
});

test('an answer that takes its time holds up no other delivery, up to the limit', async () => {
  const answers: ((answer: HookAnswer) => void)[] = [];
  const take = (): Promise<HookAnswer> => new Promise((resolve) => void answers.push(resolve));
  const { url } = await pageWithHook(take, { limit: 6 });
  const post = (): Promise<number> =>
    fetch(`${url}/webhook`, { method: 'POST', body: 'x' }).then(({ status }) => status);
  const first = Array.from({ length: 6 }, post);
  while (answers.length < 6) await new Promise(setImmediate);
  expect(await post()).toBe(503);
  for (const answer of answers) answer({ status: 200, message: 'done' });
  expect(await Promise.all(first)).toEqual([200, 200, 200, 200, 200, 200]);
});

test('other methods and paths are refused, and the metrics stay', async () => {
  const { url } = await pageWithHook(() => ({ status: 202, message: 'taken' }));
  const get = await fetch(`${url}/webhook`);
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await (await fetch(`${url}/other`)).text()).toContain('/metrics, /healthz, /webhook');
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
});
