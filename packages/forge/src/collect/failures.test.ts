/** A forge that refuses, is away, or is none: said in words, and no other repository stops. */
import { createServer } from 'node:http';
import { freePorts } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { startCollecting } from '../fixtures/collecting.ts';
import { fill, send, startFakeForge } from '../fixtures/fake-forge.ts';

test('takes the token nowhere else', async () => {
  const asked: unknown[] = [];
  const other = createServer((request, response) => {
    asked.push(request.headers);
    response.end('{}');
  });
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve) => void other.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const forge = await startFakeForge();
  forge.before = (_path, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${port}/login?from=secret` }).end();
    return true;
  };
  const { told } = await startCollecting(forge.url);
  expect(await told({ server: { url: forge.url, token: () => 's3cret' } })).toEqual([
    `team/app was not collected: the forge redirects to http://127.0.0.1:${port}/login, where the token is not sent: check --url`,
  ]);
  expect(asked).toEqual([]);
  expect(forge.headers[0]).toMatchObject({ authorization: 'token s3cret' });
});

test.each([
  [
    401,
    { message: 'invalid username, password or token' },
    /does not accept the token \(401: invalid username/,
  ],
  [
    403,
    { message: 'token does not have [read:issue]' },
    /may not read this \(403: token does not have \[read:issue\]\)/,
  ],
  [404, { message: 'x' }, /no such repository, or the token may not see it \(404\)/],
  [410, {}, /the forge refuses \(410\)/],
  [429, {}, /busy or broken \(429\)/],
  [500, {}, /busy or broken \(500\)/],
])('status %i stops this repository and no other', async (status, body, message) => {
  const forge = await startFakeForge();
  fill(forge, 3);
  const names = [{ name: 'team/app' }, { name: 'team/other' }];
  const { collect, told, shown } = await startCollecting(forge.url, names);
  await collect({ nowMs: () => 5_000 });
  forge.before = (path, response) => {
    if (!path.startsWith('/repos/team/app') || !forge.requests.at(-1)?.includes('team/app')) return false;
    response.setHeader('retry-after', '60');
    send(response, status, body);
    return true;
  };
  forge.repository['full_name'] = 'team/other';
  const [first, second] = await told({ nowMs: () => 9_000 });
  expect(first).toMatch(message);
  expect(second).toBe('team/other was collected: 0 events');
  expect(await shown('collectedTimestamp')).toEqual([
    'collectedTimestamp  5',
    'collectedTimestamp team/other 9',
  ]);
  expect(await shown('openIssues')).toEqual(expect.arrayContaining(['openIssues day 2']));
});

test('a forge that is busy for a moment is asked again, and each attempt counts', async () => {
  const forge = await startFakeForge();
  fill(forge, 3);
  let refusals = 2;
  forge.before = (_path, response) => {
    if (refusals === 0) return false;
    refusals -= 1;
    response.setHeader('retry-after', '0');
    send(response, 503, {});
    return true;
  };
  const { collect, history } = await startCollecting(forge.url);
  expect((await collect()).repositories).toMatchObject([{ kind: 'collected' }]);
  const totals = (await history.totals()).map(({ labels, total }) => [labels['outcome'], total]);
  expect(totals).toEqual([
    ['2xx', { kind: 'number', value: 3 }],
    ['5xx', { kind: 'number', value: 2 }],
  ]);
});

test('a cut network is said, and counted', async () => {
  const [port] = await freePorts(1);
  const { collect, told } = await startCollecting(`http://127.0.0.1:${port}`);
  expect(await told()).toEqual(['team/app was not collected: the forge cannot be reached (ECONNREFUSED)']);
  expect((await collect()).requests).toEqual(new Map([['refused', 1]]));
});

test('a forge that is silent in the middle of an answer is given up', async () => {
  const forge = await startFakeForge();
  forge.before = (_path, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"id":');
    return true;
  };
  const { collect, told } = await startCollecting(forge.url);
  const server = { url: forge.url, timeoutMs: 200 };
  expect(await told({ server })).toEqual([
    'team/app was not collected: the forge did not answer within 0.2 s',
  ]);
  expect((await collect({ server })).requests).toEqual(new Map([['timeout', 1]]));
});

test.each([
  ['a page of a proxy', '<html>', 'it sends no JSON'],
  ['something else', '{"id":"1"}', 'id is not a whole number'],
])('%s is told from a forge', async (_name, body, detail) => {
  const forge = await startFakeForge();
  forge.before = (_path, response) => {
    response.writeHead(200).end(body);
    return true;
  };
  const { told } = await startCollecting(forge.url);
  expect(await told()).toEqual([
    `team/app was not collected: what answers is no Gitea or Forgejo: ${detail}; check --url`,
  ]);
});

test('a server without pipelines has no metrics of them, which is said once, and the rest is collected', async () => {
  const forge = await startFakeForge();
  fill(forge, 3);
  forge.runs = undefined;
  const { collect, shown } = await startCollecting(forge.url);
  expect((await collect()).repositories).toMatchObject([
    {
      kind: 'collected',
      remarks: ['has no pipeline metrics: the server lists no runs (Gitea does from 1.25 on)'],
    },
  ]);
  expect((await collect()).repositories).toMatchObject([{ remarks: [] }]);
  expect(await shown('openPipelineRuns')).toEqual([]);
  expect(await shown('openIssues')).toContain('openIssues day 2');
});

test('a token that the forge quotes is not shown, also where the quotation is cut off', async () => {
  const forge = await startFakeForge();
  const { told } = await startCollecting(forge.url);
  forge.before = (_path, response, { headers }) => {
    const message = `${headers.authorization} is bad; ${'x'.repeat(160)} ${headers.authorization}`;
    send(response, 403, { message });
    return true;
  };
  const [line = ''] = await told({ server: { url: forge.url, token: () => 's3cret-of-ours' } });
  expect(line).toContain('(403: token … is bad; xxx');
  expect(line).not.toContain('s3c');
});

test('a token that no header can hold is refused before anything is sent, and not shown', async () => {
  const forge = await startFakeForge();
  const { told } = await startCollecting(forge.url);
  const [line = ''] = await told({ server: { url: forge.url, token: () => 'two\nlines' } });
  expect(line).toMatch(/the token must be one line/);
  expect(line).not.toContain('two');
  expect(forge.requests).toEqual([]);
});
