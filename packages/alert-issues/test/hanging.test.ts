/** A Gitea that takes requests and does not answer: what is told meanwhile waits, and no more than fits. */

import { diskFull } from '@ephemetry/testing';
import { createNoopMeter } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createAlertReceiver } from '../src/index.ts';

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

test('what waits for a Gitea that hangs is limited, and the rest is asked to come again', async () => {
  let isStarted = false;
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const hanging: typeof fetch = async (url, init) => {
    if (isStarted) {
      await answered;
      return json({}, 500);
    }
    if (init?.method === 'POST') return json({ message: 'no title' }, 422);
    if (String(url).endsWith('/user')) return json({ login: 'bot' });
    return json({ full_name: 'team/alerts', owner: { login: 'team' }, has_issues: true });
  };
  const receiver = createAlertReceiver({
    server: { url: 'http://127.0.0.1:1', token: () => 'token', fetch: hanging },
    repository: 'team/alerts',
    source: 'alertmanager',
    reopenWithinMs: 3_600_000,
    issuesPerHour: 0,
    graceMs: 600_000,
    meter: createNoopMeter(),
    onProblem: () => {},
  });
  expect(await receiver.start()).toEqual({ kind: 'ready' });
  isStarted = true;
  const take = (host: string) => receiver.take(Buffer.from(JSON.stringify(diskFull(host))));
  const waiting = Array.from({ length: 500 }, (_, index) => take(`h${index}`));
  const beyond = Array.from({ length: 100 }, (_, index) => take(`beyond${index}`));
  expect(await beyond.at(-1)).toMatchObject({
    status: 503,
    message: 'too many notifications wait for Gitea',
    outcome: 'unavailable',
  });
  answer();
  const messages = (await Promise.all(waiting)).map(({ message }) => message);
  expect(new Set(messages)).toEqual(new Set(['Gitea is busy or broken (500)']));
  expect((await take('later')).message).toBe('Gitea is busy or broken (500)');
});
