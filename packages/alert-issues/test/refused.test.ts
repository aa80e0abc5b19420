/** A Gitea that can be read and refuses what is written, as when a right was taken away: nothing is well until it is filed. */
import { setTimeout } from 'node:timers/promises';
import { diskFull } from '@ephemetry/testing';
import { createNoopMeter } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { type AlertReceiver, createAlertReceiver } from '../src/index.ts';

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

interface Scene {
  readonly receiver: AlertReceiver;
  readonly deliver: () => Promise<number>;
  mayWrite: boolean;
}

async function newScene(graceMs: number): Promise<Scene> {
  const answer: typeof fetch = async (url, init) => {
    const { pathname } = new URL(String(url));
    if (pathname.endsWith('/user')) return json({ login: 'bot' });
    if (pathname.endsWith('/alerts')) {
      return json({ full_name: 'team/alerts', owner: { login: 'team' }, has_issues: true });
    }
    if (init?.method !== 'POST') return json([]);
    if (!scene.mayWrite) return json({ message: 'no right' }, 403);
    const { title, body } = JSON.parse(String(init.body));
    if (title === '') return json({ message: 'no title' }, 422);
    return json({ number: 1, state: 'open', body, html_url: '', created_at: '2026-01-01T00:00:00Z' }, 201);
  };
  const receiver = createAlertReceiver({
    server: { url: 'http://127.0.0.1:1', token: () => 'token', fetch: answer },
    repository: 'team/alerts',
    source: 'alertmanager',
    reopenWithinMs: 3_600_000,
    issuesPerHour: 0,
    graceMs,
    meter: createNoopMeter(),
    onProblem: () => {},
  });
  const scene: Scene = {
    receiver,
    deliver: async () => (await receiver.take(Buffer.from(JSON.stringify(diskFull('a'))))).status,
    mayWrite: true,
  };
  expect(await receiver.start()).toEqual({ kind: 'ready' });
  scene.mayWrite = false;
  return scene;
}

test('what Gitea refuses is a problem until it is filed, although the list of issues is answered', async () => {
  const scene = await newScene(600_000);
  expect(await scene.deliver()).toBe(503);
  await scene.receiver.tend();
  expect(scene.receiver.problem()).toContain('the token may not do this (403: no right)');
  scene.mayWrite = true;
  expect(await scene.deliver()).toBe(200);
  expect(scene.receiver.problem()).toBeUndefined();
});

test('what is not told again is none any more', async () => {
  const { deliver, receiver } = await newScene(20);
  expect(await deliver()).toBe(503);
  expect(receiver.problem()).toContain('(403: no right)');
  await setTimeout(50);
  await receiver.tend();
  expect(receiver.problem()).toBeUndefined();
});
