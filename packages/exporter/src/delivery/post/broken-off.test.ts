/** Who closes the connection in the middle of a batch may mean the batch: proxies do so with what is too large for them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { endpointOf, serve } from './fixtures/real-endpoints.ts';
import { createWaryPost } from './wary-post.ts';

/** More than what lies in the buffers of a connection. */
const LARGE_BODY = Buffer.alloc(32 * 1024 * 1024, ' ');
const SMALL_BODY = Buffer.from('{"resourceMetrics":[]}');

type Answer = (incoming: IncomingMessage, answer: ServerResponse) => void;

const take: Answer = (incoming, answer) =>
  void incoming
    .resume()
    .on('end', () => answer.writeHead(200, { 'content-type': 'application/json' }).end('{}'));

const breakOff: Answer = ({ socket }) => {
  socket.pause();
  socket.resetAndDestroy();
};

/** Answers the small and the large ones each in its way, and tells how many large ones began. */
async function serveBoth(
  large: (nth: number) => Answer,
  small: Answer,
): Promise<{ url: string; began: () => number }> {
  let began = 0;
  const url = await serve((incoming, answer) => {
    const isLarge = Number(incoming.headers['content-length']) > 1_000_000;
    if (isLarge) began += 1;
    (isLarge ? large(began) : small)(incoming, answer);
  });
  return { url, began: () => began };
}

test('a batch in whose middle the connection breaks twice, though others go through, is the batch', async () => {
  const { url, began } = await serveBoth(() => breakOff, take);
  const post = createWaryPost(endpointOf(url));
  const outcome = await post(LARGE_BODY);
  expect(outcome).toMatchObject({ kind: 'failed', isSentWhole: false, isOfTheBatch: true });
  expect(outcome).toMatchObject({
    failure: {
      kind: 'unreachable',
      detail: expect.stringMatching(/in the middle of 33554432 bytes; check the limits/),
    },
  });
  // The second time over a connection that was kept alive, and so over a new one as well.
  expect(began()).toBe(3);
  expect(await post(SMALL_BODY)).toEqual({ kind: 'delivered' });
});

test('one that was only unlucky is delivered by the second try', async () => {
  const { url } = await serveBoth((nth) => (nth === 1 ? breakOff : take), take);
  expect(await createWaryPost(endpointOf(url))(LARGE_BODY)).toEqual({ kind: 'delivered' });
});

test('where nothing goes through it is the endpoint, and the batch is sent once', async () => {
  const { url, began } = await serveBoth(() => breakOff, breakOff);
  const outcome = await createWaryPost(endpointOf(url))(LARGE_BODY);
  expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'unreachable' }, isSentWhole: false });
  expect(outcome).not.toHaveProperty('isOfTheBatch');
  expect(began()).toBe(1);
});
