/** What an endpoint gets that answered as no OTLP receiver does, or that refuses all. */
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { otlpBody } from './fixtures/otlp-body.ts';
import { endpointOf, serve } from './fixtures/real-endpoints.ts';
import { createWaryPost, type Post } from './wary-post.ts';

type Reply = (answer: ServerResponse) => void;

const TAKE: Reply = (answer) => void answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
const LOGIN: Reply = (answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
const REFUSE: Reply = (answer) =>
  void answer.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"no"}');
const BREAK: Reply = (answer) => void answer.socket?.destroy();
const OVERLOADED: Reply = (answer) => void answer.writeHead(503).end();

/** A server that replies so from now on, and the sizes in data points of what it got. */
async function serveReplies(
  first: Reply,
): Promise<{ post: Post; points: number[]; reply: (next: Reply) => void }> {
  let current = first;
  const points: number[] = [];
  const url = await serve((incoming, answer) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', () => {
      points.push(text.split('"timeUnixNano"').length - 1);
      current(answer);
    });
  });
  const reply = (next: Reply): void => {
    current = next;
  };
  return { post: createWaryPost(endpointOf(url)), points, reply };
}

let sequence = 0;
/** A batch of one point. */
function batch(): Buffer {
  sequence += 1;
  return Buffer.from(otlpBody(1, sequence));
}

describe('an endpoint that swallowed a batch', () => {
  test('gets no other until it answers in OTLP', async () => {
    const { post, points, reply } = await serveReplies(LOGIN);
    expect(await post(batch())).toMatchObject({ failure: { kind: 'not-otlp' }, isSentWhole: true });
    for (let again = 1; again <= 3; again += 1) {
      expect(await post(batch())).toMatchObject({ failure: { kind: 'not-otlp' }, isSentWhole: false });
    }
    expect(points).toEqual([1, 0, 0, 0]);
    reply(TAKE);
    expect(await post(batch())).toEqual({ kind: 'delivered' });
    expect(await post(batch())).toEqual({ kind: 'delivered' });
    expect(points).toEqual([1, 0, 0, 0, 0, 1, 1]);
  });

  test.each([
    ['breaks the connection', BREAK],
    ['is overloaded', OVERLOADED],
  ])('stays suspect when it %s', async (_, reaction) => {
    const { post, points, reply } = await serveReplies(LOGIN);
    await post(batch());
    reply(reaction);
    expect(await post(batch())).toMatchObject({ failure: { kind: 'not-otlp' }, isSentWhole: false });
    expect(points.every((count, index) => count === (index === 0 ? 1 : 0))).toBe(true);
  });

  test('is cleared by a refusal in OTLP too', async () => {
    const { post, points, reply } = await serveReplies(LOGIN);
    await post(batch());
    reply(REFUSE);
    expect(await post(batch())).toMatchObject({ failure: { kind: 'rejected' } });
    expect(points).toEqual([1, 0, 1]);
  });
});

describe('an endpoint that refuses all', () => {
  test('stops whoever delivers at the third batch in a row, then at each', async () => {
    const { post, points } = await serveReplies(REFUSE);
    const kinds: string[] = [];
    for (let index = 0; index < 8; index += 1) {
      const outcome = await post(batch());
      kinds.push(outcome.kind === 'failed' ? outcome.failure.kind : outcome.kind);
    }
    expect(kinds).toEqual([
      ...['rejected', 'rejected', 'rejected', 'refusing'],
      ...['rejected', 'refusing', 'rejected', 'refusing'],
    ]);
    expect(points).toHaveLength(5);
  });

  test('is believed again with the next delivery', async () => {
    const { post, reply } = await serveReplies(REFUSE);
    for (let index = 0; index < 4; index += 1) await post(batch());
    reply(TAKE);
    expect(await post(batch())).toEqual({ kind: 'delivered' });
    reply(REFUSE);
    for (let index = 0; index < 3; index += 1) {
      expect(await post(batch())).toMatchObject({ failure: { kind: 'rejected' } });
    }
    expect(await post(batch())).toMatchObject({
      failure: { kind: 'refusing', status: 400, rejections: 3, detail: 'no' },
      isSentWhole: false,
    });
  });
});
